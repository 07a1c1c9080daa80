/** A call as it was known at any moment of it: the records up to then, through the same reduce(). Pure. */
import type { CallRecord } from "../api/events"
import { reduce } from "./reduce"
import { emptyView, type View } from "./view"

/** A view is kept so often, so that no seek takes more records than a minute has. */
export const SNAPSHOT_MS = 60_000

export interface History {
  /** What was known when the slice that ends at `ms` was done. */
  at: (ms: number) => View
  /** With everything that came, the score too. */
  whole: View
}

/** `records` by seq: each tells when it was known (`at_ms`), which never falls. */
export function historyOf(callId: string, records: readonly CallRecord[]): History {
  /** Number of records taken in, and what was known then; by time. */
  const kept: { ms: number; count: number; view: View }[] = [{ ms: -Infinity, count: 0, view: emptyView(callId, true) }]
  let view = emptyView(callId, true)
  records.forEach((record, count) => {
    const last = kept.at(-1)!
    if (record.event.at_ms >= last.ms + SNAPSHOT_MS) kept.push({ ms: record.event.at_ms - 1, count, view })
    view = reduce(view, record)
  })
  const whole = view
  let current = kept[0]!

  function at(ms: number): View {
    const from = current.ms <= ms && ms - current.ms < SNAPSHOT_MS ? current : kept.findLast((one) => one.ms <= ms)!
    let { count, view } = from
    while (count < records.length && records[count]!.event.at_ms <= ms) view = reduce(view, records[count++]!)
    current = { ms, count, view }
    return view
  }

  return { at, whole }
}
