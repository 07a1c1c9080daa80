/** What `GET /api/headset` tells: the devices of both sides as they are now. */
import type { CallFacts, Channel } from "./events"

export type LineState = "absent" | "opening" | "ok" | "idle" | "lost"

export interface HeadsetLine {
  channel: Channel
  state: LineState
  device: string
  reason: string
  since_s: number
  level_dbfs: number | null
}

export interface Headset {
  lines: HeadsetLine[]
  is_auto: boolean
  facts: CallFacts
  call_id: string | null
}

/** The shape that stands for a state, so that colour is not needed. */
export const LINE_ICON: Record<LineState, string> = { ok: "done", opening: "now", idle: "dots", lost: "ear-off", absent: "na" }

/** Agent first, and always both: a side the server does not name has no device. */
export function bothLines(headset: Headset): [HeadsetLine, HeadsetLine] {
  const of = (channel: "agent" | "customer"): HeadsetLine =>
    headset.lines.find((line) => line.channel === channel) ??
    { channel, state: "absent", device: "", reason: "", since_s: 0, level_dbfs: null }
  return [of("agent"), of("customer")]
}

/** A far end plays nothing between calls: silence there is no fault. A silent microphone is one. */
export function isReady(line: HeadsetLine): boolean {
  return line.state === "ok" || (line.state === "idle" && line.channel === "customer")
}
