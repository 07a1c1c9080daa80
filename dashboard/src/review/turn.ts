/** Whose turn it is at an item, and where it is next. Pure. */
import type { ReviewedItem, ReviewState, SaidEntry } from "../api/http"
import type { Panel } from "../texts/review/judgingShape"

/** So long QA waits for the lead's check (UNCHECKED_S of pipeline/reviews/refusals.py). */
const UNCHECKED_S = 7 * 86_400

export type Said = SaidEntry["act"]

/** What whoever asks may say of an item now; null for nothing. `now_s`: seconds since 1970. */
export function panelOf(state: ReviewState, rule: string, now_s: number): Panel | null {
  const item = state.items.find((one) => one.rule === rule)
  if (!item) return null
  const isAppealed = item.appeal !== null && item.decision === null
  if (state.may.includes("review.judge")) {
    if (state.finished_at === null) return "verdict"
    if (isAppealed && (item.check !== null || now_s >= checkedUntil(state, item))) return "decision"
  }
  if (state.may.includes("review.check")) {
    if (isAppealed && item.check === null) return "check"
    if (item.answer === "expired") return "reopen"
  }
  return null
}

/** Until when the lead has time to check an appeal. */
export function checkedUntil(state: ReviewState, { appeal }: Pick<ReviewedItem, "appeal">): number {
  return (state.entries.find(({ number }) => number === appeal)?.at ?? Infinity) + UNCHECKED_S
}

/** Whether the item waits for whoever asks: an appeal, what a person has to confirm, a fault that nobody has judged. */
export function isWaiting(state: ReviewState, rule: string, now_s: number): boolean {
  const panel = panelOf(state, rule, now_s)
  if (panel !== "verdict") return panel === "check" || panel === "decision"
  const item = state.items.find((one) => one.rule === rule)
  return item !== undefined && !item.is_judged && ["to_confirm", "missed", "partly"].includes(item.verdict)
}

/** The next item that waits, below `after` and then from the top; null for none. `rules`: in the order of the card. */
export function nextWaiting(state: ReviewState, rules: readonly string[], after: string, now_s: number): string | null {
  const from = rules.indexOf(after) + 1
  return [...rules.slice(from), ...rules.slice(0, from)].find((rule) => rule !== after && isWaiting(state, rule, now_s)) ?? null
}

/** Whether the server would let whoever asks take an entry back. */
export function mayUndo(state: ReviewState, entry: SaidEntry): boolean {
  const { act } = entry
  if (!entry.is_own || entry.is_undone || act.kind === "undone" || act.kind === "seen") return false
  if (act.kind === "commented") return true
  if (act.kind === "finished") return !state.items.some(({ accepted, appeal }) => accepted !== null || appeal !== null)
  if (act.kind === "verdict" && state.finished_at !== null) return false
  return entriesOf(state, act.rule).at(-1)?.number === entry.number
}

/** What was said of an item, comments apart, with what took some of it back. */
export function entriesOf(state: ReviewState, rule: string): SaidEntry[] {
  const about = (act: Said): boolean => act.kind !== "commented" && "rule" in act && act.rule === rule
  const numbers = new Set(state.entries.filter(({ act }) => about(act)).map(({ number }) => number))
  return state.entries.filter(({ number, act }) => numbers.has(number) || (act.kind === "undone" && numbers.has(act.entry)))
}

/** Who, not whoever asks, has said something of the item since entry number `seen`; null for nobody. */
export function otherSince(state: ReviewState, rule: string, seen: number): SaidEntry | null {
  return entriesOf(state, rule).findLast(({ number, is_own }) => number > seen && !is_own) ?? null
}
