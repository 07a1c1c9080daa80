// @vitest-environment happy-dom
import { mount } from "@vue/test-utils"
import { expect, it } from "vitest"
import type { OwnPractice } from "../../../api/http"
import PracticeCard from "./PracticeCard.vue"

const EXAMPLE = { call_id: "c9", started_at: Date.parse("2026-11-20T10:00:00") / 1000, span: { channel: "agent", start_ms: 72_000, end_ms: 74_000, quote: "大概一分钟", quote_en: "" } } as const
const WAIT: OwnPractice = {
  rule: "wait-told", title: "请等待时说清多久", title_en: "", note: "没说多久", note_en: "", say: "大概一分钟，您看可以吗？", say_en: "", form: "speak",
  cite: { document: "004", quote: "说明等待时间" }, weeks: [{ done: 2, of: 7 }, { done: 3, of: 8 }, { done: 0, of: 0 }, { done: 4, of: 9 }], example: EXAMPLE,
} // prettier-ignore

function text(judged: number, practice: OwnPractice | null): string {
  return mount(PracticeCard, { props: { advice: { judged, needed: 20, practice } } }).text()
}

it("tells one item, how often it was done in each of four weeks, and the words", () => {
  const card = mount(PracticeCard, { props: { advice: { judged: 161, needed: 20, practice: WAIT } } })
  expect(card.get("h2").text()).toBe("请等待时说清多久")
  expect(card.findAll("[data-testid=practice-week]").map((week) => week.text().replace(/^.*周前|^最近 7 天/, ""))).toEqual(["2/7", "3/8", "–", "4/9"])
  expect(card.get("[data-testid=practice-missed]").text()).toBe("最近 7 天 9 通里，5 通没做到。")
  expect(card.get("[data-testid=practice-say]").text()).toBe("可以说：“大概一分钟，您看可以吗？”")
})

it("plays the agent's own example", async () => {
  const card = mount(PracticeCard, { props: { advice: { judged: 161, needed: 20, practice: WAIT } } })
  expect(card.get("[data-testid=practice-hear]").text()).toBe("▸ 11-20 01:12")
  await card.get("[data-testid=practice-hear]").trigger("click")
  expect(card.emitted("hear")).toEqual([[EXAMPLE]])
  expect(mount(PracticeCard, { props: { advice: { judged: 161, needed: 20, practice: { ...WAIT, example: null } } } }).find("[data-testid=practice-hear]").exists()).toBe(false)
})

it("speaks of four weeks where this one says nothing, and of the handbook where there are no words", () => {
  const quiet = { ...WAIT, say: "", weeks: [{ done: 2, of: 7 }, { done: 3, of: 8 }, { done: 1, of: 1 }, { done: 0, of: 0 }] }
  expect(text(30, quiet)).toContain("近四周 16 通里，10 通没做到。")
  expect(text(30, quiet)).toContain("手册 004：“说明等待时间”")
  expect(text(30, { ...WAIT, form: "do", say: "慢一点" })).toContain("怎么做：慢一点")
})

it("promises advice where too few calls are known, and praises where nothing is lost", () => {
  expect(text(7, null)).toContain("满 20 通后给建议")
  expect(text(7, null)).toContain("近四周评过 7 通")
  expect(text(20, null)).toContain("本周没有要改的，保持")
})
