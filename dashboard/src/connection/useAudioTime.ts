/** The call's audio clock for display: the last record's time plus what passed since, frozen when data stops. */
import { readonly, ref, type Ref } from "vue"
import type { View } from "../call/view"
import { everyInHost } from "../ui/host"

export const FREEZE_MS = 500
const TICK_MS = 50

export interface AudioTime {
  /** Milliseconds of audio, in steps of 50. */
  nowMs: Readonly<Ref<number>>
  /** Nothing came for FREEZE_MS while the call is running. */
  isFrozen: Readonly<Ref<boolean>>
}

/** `arrivedAt` tells performance.now() of the last record. */
export function useAudioTime(view: Readonly<Ref<View>>, arrivedAt: () => number): AudioTime {
  const nowMs = ref(0)
  const isFrozen = ref(false)

  function tick(): void {
    const { atMs, started, ended, score } = view.value
    if (!started || ended || score) {
      nowMs.value = ended?.at_ms ?? atMs
      isFrozen.value = false
      return
    }
    const waited = performance.now() - arrivedAt()
    isFrozen.value = waited >= FREEZE_MS
    nowMs.value = Math.floor((atMs + Math.min(waited, FREEZE_MS)) / TICK_MS) * TICK_MS
  }

  everyInHost(TICK_MS, tick)
  tick()
  return { nowMs: readonly(nowMs), isFrozen: readonly(isFrozen) }
}
