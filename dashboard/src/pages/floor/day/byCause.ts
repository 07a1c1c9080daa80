/** What a shift had of each cause: how often, how many were taken, and for how long it lasted. Pure. */
import type { PastCase } from "../../../api/http"

export interface CauseOfDay {
  cause: PastCase["cause"]
  count: number
  taken: number
  /** Of `count`, those that are not over: of them nobody knows how long they last. */
  open: number
  lastedMs: number
  mostMs: number
}

/** The most frequent first; of equals, the one that lasted longer. */
export function byCause(cases: readonly PastCase[]): CauseOfDay[] {
  const found = new Map<PastCase["cause"], CauseOfDay>()
  for (const { cause, taken, since_at, closed_at } of cases) {
    const of = found.get(cause) ?? { cause, count: 0, taken: 0, open: 0, lastedMs: 0, mostMs: 0 }
    const lasted = closed_at === null ? 0 : closed_at - since_at
    found.set(cause, { cause, count: of.count + 1, taken: of.taken + (taken ? 1 : 0), open: of.open + (closed_at === null ? 1 : 0), lastedMs: of.lastedMs + lasted, mostMs: Math.max(of.mostMs, lasted) })
  }
  return [...found.values()].sort((a, b) => b.count - a.count || b.lastedMs - a.lastedMs)
}
