import { expect, it } from "vitest"
import type { ScoreItem } from "../../../api/events"
import type { OwnReview, ReviewedItem, ReviewState, SaidEntry } from "../../../api/http"
import { beforeOf, itemStateOf, rowStateOf, sorted, spansOf, worstOf } from "./states"

const NOW = 1000

function row(review: Partial<OwnReview>, is_scored = true) {
  return { is_scored, review: { stage: "done", total: 70, until: null, unseen: 0, open: 0, accepted: 0, expired: 0, appealed: 0, undecided: 0, changed: 0, ...review } as OwnReview }
}

function reviewed(change: Partial<ReviewedItem> = {}): ReviewedItem {
  return { rule: "a", verdict: "missed", points: 0, is_judged: false, answer: "", until: null, given: null, accepted: null, appeal: null, check: null, decision: null, reopened: null, ...change }
}

const item = (rule: string, change: Partial<ScoreItem> = {}) => ({ rule, verdict: "met", weight: 5, fatal: false, evidence: [], ...change }) as ScoreItem
const SPAN = { channel: "agent", start_ms: 1, end_ms: 2, quote: "好", quote_en: "" } as const

it.each([
  [{ stage: "to_answer", open: 4, until: NOW + 1 }, "toAnswer"],
  [{ stage: "to_check", open: 1, until: NOW + 1, appealed: 1, undecided: 1 }, "toAnswer"], // other items wait for nobody else
  [{ stage: "to_answer", open: 4, until: NOW }, "expired"], // it came while the page stood open
  [{ stage: "", unseen: 2 }, "comments"],
  [{ stage: "" }, "automatic"],
  [{ stage: "reviewing" }, "reviewing"],
  [{ stage: "to_check", appealed: 2, undecided: 1, changed: 1 }, "toCheck"],
  [{ stage: "to_decide", appealed: 1, undecided: 1 }, "toDecide"],
  [{ appealed: 2, changed: 1 }, "changed"],
  [{ appealed: 2, accepted: 1 }, "upheld"],
  [{ accepted: 1, expired: 1 }, "expired"],
  [{ accepted: 2 }, "accepted"],
  [{}, "reviewed"],
] as const)("says of a call with %o first that it is %s", (review, state) => {
  expect(rowStateOf(row(review as Partial<OwnReview>), NOW)).toBe(state)
})

it("says of a call without a card that nothing was judged, and of a comment on it all the same", () => {
  expect([rowStateOf(row({ stage: "" }, false), NOW), rowStateOf(row({ stage: "", unseen: 1 }, false), NOW)]).toEqual(["unscored", "comments"])
})

it("lets an item be answered until its time is over, and says what became of it", () => {
  const states = [
    reviewed(),
    reviewed({ answer: "open", until: NOW + 1 }),
    reviewed({ answer: "open", until: NOW }),
    reviewed({ answer: "expired", until: NOW - 1 }),
    reviewed({ answer: "accepted", accepted: 3 }),
    reviewed({ answer: "appealed", appeal: 3 }),
    reviewed({ answer: "appealed", appeal: 3, check: 4 }),
    reviewed({ answer: "appealed", appeal: 3, check: 4, decision: 5 }),
    reviewed({ answer: "appealed", appeal: 3, check: 4, decision: 5, verdict: "met" }),
  ].map((one) => itemStateOf(one, "missed", NOW))
  expect(states).toEqual(["none", "open", "expired", "expired", "accepted", "appealed", "checked", "upheld", "changed"])
  expect(itemStateOf(null, "missed", NOW)).toBe("none")
})

it("compares a decision with the reviewer's verdict, else with what was heard", () => {
  const entry = { act: { kind: "verdict", rule: "a", verdict: "partly", reason: "" } } as SaidEntry
  expect(beforeOf(item("a", { verdict: "missed" }), reviewed({ given: 1 }), (number) => (number === 1 ? entry : null))).toBe("partly")
  expect(beforeOf(item("a", { verdict: "to_confirm" }), reviewed(), () => null)).toBe("missed")
})

it("puts what is to be answered first, the heaviest at the top, one thing done well behind it", () => {
  const items = [item("fine", { evidence: [SPAN] }), item("small", { verdict: "missed", evidence: [SPAN] }), item("fatal", { verdict: "missed", weight: 1, fatal: true }), item("plain"), item("granted", { verdict: "missed", weight: 9 })]
  const state = { items: [reviewed({ rule: "granted", verdict: "met", answer: "appealed" })] } as ReviewState
  const told = sorted(items, state)
  expect([told.first.map(({ rule }) => rule), told.good?.rule, told.rest.map(({ rule }) => rule)]).toEqual([["fatal", "granted", "small"], "fine", ["plain"]])
  expect(worstOf(items, state)?.rule).toBe("small") // the one that has a second to be heard
  expect(worstOf([item("a")], null)).toBeNull()
})

it("reads the quotes of a draft, and none where something else stands there", () => {
  expect(spansOf(JSON.stringify([SPAN]))).toEqual([SPAN])
  for (const text of ["", "{", "3", '[null, {"quote": 3}]']) expect(spansOf(text)).toEqual([])
})
