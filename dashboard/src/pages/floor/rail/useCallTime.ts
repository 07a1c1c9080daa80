/** Where an opened call is in its sound: by its records, and between them by the wall, as desks tell their centre no ticks. */
import { computed, ref, type ComputedRef, type Ref } from "vue"
import type { CallNow } from "../../../api/floor"
import type { View } from "../../../call/view"
import { useAudioTime, type AudioTime } from "../../../connection/useAudioTime"
import { onTick } from "../useTicks"
import { useStore } from "../useWall"

export interface CallTime {
  nowMs: ComputedRef<number>
  isFrozen: ComputedRef<boolean>
}

/** `begunAt`: when its sound began by the centre's clock, null where that is not known; `isHeard`: nothing stands still. */
export function placeOf(recordsMs: number, nowAt: number, begunAt: number | null, isHeard: boolean): number {
  return isHeard && begunAt !== null ? Math.max(recordsMs, nowAt - begunAt) : recordsMs
}

export function useCallTime(call: () => CallNow, view: Readonly<Ref<View>>, arrivedAt: () => number): CallTime {
  const records: AudioTime = useAudioTime(view, arrivedAt)
  const store = useStore()
  const nowAt = ref(0)
  onTick((now) => (nowAt.value = now))
  const isHeard = computed(() => call().lost_at === null)
  const isRunning = computed(() => isHeard.value && view.value.started !== null && view.value.ended === null)
  const begunAt = computed(() => store.wall.value.origins.get(call().call_id) ?? null)
  return {
    nowMs: computed(() => placeOf(records.nowMs.value, nowAt.value, begunAt.value, isRunning.value)),
    isFrozen: computed(() => records.isFrozen.value && !isHeard.value),
  }
}
