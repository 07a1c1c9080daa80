/** The steps of a review: which is done, by whom and when, and whose turn it is. Pure. */
import type { ReviewState, SaidEntry } from "../api/http"
import type { StepName, StepState } from "../texts/review/judgingShape"
import { checkedUntil } from "./turn"

export interface Step {
  name: StepName
  state: StepState
  /** "" where nobody has, or is here no more. */
  who: string
  /** Seconds since 1970; null where it has not happened. */
  at: number | null
  /** Until when it may be done; null where nothing says so. */
  until: number | null
}

export function stepsOf(state: ReviewState): Step[] {
  const isFinished = state.finished_at !== null
  const appealed = state.items.filter(({ appeal }) => appeal !== null)
  const isOpen = state.items.some(({ answer }) => answer === "open")
  const unchecked = appealed.filter(({ check, decision }) => check === null && decision === null)
  const undecided = appealed.filter(({ decision }) => decision === null)
  const stateOf = (isReached: boolean, isNow: boolean, isNeeded: boolean): StepState => (!isReached ? "open" : isNow ? "now" : isNeeded ? "done" : "none")
  const finish = lastOf(state, ["finished"])
  return [
    { name: "review", state: isFinished ? "done" : state.stage === "reviewing" ? "now" : "open", who: state.reviewer, at: finish?.at ?? null, until: null },
    { name: "answer", state: stateOf(isFinished, isOpen, true), ...saidBy(lastOf(state, ["accepted", "appealed"])), until: isOpen ? state.until : null },
    { name: "check", state: stateOf(isFinished && (appealed.length > 0 || !isOpen), unchecked.length > 0, appealed.length > 0), ...saidBy(lastOf(state, ["checked"])), until: earliest(unchecked.map((item) => checkedUntil(state, item))) },
    { name: "decide", state: stateOf(isFinished && (appealed.length > 0 ? unchecked.length < undecided.length || undecided.length === 0 : !isOpen), undecided.length > 0, appealed.length > 0), ...saidBy(lastOf(state, ["decided"])), until: null },
  ]
}

function lastOf(state: ReviewState, kinds: readonly SaidEntry["act"]["kind"][]): SaidEntry | null {
  return state.entries.findLast(({ act, is_undone }) => !is_undone && kinds.includes(act.kind)) ?? null
}

function saidBy(entry: SaidEntry | null): Pick<Step, "who" | "at"> {
  return { who: entry?.name ?? "", at: entry?.at ?? null }
}

function earliest(times: readonly number[]): number | null {
  return times.length ? Math.min(...times) : null
}
