/** How long a hint takes from sound to painted pixel, measured here and told to the server. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue"
import { ask } from "../../../api/ask"
import { median, quantile } from "../../../call/derive"
import type { HintLife, View } from "../../../call/view"
import { painted } from "../../../ui/host"
import type { Call } from "../../../connection/useCall"

const KEPT = 20
const LIVE_MS = 3000
const ROUNDS = 5
export const SLOW_MS = 150

export interface Latency {
  count: number
  median: number
  p95: number
  worst: number
}

/** Null before the first hint. `shown`: the hint on the stage now. `mayTell`: whether the server takes it from this person. */
export function useLatency(
  call: Call,
  shown: ComputedRef<HintLife | null>,
  mayTell: () => boolean,
): Ref<Latency | null> {
  const measured = ref<number[]>([])
  const sent = new Set<string>()
  const offset = serverOffset()

  watch(
    () => (shown.value ? `${call.view.value.callId}/${shown.value.seq}` : null),
    async (key) => {
      const life = shown.value
      const startedAt = call.view.value.started?.started_at
      if (key === null || !life || !startedAt || life.isShown || sent.has(key)) return
      sent.add(key)
      const paintedAt = await painted()
      const offsetMs = await offset
      if (offsetMs === null) {
        if (mayTell()) call.send({ type: "shown", hint_seq: life.seq })
        return
      }
      const paintMs = paintedAt + offsetMs - (Date.parse(startedAt) + life.raised.at_ms)
      if (!Number.isFinite(paintMs) || Math.abs(paintMs) >= LIVE_MS) return // history, or a replay at another speed
      measured.value = [...measured.value, paintMs].slice(-KEPT)
      if (!mayTell()) return // whoever only looks is refused
      // Two clocks that differ by more than the way took: nothing is painted before it was known.
      call.send({ type: "painted", hint_seq: life.seq, paint_ms: Math.max(0, Math.round(paintMs * 10) / 10) })
    },
    { flush: "post" },
  )

  return computed(() => {
    const values = measured.value.length ? measured.value : told(call.view.value)
    const [p95, middle, worst] = [quantile(values, 0.95), median(values), quantile(values, 1)]
    if (p95 === null || middle === null || worst === null) return null
    return { count: values.length, median: middle, p95, worst }
  })
}

/** What this call's hints took on the page that was open before this one. */
function told(view: View): number[] {
  return view.hints.flatMap((life) => (life.paintMs === null ? [] : [life.paintMs])).slice(-KEPT)
}

/** Server's clock minus ours in milliseconds, of the quickest of five rounds; null when it does not answer. */
async function serverOffset(): Promise<number | null> {
  let best: { trip: number; offset: number } | null = null
  for (let round = 0; round < ROUNDS; round += 1) {
    const sentAt = Date.now()
    const reply = await ask("GET /api/clock")
    const cameAt = Date.now()
    if (reply.status !== 200) continue // the next round may do better
    const trip = cameAt - sentAt
    if (best === null || trip < best.trip) best = { trip, offset: reply.body.now_ms - (sentAt + cameAt) / 2 }
  }
  return best?.offset ?? null
}
