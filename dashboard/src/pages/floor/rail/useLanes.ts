/** Who spoke in each second of the last two minutes, gathered from the digests' minute while the call is open. */
import { computed, watch, shallowRef, type ComputedRef } from "vue"
import type { Digest } from "../../../api/floor"

export const LANES_S = 120

/** The signs of `strip` laid over those known before; `at` is the second of its last sign. Pure. */
export function lanesAfter(before: { signs: string; at: number }, strip: string, at: number): { signs: string; at: number } {
  if (!strip || at < before.at) return before
  const gap = at - strip.length - before.at // seconds of which nobody told
  const kept = gap >= 0 ? before.signs + ".".repeat(Math.min(gap, LANES_S)) : before.signs.slice(0, before.signs.length + gap)
  return { signs: (kept + strip).slice(-LANES_S), at }
}

export function useLanes(digest: () => Digest | null): ComputedRef<string> {
  const lanes = shallowRef({ signs: "", at: 0 })
  watch(
    digest,
    (now) => {
      if (now?.strip) lanes.value = lanesAfter(lanes.value, now.strip, Math.floor((now.at_ms ?? 0) / 1000))
    },
    { immediate: true },
  )
  return computed(() => lanes.value.signs)
}
