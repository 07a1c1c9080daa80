import { expect, it } from "vitest"
import type { ScoreItem } from "../api/events"
import type { Action, ReviewedItem, ReviewState, SaidEntry } from "../api/http"
import { entriesOf, heardOf, mayUndo, needsReason, nextOf, otherSince, panelOf } from "./verdicts"

const QA = (action: Action) => action === "review.judge"
const LEAD = (action: Action) => action === "review.check"
const AGENT = (action: Action) => action === "review.answer"

function reviewed(rule: string, change: Partial<ReviewedItem> = {}): ReviewedItem {
  return { rule, verdict: "missed", points: 0, is_judged: false, answer: "", until: null, given: null, accepted: null, appeal: null, check: null, decision: null, reopened: null, ...change }
}

function state(items: ReviewedItem[], finished_at: number | null = null): ReviewState {
  return { call_id: "c", team: "", agent: "", seen: 0, stage: "", entries: [], items, total: null, fatal: 0, to_confirm: 0, assessed: 0, offered: 0, groups: [], reviewer: "", finished_at, until: null, unseen: 0, may: [] }
}

const item = (rule: string, verdict: ScoreItem["verdict"]) => ({ rule, verdict }) as ScoreItem

it("opens to each what they may say just now, and nothing else", () => {
  const appealed = reviewed("a", { appeal: 3, answer: "appealed" })
  const checked = { ...appealed, check: 4 }
  expect([QA, LEAD, AGENT].map((may) => panelOf(state([]), reviewed("a"), may))).toEqual(["judge", "none", "none"])
  expect([QA, LEAD, AGENT].map((may) => panelOf(state([appealed], 9), appealed, may))).toEqual(["none", "check", "none"])
  expect([QA, LEAD].map((may) => panelOf(state([checked], 9), checked, may))).toEqual(["decide", "none"])
  expect(panelOf(state([checked], 9), { ...checked, decision: 5 }, QA)).toBe("none")
  expect(panelOf(state([], 9), reviewed("a", { answer: "expired" }), LEAD)).toBe("reopen")
})

it("lets QA decide an appeal that the lead has not checked for a week, and not before", () => {
  const appealed = reviewed("a", { appeal: 3, answer: "appealed" })
  const known = { ...state([appealed], 9), entries: [said(3, { kind: "appealed", rule: "a", verdict: "met", reason: "说了", evidence: [] }, { at: 1000 })] }
  expect([0, 6, 8].map((days) => panelOf(known, appealed, QA, 1000 + days * 86_400))).toEqual(["none", "none", "decide"])
})

function said(number: number, act: SaidEntry["act"], change: Partial<SaidEntry> = {}): SaidEntry {
  return { number, at: 0, name: "许岚", role: "qa", is_own: true, is_undone: false, act, ...change }
}
const verdict = (rule: string): SaidEntry["act"] => ({ kind: "verdict", rule, verdict: "met", reason: "说了" })
const comment: SaidEntry["act"] = { kind: "commented", text: "好", span: null, rule: "a", answers: 0 }

it("offers to take back what the server would let one take back", () => {
  const may = (entries: SaidEntry[], change: Partial<ReviewState> = {}) => entries.map((entry) => mayUndo({ ...state([]), entries, ...change }, entry))
  expect(may([said(1, verdict("a")), said(2, verdict("b")), said(3, verdict("a"))])).toEqual([false, true, true])
  expect(may([said(1, verdict("a")), said(2, verdict("b"), { is_own: false }), said(3, comment)])).toEqual([true, false, true])
  expect(may([said(1, verdict("a"), { is_undone: true }), said(2, { kind: "undone", entry: 1 })])).toEqual([false, false])
  const finished = [said(1, verdict("a")), said(2, { kind: "finished", until: 9 })]
  expect(may(finished, { finished_at: 1 })).toEqual([false, true])
  expect(may(finished, { finished_at: 1, items: [reviewed("a", { accepted: 3 })] })).toEqual([false, false])
})

it("tells what somebody else has said of the item since it was looked at, an undoing too, and comments not", () => {
  const other = { is_own: false, name: "何静" }
  const known = { ...state([]), entries: [said(1, verdict("a"), other), said(2, verdict("b"), other), said(3, comment, other), said(4, verdict("a"))] }
  expect([0, 1].map((seen) => otherSince(known, "a", seen)?.number ?? null)).toEqual([1, null])
  const undone = { ...known, entries: [...known.entries, said(5, { kind: "undone", entry: 1 }, other)] }
  expect(otherSince(undone, "a", 4)?.number).toBe(5)
  expect(entriesOf(undone, "a").map(({ number }) => number)).toEqual([1, 4, 5])
})

it("leads on to what waits, then to what is to be confirmed, then to faults nobody has judged", () => {
  const items = [item("met", "met"), item("fault", "missed"), item("confirm", "to_confirm"), item("last", "missed")]
  expect(nextOf(items, state([]), QA, null)).toBe("confirm")
  expect(nextOf(items, state([reviewed("confirm", { is_judged: true })]), QA, "confirm")).toBe("last")
  const all = items.map(({ rule }) => reviewed(rule, { is_judged: true }))
  expect(nextOf(items, state(all), QA, null)).toBeNull()
  expect(nextOf(items, state([reviewed("last", { appeal: 2 })], 9), LEAD, "fault")).toBe("last")
})

it("asks for a reason where a person finds something else than was heard", () => {
  expect([heardOf(item("a", "to_confirm")), needsReason(item("a", "to_confirm"), "missed"), needsReason(item("a", "to_confirm"), "met"), needsReason(item("a", "met"), "met")]).toEqual(["missed", false, true, false])
})
