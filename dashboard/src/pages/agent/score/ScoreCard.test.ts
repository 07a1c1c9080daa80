// @vitest-environment happy-dom
import { expect, it } from "vitest"
import type { CallScored, Event, ScoreItem, WordsTrust } from "../../../api/events"
import { LEGEND, started, viewOf } from "../../../call/testing"
import { ref } from "vue"
import { at, liveOf, shown, textOf } from "../testing"
import EndedCall from "./EndedCall.vue"
import ScoreCard from "./ScoreCard.vue"

const ITEM: ScoreItem = {
  rule: "ban", title: "禁言", title_en: "Banned", group: "语言", verdict: "missed", weight: 3, points: 0, fatal: false, note: "", withheld: 0, note_en: "", is_ban: true, is_offered: true, cite: null,
  evidence: [{ channel: "agent", start_ms: 900, end_ms: 1900, quote: "346 字/分", quote_en: "346 chars/min" }],
} // prettier-ignore
const SCORE: CallScored = { kind: "CallScored", at_ms: 9, total: 86, fatal: 0, groups: [{ name: "语言", points: 0, weight: 3, full: 0 }], items: [ITEM], assessed: null, offered: null, to_confirm: 0, unscored_reason: "", lost_share: 0, confirmed_total: null, assessed_by_words: null, fatal_cap: 59, least_share: 0.5, least_weight: 20 }
/** As the server tells it once scores say what they rest on. */
const told = (change: object): CallScored => ({ ...SCORE, assessed: 34, offered: 150, to_confirm: 0, unscored_reason: "", lost_share: 0, ...change }) as CallScored

const card = (score: CallScored, live = liveOf()) => shown(ScoreCard, { score, version: "2026-12", groups: LEGEND.groups, trust: null }, live)
const ended = (score: CallScored) => shown(EndedCall, { view: viewOf([started(), { kind: "CallEnded", actor: null, at_ms: 9, reason: "finished" }, score as Event]), mini: false })

it("shows a score of before as it was, without what nobody told", () => {
  const wrapper = ended(SCORE)
  expect([at(wrapper, "score-total").text(), at(wrapper, "judged").exists(), at(wrapper, "unscored").exists()]).toEqual(["86", false, false])
  expect([textOf(wrapper).includes("无致命项"), at(card(SCORE), "scorecard-total").text()]).toEqual([true, "86"])
})

it("says how much was judged, and gives no total with the reason where that is too little", () => {
  expect(at(ended(told({})), "judged").text()).toBe("评了 34 / 150 分")
  const without = told({ total: null, unscored_reason: "too_little" })
  expect([at(ended(without), "score-total").text(), at(ended(without), "unscored").text()]).toEqual(["—", "未评分 能评的太少"])
  expect([at(card(without), "scorecard-total").text(), at(card(without), "scorecard-judged").text()]).toEqual(["未评分", "评了 34 / 150 分"])
  expect(at(ended(told({ total: null, unscored_reason: "of a newer server" })), "unscored").text()).toBe("未评分 依据不足")
})

it("says how much of it goes by words, and what these may be trusted with", () => {
  const score = told({ assessed_by_words: 20 })
  const heardBy = (trust: WordsTrust | null) => {
    const view = viewOf([started({ words_trust: trust }), { kind: "CallEnded", actor: null, at_ms: 9, reason: "finished" }, score as Event])
    return [shown(EndedCall, { view, mini: false }), shown(ScoreCard, { score, version: "2026-12", groups: LEGEND.groups, trust })].map((one) =>
      at(one, one.find("[data-testid=by-words]").exists() ? "by-words" : "scorecard-by-words").text(),
    )
  }
  const trust: WordsTrust = { good_for: "hints", characters_wrong: [0.14], characters_wrong_in_noise: [0.22], bans_missed: 0.25 }
  expect(new Set(heardBy(trust))).toEqual(new Set(["其中 20 分按识别的文字，文字只供提示，不足以评分"]))
  expect(new Set(heardBy({ ...trust, good_for: "scores" }))).toEqual(new Set(["其中 20 分按识别的文字"]))
  expect(new Set(heardBy(null))).toEqual(new Set(["其中 20 分按识别的文字，文字准确度未测量"]))
  expect(at(card(told({ assessed_by_words: 0 })), "scorecard-by-words").exists()).toBe(false)
})

it("says what a person has yet to confirm, and not that nothing is fatal", () => {
  const score = told({ to_confirm: 1, confirmed_total: 59, items: [{ ...ITEM, verdict: "to_confirm", fatal: true, points: null }] })
  expect(at(ended(score), "to-confirm").text()).toBe("1 个致命项待确认 · 总分暂定，属实则为 59")
  for (const wrapper of [ended(score), card(score)]) expect(textOf(wrapper)).not.toContain("无致命项")
  expect(textOf(at(card(score), "score-item"))).toContain("待确认")
})

it("says that words are still to come where the recogniser failed and there is a recording, until they have", () => {
  const failed: Event = { kind: "StageFailed", at_ms: 5, stage: "asr", reason: "away", cause: "" }
  const recording: Event = { kind: "RecordingStarted", at_ms: 0 }
  const end: Event[] = [{ kind: "CallEnded", actor: null, at_ms: 9, reason: "finished" }, SCORE as Event]
  const told = (...events: Event[]) => at(shown(EndedCall, { view: viewOf([started(), ...events]), mini: false }), "words-to-come")
  expect(told(recording, failed, ...end).text()).toBe("识别恢复后从录音补听，分数会更新")
  expect(told(failed, ...end).exists()).toBe(false)
  expect(told(recording, ...end).exists()).toBe(false)
  expect(told(recording, failed, ...end, { kind: "StageBack", at_ms: 9, stage: "asr" }).exists()).toBe(false)
})

it("says what was not heard, and which hints were not shown", () => {
  const score = told({ lost_share: 0.12, items: [{ ...ITEM, withheld: 2 }] })
  expect(at(ended(score), "lost-share").text()).toBe("12% 的时间没有听全")
  expect(at(card(score), "withheld").text()).toBe("当时有 2 条提示没有显示")
  expect(at(card(SCORE), "withheld").exists()).toBe(false)
})

it("says what a rule earned of its weight, and what a ban took; a fatal item that is no fault is no alarm", () => {
  const row = (change: Partial<ScoreItem>) => at(card(told({ items: [{ ...ITEM, ...change }] })), "score-item")
  const points = (change: Partial<ScoreItem>): string => row(change).find("[data-testid=points]").text()
  expect([points({}), points({ points: 2.5 }), points({ points: -3 }), points({ verdict: "met", points: null })]).toEqual(["0/3", "2.5/3", "−3", "—"])
  expect(row({ fatal: true, verdict: "met" }).find(".fatal .icon").exists()).toBe(false)
  expect(row({ fatal: true, verdict: "to_confirm" }).find(".fatal .icon").exists()).toBe(true)
})

it("says why evidence cannot be heard", () => {
  const playback = { ...liveOf().playback, because: ref("no_consent" as const) }
  const wrapper = card(SCORE, liveOf({ playback }))
  expect(at(wrapper, "no-recording").text()).toBe("没有录音：客户没有同意")
  expect(at(wrapper, "evidence-time").attributes("title")).toBe("没有录音：客户没有同意")
})
