/** What became of an agent's call and of its items, as the page says it. Pure. */
import type { ScoreItem, Span } from "../../../api/events"
import type { OwnCall, ReviewedItem, ReviewState, SaidEntry } from "../../../api/http"
import { heardOf } from "../../../review/verdicts"

export type RowState = "unscored" | "automatic" | "reviewing" | "toAnswer" | "comments" | "toCheck" | "toDecide" | "changed" | "upheld" | "accepted" | "expired" | "reviewed"

/** The first thing to say of a call: what waits for the agent, then what waits for others, then what came out. */
export function rowStateOf({ review, is_scored }: Pick<OwnCall, "review" | "is_scored">, nowS: number): RowState {
  if (isOpen(review, nowS)) return "toAnswer"
  if (review.unseen) return "comments"
  if (!is_scored) return "unscored"
  if (review.stage === "") return "automatic"
  if (review.stage === "reviewing") return "reviewing"
  if (review.undecided) return review.stage === "to_decide" ? "toDecide" : "toCheck"
  if (review.appealed) return review.changed ? "changed" : "upheld"
  if (review.expired || review.open) return "expired" // its time has come while the page stood open
  return review.accepted ? "accepted" : "reviewed"
}

export const ROW_ICON: Record<RowState, string> = {
  unscored: "na",
  automatic: "open",
  reviewing: "now",
  toAnswer: "now",
  comments: "complaint",
  toCheck: "now",
  toDecide: "now",
  changed: "done",
  upheld: "missed",
  accepted: "done",
  expired: "clock",
  reviewed: "done",
}

function isOpen({ open, until }: OwnCall["review"], nowS: number): boolean {
  return open > 0 && until !== null && until > nowS
}

export type ItemState = "none" | "open" | "accepted" | "appealed" | "checked" | "changed" | "upheld" | "expired"

/** What the agent may do about an item, or what came of it. `before`: the verdict that was appealed. */
export function itemStateOf(item: ReviewedItem | null, before: string, nowS: number): ItemState {
  if (!item) return "none"
  if (item.decision !== null) return item.verdict === before ? "upheld" : "changed"
  if (item.appeal !== null) return item.check === null ? "appealed" : "checked"
  if (item.answer === "open") return item.until !== null && item.until > nowS ? "open" : "expired"
  return item.answer === "" || item.answer === "appealed" ? "none" : item.answer
}

/** The verdict before an appeal: a reviewer's, else as it was heard. */
export function beforeOf(item: ScoreItem, reviewed: ReviewedItem | null, entryOf: (number: number | null) => SaidEntry | null): string {
  const act = entryOf(reviewed?.given ?? null)?.act
  return act?.kind === "verdict" ? act.verdict : heardOf(item)
}

export interface Sorted {
  /** Those found faulty, or that something is to be said or was said of; the heaviest first. */
  first: ScoreItem[]
  good: ScoreItem | null
  rest: ScoreItem[]
}

const FAULTS = new Set(["missed", "partly", "to_confirm"])

export function sorted(items: readonly ScoreItem[], state: ReviewState | null): Sorted {
  const reviewed = new Map(state?.items.map((item) => [item.rule, item]))
  const isFirst = (item: ScoreItem): boolean => FAULTS.has(reviewed.get(item.rule)?.verdict ?? item.verdict) || FAULTS.has(item.verdict) || (reviewed.get(item.rule)?.answer ?? "") !== ""
  const rank = (item: ScoreItem): number => item.weight + (item.fatal ? 1000 : 0)
  const first = items.filter(isFirst).sort((a, b) => rank(b) - rank(a))
  const others = items.filter((item) => !isFirst(item))
  const praised = others.filter((item) => !item.is_ban && item.verdict === "met" && (reviewed.get(item.rule)?.verdict ?? "met") === "met" && item.evidence.length > 0).sort((a, b) => b.weight - a.weight)
  const good = praised[0] ?? null
  return { first, good, rest: others.filter((item) => item !== good) }
}

/** What to hear first of a call: the worst fault that has a second. */
export function worstOf(items: readonly ScoreItem[], state: ReviewState | null): ScoreItem | null {
  return sorted(items, state).first.find((item) => item.evidence.length > 0) ?? null
}

/** Spans as a draft keeps them; none where nobody kept any, or something else is there. */
export function spansOf(text: string): Span[] {
  try {
    const told: unknown = JSON.parse(text || "[]")
    return Array.isArray(told) ? told.filter((one: Partial<Span>) => typeof one?.start_ms === "number" && typeof one.quote === "string").map((one) => one as Span) : []
  } catch {
    return []
  }
}
