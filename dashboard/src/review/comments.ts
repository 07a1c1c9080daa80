/** Comments of a call, as threads, and where they stand on its time axis. Pure. */
import type { Span } from "../api/events"
import type { Commented } from "../api/http"
import type { SaidEntry } from "../api/http"

export type Comment = SaidEntry & { act: Commented }

export interface Thread {
  first: Comment
  answers: Comment[]
}

export function isComment(entry: SaidEntry): entry is Comment {
  return entry.act.kind === "commented"
}

/** By where they stand in the call, those on all of it first; an answer to an answer stands in the same thread. */
export function threadsOf(entries: readonly SaidEntry[]): Thread[] {
  const comments = entries.filter(isComment)
  const rootOf = new Map<number, number>()
  for (const { number, act } of comments) rootOf.set(number, act.answers ? (rootOf.get(act.answers) ?? number) : number)
  const threads = comments.filter(({ number }) => rootOf.get(number) === number).map((first) => ({ first, answers: comments.filter((one) => one !== first && rootOf.get(one.number) === first.number) }))
  const startOf = ({ first }: Thread): number => first.act.span?.start_ms ?? -1
  return threads.filter(({ first, answers }) => !first.is_undone || answers.some(({ is_undone }) => !is_undone)).sort((a, b) => startOf(a) - startOf(b) || a.first.number - b.first.number)
}

/** The spans that stand comments are on, in the order of time. */
export function marksOf(entries: readonly SaidEntry[]): { number: number; span: Span }[] {
  const marks = entries.filter(isComment).flatMap(({ number, is_undone, act }) => (act.span && !is_undone ? [{ number, span: act.span }] : []))
  return marks.sort((a, b) => a.span.start_ms - b.span.start_ms)
}
