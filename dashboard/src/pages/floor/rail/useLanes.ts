/** Who spoke in each second of the last two minutes: by the digests' minute while the call is open, before it by its words. */
import { computed, watch, shallowRef, type ComputedRef } from "vue"
import type { Channel, WordsHeard } from "../../../api/events"
import type { Digest } from "../../../api/floor"

export const LANES_S = 120
const NOBODY = "."
const SIGNS: Record<Channel, string> = { agent: "a", customer: "c", mixed: "m" }

/** The signs of `strip` laid over those known before; `at` is the second of its last sign. Pure. */
export function lanesAfter(before: { signs: string; at: number }, strip: string, at: number): { signs: string; at: number } {
  if (!strip || at < before.at) return before
  const gap = before.signs ? at - strip.length - before.at : 0 // seconds of which nobody told
  const kept = gap >= 0 ? before.signs + NOBODY.repeat(Math.min(gap, LANES_S)) : before.signs.slice(0, before.signs.length + gap)
  return { signs: (kept + strip).slice(-LANES_S), at }
}

/** The signs of `count` seconds before the second `until`, by lines of which words were heard. Pure. */
export function spokenBefore(lines: readonly Pick<WordsHeard, "channel" | "start_ms" | "end_ms">[], until: number, count: number): string {
  const signs = Array.from({ length: count }, () => NOBODY)
  for (const { channel, start_ms, end_ms } of lines) {
    const first = Math.max(0, Math.floor(start_ms / 1000) - until + count)
    const behind = Math.min(count, Math.ceil(end_ms / 1000) - until + count)
    for (let at = first; at < behind; at++) signs[at] = signs[at] === NOBODY || signs[at] === SIGNS[channel] ? SIGNS[channel] : "b"
  }
  return signs.join("")
}

export function useLanes(digest: () => Digest | null, lines: () => readonly WordsHeard[]): ComputedRef<string> {
  const lanes = shallowRef({ signs: "", at: 0 })
  watch(
    digest,
    (now) => {
      if (now?.strip) lanes.value = lanesAfter(lanes.value, now.strip, Math.floor((now.at_ms ?? 0) / 1000))
    },
    { immediate: true },
  )
  return computed(() => {
    const { signs, at } = lanes.value
    const more = Math.max(0, Math.min(LANES_S, at) - signs.length)
    return more ? spokenBefore(lines(), at - signs.length, more) + signs : signs
  })
}
