// @vitest-environment happy-dom
import { expect, it } from "vitest"
import { LEGEND, started, step, viewOf } from "../../../call/testing"
import { at, shown, textOf } from "../testing"
import SilentCall from "../../../stage/SilentCall.vue"
import SilentSteps from "../../../stage/SilentSteps.vue"

const WAIT = { state: "wait", wait_from_ms: 10_000, wait_ms: 5000 } as const

function silent(number: number, change = {}): Record<string, unknown> {
  return { silent: viewOf([started(), step(number, 10_000, change)]).silent, steps: 4, nowMs: 12_100, frozen: false, mini: false }
}

it("shows the words to say before any second is counted", () => {
  const wrapper = shown(SilentCall, silent(2))
  expect(at(wrapper, "step").attributes()).toMatchObject({ "data-step": "2", "data-state": "say" })
  expect(at(wrapper, "step-say").text()).toBe("您好！请问有什么可以帮您？")
  expect(at(wrapper, "countdown").exists()).toBe(false)
  expect(wrapper.findAll(".segments .full")).toHaveLength(0)
})

it("counts down from the last word, a segment a second", async () => {
  const wrapper = shown(SilentCall, silent(2, WAIT))
  const read = (): [string, number] => [at(wrapper, "countdown").text(), wrapper.findAll(".segments .full").length]
  expect([read(), wrapper.findAll(".segments i").length]).toEqual([["3", 3], 5])
  await wrapper.setProps({ nowMs: 14_999 })
  expect(read()).toEqual(["1", 1])
  await wrapper.setProps({ nowMs: 15_000 })
  expect(read()).toEqual(["0", 0])
})

it("counts nothing down while no data comes", async () => {
  const wrapper = shown(SilentCall, silent(2, WAIT))
  await wrapper.setProps({ frozen: true })
  expect([at(wrapper, "countdown").text(), wrapper.findAll(".segments .full").length]).toEqual(["—", 0])
  expect(wrapper.find("[role=timer]").attributes("aria-label")).toBe("等待数据")
  expect(textOf(wrapper)).not.toMatch(/\d 秒/)
  expect(at(wrapper, "step-say").text()).toBe("您好！请问有什么可以帮您？")
})

it("breaks a sentence behind its punctuation only", () => {
  const wrapper = shown(SilentCall, silent(3, { say: "非常抱歉，您的电话没有声音，再见！" }))
  expect(wrapper.findAll(".phrase").map((phrase) => phrase.text())).toEqual(["非常抱歉，", "您的电话没有声音，", "再见！"])
})

it("says what comes next, and at the last step that one may hang up", () => {
  expect(textOf(shown(SilentCall, silent(2)))).toContain("第 3 步说： 非常抱歉，您的电话没有声音")
  const last = shown(SilentCall, silent(4, { ...WAIT, say: "" }))
  expect(at(last, "step-say").text()).toBe("仍无声，可以挂机")
  expect([at(last, "countdown").exists(), textOf(last).includes("步说")]).toEqual([false, false])
})

it("ticks off the steps that are done; the opening once it was said", async () => {
  const states = (wrapper: ReturnType<typeof shown>): string[] => wrapper.findAll("li").map((item) => item.classes()[0]!)
  const wrapper = shown(SilentSteps, { ...silent(1, WAIT), steps: LEGEND.steps })
  expect(states(wrapper)).toEqual(["done", "open", "open", "open"])
  await wrapper.setProps({ ...silent(2, WAIT), steps: LEGEND.steps })
  expect(states(wrapper)).toEqual(["done", "now", "open", "open"])
  expect(wrapper.find("[aria-current=step]").text()).toContain("再问一次")
})
