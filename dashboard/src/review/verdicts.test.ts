import { expect, it } from "vitest"
import type { ScoreItem } from "../api/events"
import type { Action, ReviewedItem, ReviewState } from "../api/http"
import { heardOf, needsReason, nextOf, panelOf } from "./verdicts"

const QA = (action: Action) => action === "review.judge"
const LEAD = (action: Action) => action === "review.check"
const AGENT = (action: Action) => action === "review.answer"

function reviewed(rule: string, change: Partial<ReviewedItem> = {}): ReviewedItem {
  return { rule, verdict: "missed", points: 0, is_judged: false, answer: "", until: null, given: null, accepted: null, appeal: null, check: null, decision: null, reopened: null, ...change }
}

function state(items: ReviewedItem[], finished_at: number | null = null): ReviewState {
  return { call_id: "c", seen: 0, stage: "", entries: [], items, total: null, fatal: 0, to_confirm: 0, assessed: 0, offered: 0, groups: [], reviewer: "", finished_at, until: null, unseen: 0, may: [] }
}

const item = (rule: string, verdict: ScoreItem["verdict"]) => ({ rule, verdict }) as ScoreItem

it("opens to each what they may say just now, and nothing else", () => {
  const appealed = reviewed("a", { appeal: 3, answer: "appealed" })
  const checked = { ...appealed, check: 4 }
  expect([QA, LEAD, AGENT].map((may) => panelOf(state([]), reviewed("a"), may))).toEqual(["judge", "none", "none"])
  expect([QA, LEAD, AGENT].map((may) => panelOf(state([appealed], 9), appealed, may))).toEqual(["decide", "check", "none"])
  expect([QA, LEAD].map((may) => panelOf(state([checked], 9), checked, may))).toEqual(["decide", "none"])
  expect(panelOf(state([checked], 9), { ...checked, decision: 5 }, QA)).toBe("none")
  expect(panelOf(state([], 9), reviewed("a", { answer: "expired" }), LEAD)).toBe("reopen")
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
