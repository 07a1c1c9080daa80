/** What a person may find, and what an item waits for. Pure. */
import type { ScoreItem } from "../api/events"
import type { Action, ReviewedItem, ReviewState, SaidEntry } from "../api/http"

/** In the order of the keys 1 to 4. */
export const VERDICTS = ["met", "partly", "missed", "not_applicable"] as const
export type PersonVerdict = (typeof VERDICTS)[number]

export const ICON_OF: Record<ReviewedItem["verdict"], string> = { met: "done", partly: "warning", missed: "missed", to_confirm: "to-confirm", not_applicable: "na" }

export function iconOf(item: Pick<ScoreItem, "verdict" | "fatal">): string {
  return item.verdict === "missed" && item.fatal ? "critical" : ICON_OF[item.verdict]
}

/** As the machine heard it: what waits to be confirmed is a fault that it heard. */
export function heardOf(item: Pick<ScoreItem, "verdict">): PersonVerdict {
  return item.verdict === "to_confirm" ? "missed" : (item.verdict as PersonVerdict)
}

/** A verdict that is what was heard needs no reason. */
export function needsReason(item: Pick<ScoreItem, "verdict">, verdict: string): boolean {
  return verdict !== heardOf(item)
}

export type Panel = "judge" | "check" | "decide" | "reopen" | "none"

/** So long QA waits for the lead's check (UNCHECKED_S of pipeline/reviews/refusals.py). */
const UNCHECKED_S = 7 * 86_400

/** What whoever looks at an item may say of it just now. `nowS`: seconds since 1970. */
export function panelOf(state: ReviewState, item: ReviewedItem | null, may: (action: Action) => boolean, nowS = Date.now() / 1000): Panel {
  if (item?.appeal != null && item.decision === null) {
    if (may("review.check") && item.check === null) return "check"
    return may("review.judge") && (item.check !== null || nowS >= checkedUntil(state, item)) ? "decide" : "none"
  }
  if (may("review.judge") && state.finished_at === null) return "judge"
  return may("review.check") && item?.answer === "expired" ? "reopen" : "none"
}

/** Until when the lead has time to check an appeal, in seconds since 1970. */
export function checkedUntil(state: ReviewState, { appeal }: Pick<ReviewedItem, "appeal">): number {
  return (state.entries.find(({ number }) => number === appeal)?.at ?? Infinity) + UNCHECKED_S
}

/** What was said of an item, comments apart, with what took some of it back. */
export function entriesOf(state: ReviewState, rule: string): SaidEntry[] {
  const isAbout = ({ act }: SaidEntry): boolean => act.kind !== "commented" && "rule" in act && act.rule === rule
  const numbers = new Set(state.entries.filter(isAbout).map(({ number }) => number))
  return state.entries.filter(({ number, act }) => numbers.has(number) || (act.kind === "undone" && numbers.has(act.entry)))
}

/** What somebody else has said of an item since entry number `seen`; null for nothing. */
export function otherSince(state: ReviewState, rule: string, seen: number): SaidEntry | null {
  return entriesOf(state, rule).findLast(({ number, is_own }) => number > seen && !is_own) ?? null
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

/** What to open next: what is to be decided or confirmed, then the next fault that nobody has judged. */
export function nextOf(items: readonly ScoreItem[], state: ReviewState, may: (action: Action) => boolean, after: string | null): string | null {
  const reviewed = new Map(state.items.map((item) => [item.rule, item]))
  const rules = items.map((item) => item.rule)
  const start = after === null ? 0 : rules.indexOf(after) + 1
  const turned = [...items.slice(start), ...items.slice(0, start)].filter((item) => item.rule !== after)
  const waits = (item: ScoreItem): boolean => ["check", "decide"].includes(panelOf(state, reviewed.get(item.rule) ?? null, may))
  const isOpen = (item: ScoreItem): boolean => may("review.judge") && state.finished_at === null && !reviewed.get(item.rule)?.is_judged
  const found = turned.find(waits) ?? turned.find((item) => isOpen(item) && item.verdict === "to_confirm") ?? turned.find((item) => isOpen(item) && item.verdict === "missed")
  return found?.rule ?? null
}
