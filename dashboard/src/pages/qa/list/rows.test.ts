import { expect, it } from "vitest"
import type { CallRow } from "../../../api/http"
import { listZhCN } from "../../../texts/list/zh-CN"
import { problemOf, scoreMarkOf, stageOf } from "./rows"

const ROW = {
  ending: "finished", score: 88, fatal: 0, to_confirm: 0, problem: null, others: [], good: null, good_en: null,
  stage: "", reviewer: "", total: null, unseen: 0,
} as unknown as CallRow // prettier-ignore
const NAME = { rule: "name", title: "未报姓名", title_en: "name", is_fatal: false, is_to_confirm: false, channel: "agent", from_ms: 4000, to_ms: 6000 }

function row(changes: Partial<CallRow>): CallRow {
  return { ...ROW, ...changes }
}

it("marks what is grave before what is low, and no call that still runs", () => {
  expect([row({ fatal: 1, to_confirm: 1 }), row({ to_confirm: 1, score: 60 }), row({ score: 60 }), row({ score: 75 }), row({ score: null }), row({ score: null, ending: null })].map(scoreMarkOf)).toEqual(["critical", "to-confirm", "warning", null, "na", null])
})

it("tells the first problem, what else there is, and that there is none", () => {
  const others = ["打断客户", "语速偏快", "未说再见"].map((title) => ({ title, title_en: "", from_ms: null, to_ms: null }))
  expect(problemOf(row({ problem: NAME, others }), listZhCN, false)).toEqual({ title: "未报姓名", more: "另有 打断客户、语速偏快 等 3 项" })
  expect(problemOf(row({ problem: { ...NAME, is_to_confirm: true } }), listZhCN, false).title).toBe("未报姓名 · 待确认")
  expect(problemOf(row({ problem: { ...NAME, is_to_confirm: true }, stage: "done" }), listZhCN, false).title).toBe("未报姓名 · 人工已判")
  expect(problemOf(row({ problem: NAME }), listZhCN, true).title).toBe("name")
  expect(problemOf(row({ good: "复述确认完整" }), listZhCN, false).title).toBe("做得好：复述确认完整")
  expect([row({}), row({ score: null })].map((one) => problemOf(one, listZhCN, false).title)).toEqual(["没有发现问题", ""])
  const unscored = ["too_little", "too_short"].map((reason) => row({ score: null, good: "复述", unscored_reason: reason as "too_short" }))
  expect(unscored.map((one) => problemOf(one, listZhCN, false).title)).toEqual(["能评的太少", "通话太短"])
})

it("tells how far the review is and who waits for whom", () => {
  expect(stageOf(row({}), listZhCN)).toEqual({ title: "待评", more: "" })
  expect(stageOf(row({ ending: null }), listZhCN).title).toBe("")
  expect(stageOf(row({ stage: "done", reviewer: "许岚", total: 92.6 }), listZhCN)).toEqual({ title: "已评", more: "许岚 93" })
  expect(stageOf(row({ stage: "to_decide", reviewer: "许岚" }), listZhCN)).toEqual({ title: "申诉中", more: "待质检裁定" })
  expect(stageOf(row({ stage: "to_decide", unseen: 1 }), listZhCN).more).toBe("待质检裁定")
  expect(stageOf(row({ stage: "done", unseen: 2 }), listZhCN).more).toBe("坐席有 2 条意见未看")
})
