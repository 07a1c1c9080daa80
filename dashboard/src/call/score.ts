/** What a score rests on, and what to say of it first. Pure. */
import type { CallScored, ScoreItem } from "../api/events"

export interface Basis {
  /** Points that were judged, of those the call offered; null in records of before. */
  judged: { assessed: number; offered: number } | null
  /** Of these by recognised words; 0 also where nobody told. */
  byWords: number
  toConfirm: number
  /** The total should all of that be confirmed; null where there is no total, or nobody told. */
  confirmedTotal: number | null
  unscoredReason: string
  lostPercent: number
}

export function basisOf(score: CallScored): Basis {
  const { assessed, offered } = score
  return {
    judged: assessed === null || offered === null ? null : { assessed, offered },
    byWords: score.assessed_by_words ?? 0,
    toConfirm: score.to_confirm,
    confirmedTotal: score.confirmed_total ?? null,
    unscoredReason: score.total === null ? score.unscored_reason || "nothing" : "",
    lostPercent: Math.ceil(100 * score.lost_share),
  }
}

/** What to say first about a scored call: the best thing done, and the worst missed. */
export function highlights(items: readonly ScoreItem[]): { good: ScoreItem | null; practise: ScoreItem | null } {
  // Praise needs something to point at: that a forbidden phrase was not said is no news.
  const praise = (item: ScoreItem): number => item.weight + (item.evidence.length ? 1000 : 0)
  const blame = (item: ScoreItem): number => item.weight + (item.fatal ? 1000 : 0)
  return { good: first(items, "met", praise), practise: first(items, "missed", blame) }
}

function first(items: readonly ScoreItem[], verdict: ScoreItem["verdict"], rank: (item: ScoreItem) => number): ScoreItem | null {
  return items.filter((item) => item.verdict === verdict).sort((a, b) => rank(b) - rank(a))[0] ?? null
}
