// @vitest-environment happy-dom
import type { VueWrapper } from "@vue/test-utils"
import { expect, it } from "vitest"
import type { Event } from "../../../api/events"
import { stageOf } from "../../../call/derive"
import { hint, started, step, viewOf, words } from "../../../call/testing"
import { at, shown } from "../testing"
import { messageOf } from "../../../stage/answers"
import LiveStage from "./LiveStage.vue"

const OPEN = { isOffline: false, isFrozen: false, hidden: new Set<number>() }
const SILENCE: Event = { kind: "SilenceStarted", at_ms: 4000, start_ms: 3000, silence: "both", limit_ms: 5000 }
const DEAD_AIR = hint(7, 8000, { rule: "midcall-dead-air", counts: "silence", say: "静默5秒，回应客户", severity: "critical" })

function stage(events: Event[], nowMs: number, frozen = false): Record<string, unknown> {
  const view = viewOf(events)
  return { stage: stageOf(view, nowMs, { ...OPEN, isFrozen: frozen }), view, nowMs, frozen, offline: false, mini: false }
}

function said(wrapper: VueWrapper): string {
  return wrapper.find(".sr-only").text()
}

it("shows one hint: what to say, why, and the seconds of the silence it is about", () => {
  const wrapper = shown(LiveStage, stage([started(), SILENCE, DEAD_AIR], 9400))
  expect(at(wrapper, "hint").attributes()).toMatchObject({ "data-rule": "midcall-dead-air", "data-seq": "3", "data-done": "false" })
  expect(at(wrapper, "hint-say").text()).toBe("静默5秒，回应客户")
  expect(at(wrapper, "counter").text()).toMatch(/6/)
})

it("interrupts a screen reader for a critical hint only", async () => {
  const wrapper = shown(LiveStage, stage([started(), DEAD_AIR], 8000))
  expect(at(wrapper, "stage").attributes()).toMatchObject({ role: "alert", "aria-live": "assertive" })
  await wrapper.setProps(stage([started(), hint(8, 9000)], 9000))
  expect(at(wrapper, "stage").attributes()).toMatchObject({ role: "status", "aria-live": "polite" })
})

it("hands on what was answered", async () => {
  const wrapper = shown(LiveStage, stage([started(), DEAD_AIR], 8000))
  for (const button of ["hint-done", "hint-dismiss", "hint-useless"]) await at(wrapper, button).trigger("click")
  expect(wrapper.emitted("answer")).toEqual([["done"], ["dismissed"], ["useless"]])
})

it("asks for no answer of whoever only looks", () => {
  const wrapper = shown(LiveStage, { ...stage([started(), DEAD_AIR], 8000), readsOnly: true })
  expect([at(wrapper, "hint-say").exists(), at(wrapper, "hint-done").exists(), at(wrapper, "hint-useless").exists()]).toEqual([true, false, false])
})

it("tells the server of each answer, and that a useless hint was of no use", () => {
  expect(messageOf("done", 3)).toEqual({ type: "done", hint_seq: 3 })
  expect(messageOf("dismissed", 3)).toEqual({ type: "dismissed", hint_seq: 3 })
  expect(messageOf("useless", 3)).toEqual({ type: "dismissed", hint_seq: 3, useful: false })
})

it("says what was done, and asks for no answer any more", () => {
  const done: Event = { kind: "HintDone", actor: null, at_ms: 9000, hint: 7, by: "coach", note: "已回应客户", note_en: "" }
  const wrapper = shown(LiveStage, stage([started(), SILENCE, DEAD_AIR, done], 9500))
  expect(at(wrapper, "hint").attributes("data-done")).toBe("true")
  expect(at(wrapper, "hint-why").text()).toBe("已回应客户")
  expect([at(wrapper, "hint-done").exists(), at(wrapper, "counter").exists()]).toEqual([false, false])
})

it("keeps the words of a hint while no data comes, but not its seconds", () => {
  const wrapper = shown(LiveStage, stage([started(), SILENCE, DEAD_AIR], 9400, true))
  expect([at(wrapper, "hint-say").text(), at(wrapper, "counter").text()]).toEqual(["静默5秒，回应客户", "已静默 — 秒"])
})

it("says that it waits for data in place of 正常, and counts no wait", () => {
  const rest = shown(LiveStage, stage([started()], 9400, true))
  expect(rest.text()).toContain("等待数据")
  expect(rest.text()).not.toContain("正常")
  const asked: Event = { kind: "WaitRequested", at_ms: 1600, channel: "agent", start_ms: 0, end_ms: 1000, text: "请稍等", wait_ms: null, limit_ms: 30_000, first_end_ms: null }
  const waiting = shown(LiveStage, stage([started(), asked], 5000, true))
  expect(at(waiting, "countdown").text()).toBe("—")
  expect(waiting.text()).not.toMatch(/已等|秒后/)
})

it("reads a countdown out at five seconds and at none, and not in between", async () => {
  const waiting = [started(), step(2, 3300, { state: "wait", wait_from_ms: 3000, wait_ms: 6000 })]
  const wrapper = shown(LiveStage, stage(waiting, 3300))
  const heard: string[] = []
  for (const nowMs of [4000, 5000, 8000, 9000]) {
    await wrapper.setProps(stage(waiting, nowMs))
    heard.push(said(wrapper))
  }
  expect(heard).toEqual(["还剩 5 秒", "还剩 5 秒", "还剩 5 秒", "还剩 0 秒"])
})

it("is not all well while words are too late for any hint", () => {
  const [late, soon] = [30_000, 600].map((lag_ms) => shown(LiveStage, stage([started(), words(1000, 3000, "您好", { lag_ms })], 4000)).text())
  expect([late, soon].map((text) => text!.includes("正常"))).toEqual([false, true])
  expect(late).toContain("30 秒")
})
