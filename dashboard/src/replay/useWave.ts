/** The sound of a call as it is drawn: whole at once, and finer about the window where that is short. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue"
import { ask } from "../api/ask"
import type { SpanMs, Waveform } from "../api/http"
import type { Window } from "./window"

/** Points of the whole call: the most that the server gives at once. */
const WHOLE = 20_000
/** A window is drawn in some hundred bars: with fewer points than this the sound is coarse. */
const POINTS = 1200
/** What the server keeps is not finer than this. */
const FINEST_MS = 20
/** A window that is dragged asks for nothing until it rests. */
const SETTLE_MS = 150
const AGAIN_MS = 3000

export interface Wave {
  /** What is drawn of the window, or of more; null while nothing has come. */
  drawn: ComputedRef<Waveform | null>
  /** Where whoever looks hears nothing, since it is private. */
  muted: Ref<readonly SpanMs[]>
}

/** `callId`: "" where there is no recording to draw. */
export function useWave(callId: () => string, window: Ref<Window>): Wave {
  const whole = shallowRef<Waveform | null>(null)
  const fine = shallowRef<Waveform | null>(null)
  const muted = ref<readonly SpanMs[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let isUnanswered = false
  let isClosed = false
  onScopeDispose(() => {
    isClosed = true
    clearTimeout(timer)
    clearTimeout(again)
  })

  async function fetched(id: string, query: Record<string, string>): Promise<Waveform | null> {
    const reply = await ask("GET /api/calls/{call_id}/audio/peaks", { call_id: id, query })
    isUnanswered = reply.status === 0 || reply.status >= 500
    return id === callId() && reply.status === 200 && reply.body.duration_ms > 0 ? reply.body : null
  }

  /** A server that is busy is asked again: else the call would stay without its sound for as long as it is open. */
  async function drawWhole(id: string): Promise<void> {
    const found = await fetched(id, { points: String(WHOLE) })
    if (isClosed || id !== callId()) return
    whole.value = found
    muted.value = found?.muted ?? []
    if (!found && isUnanswered) again = setTimeout(() => void drawWhole(id), AGAIN_MS)
  }

  /** With as much again on both sides, so that the next page of a call that plays is there. A point is some whole
   * number of kept ones: twice as many are asked for as are needed. */
  async function refine(): Promise<void> {
    const { fromMs, toMs } = window.value
    const length = toMs - fromMs
    const from = Math.max(0, Math.floor(fromMs - length))
    const found = await fetched(callId(), { from_ms: String(from), to_ms: String(Math.ceil(toMs + length)), points: String(6 * POINTS) })
    if (found) fine.value = found
  }

  watch(
    callId,
    async (id) => {
      clearTimeout(again)
      whole.value = fine.value = null
      muted.value = []
      if (id) await drawWhole(id)
    },
    { immediate: true },
  )
  watch([whole, window], ([known, wanted]) => {
    clearTimeout(timer)
    if (known && !shows(known, wanted) && !(fine.value && shows(fine.value, wanted))) timer = setTimeout(() => void refine(), SETTLE_MS)
  })
  return { drawn: computed(() => (fine.value && shows(fine.value, window.value) ? fine.value : whole.value)), muted }
}

/** Whether all of the window is in it, and as fine as it is drawn. */
export function shows(wave: Pick<Waveform, "per_ms" | "start_ms" | "duration_ms" | "high">, { fromMs, toMs }: Window): boolean {
  const isWithin = wave.start_ms <= fromMs && endOf(wave) >= Math.min(toMs, wave.duration_ms)
  return isWithin && (wave.per_ms <= FINEST_MS || wave.per_ms * POINTS <= toMs - fromMs)
}

/** Where its last point ends. */
export function endOf({ per_ms, start_ms, high }: Pick<Waveform, "per_ms" | "start_ms" | "high">): number {
  return start_ms + per_ms * (high[0]?.length ?? 0)
}
