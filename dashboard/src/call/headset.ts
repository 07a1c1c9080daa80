/** Both sides of a headset as `GET /api/headset` tells them. */
import type { HeadsetStatus, SideStatus } from "../api/http"

/** The shape that stands for a state, so that colour is not needed. */
export const LINE_ICON: Record<SideStatus["state"], string> = { ok: "done", opening: "now", idle: "dots", lost: "ear-off", absent: "na" }

/** Agent first, and always both: a side the server does not name has no device. */
export function bothLines(headset: HeadsetStatus): [SideStatus, SideStatus] {
  const of = (channel: "agent" | "customer"): SideStatus =>
    headset.lines.find((line) => line.channel === channel) ??
    { channel, state: "absent", device: "", reason: "", since_s: 0, level_dbfs: null }
  return [of("agent"), of("customer")]
}

/** A far end plays nothing between calls: silence there is no fault. A silent microphone is one. */
export function isReady(line: SideStatus): boolean {
  return line.state === "ok" || (line.state === "idle" && line.channel === "customer")
}

/** Somebody's voice could be heard: on another page, where the headset is one. */
export function hasMicrophone(headset: HeadsetStatus): boolean {
  return bothLines(headset)[0].state !== "absent"
}
