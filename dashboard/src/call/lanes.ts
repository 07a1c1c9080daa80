/** Who spoke in each of the last seconds of a call, with the signs of a digest's `strip`. Pure. */
import type { Channel } from "../api/events"
import type { Span, View } from "./view"

const NOBODY = "."
const LOST = "x"
const SIGNS: Record<Channel, string> = { agent: "a", customer: "c", mixed: "m" }

/** The last sign is of the second of `nowMs`; there is none of before the call. */
export function lanesOf(view: Pick<View, "spans" | "speaking" | "lost">, nowMs: number, seconds: number): string {
  const last = Math.floor(nowMs / 1000)
  const first = Math.max(0, last - seconds + 1)
  const signs = Array.from({ length: last - first + 1 }, () => NOBODY)
  for (const { channel, isLost, startMs, endMs } of [...view.spans, ...goingOn(view.speaking, nowMs, false), ...goingOn(view.lost, nowMs, true)])
    for (let at = Math.max(first, Math.floor(startMs / 1000)); at <= last && at * 1000 < endMs; at++)
      signs[at - first] = isLost ? LOST : withSign(signs[at - first]!, SIGNS[channel])
  return signs.join("")
}

function goingOn(since: View["speaking"], nowMs: number, isLost: boolean): Span[] {
  return Object.entries(since).flatMap(([channel, startMs]) => (startMs === undefined ? [] : [{ channel: channel as Channel, isLost, startMs, endMs: nowMs + 1 }]))
}

/** A second of which something was lost stays lost. */
function withSign(before: string, sign: string): string {
  if (before === LOST) return LOST
  return before === NOBODY || before === sign ? sign : "b"
}
