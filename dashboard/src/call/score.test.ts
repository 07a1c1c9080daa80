import { expect, it } from "vitest"
import type { CallScored, ScoreItem } from "../api/events"
import { basisOf, highlights } from "./score"

const SCORE: CallScored = { kind: "CallScored", at_ms: 9, total: 86, fatal: 0, groups: [], items: [], assessed: null, offered: null, to_confirm: 0, unscored_reason: "", lost_share: 0, confirmed_total: null, assessed_by_words: null, fatal_cap: 59, least_share: 0.5, least_weight: 20 }

it("says what a score rests on, and nothing of it for records of before", () => {
  expect(basisOf(SCORE)).toEqual({ judged: null, byWords: 0, toConfirm: 0, confirmedTotal: null, unscoredReason: "", lostPercent: 0 })
  const told = { ...SCORE, total: null, assessed: 34, offered: 150, assessed_by_words: 20, to_confirm: 1, confirmed_total: 59, unscored_reason: "too_little", lost_share: 0.121 } as CallScored
  expect(basisOf(told)).toEqual({ judged: { assessed: 34, offered: 150 }, byWords: 20, toConfirm: 1, confirmedTotal: 59, unscoredReason: "too_little", lostPercent: 13 })
  expect(basisOf({ ...SCORE, total: null }).unscoredReason).toBe("nothing")
})

it("picks the best and the worst of a scorecard, fatal items first", () => {
  const span = { channel: "agent", start_ms: 0, end_ms: 9, quote: "", quote_en: "" } as const
  const item = (rule: string, verdict: ScoreItem["verdict"], weight: number, more: Partial<ScoreItem> = {}): ScoreItem => ({
    rule, title: rule, group: "g", verdict, weight, points: null, fatal: false, evidence: [], note: "", title_en: "", withheld: 0, note_en: "", is_ban: false, is_offered: true, cite: null, ...more,
  })
  const met = [item("a", "met", 10, { fatal: true }), item("b", "met", 3, { evidence: [span] }), item("c", "met", 9)]
  const missed = [item("d", "missed", 10), item("e", "missed", 2, { fatal: true })]
  expect(highlights([...met, ...missed])).toMatchObject({ good: { rule: "b" }, practise: { rule: "e" } })
  expect(highlights(met.filter(({ evidence }) => !evidence.length)).good?.rule).toBe("a")
  expect(highlights([item("n", "not_applicable", 9)])).toEqual({ good: null, practise: null })
})
