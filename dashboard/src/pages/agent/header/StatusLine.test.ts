// @vitest-environment happy-dom
import { ref, type Ref } from "vue"
import { expect, it } from "vitest"
import type { Event } from "../../../api/events"
import { faultsOf } from "../../../call/faults"
import { RESTS_ON, hint, started, step, viewOf } from "../../../call/testing"
import type { Connection } from "../../../connection/useCall"
import { at, headsetOf, liveOf, shown, textOf } from "../testing"
import StatusLine from "./StatusLine.vue"

const BODY: Event = { kind: "PhaseChanged", at_ms: 9000, phase: "body" }
const LOST: Event = { kind: "ChannelLost", at_ms: 10_000, channel: "customer", start_ms: 9000 }
const NO_STORE: Event = { kind: "StageFailed", at_ms: 11_000, stage: "store", reason: "calls.db", cause: "full" }

function line(events: Event[], change: Record<string, unknown> = {}, live = liveOf()): ReturnType<typeof shown> {
  const view = viewOf(events)
  const connection: Connection = { state: "open", since: 0, retries: 0, problem: "none" }
  const props = { view, nowMs: 12_000, frozen: false, faults: faultsOf(view, 12_000, false), connection, offlineS: 0, mini: false, ...change }
  return shown(StatusLine, props, live)
}

const kind = (wrapper: ReturnType<typeof shown>): string | undefined => at(wrapper, "status-line").attributes("data-kind")

it("shows where the call stands while nothing is wrong", () => {
  const wrapper = line([started({ engine: "small" }), BODY])
  expect(kind(wrapper)).toBe("phase")
  expect(wrapper.findAll("li").map((item) => item.classes()[0])).toEqual(["done", "now", "open"])
  expect(textOf(wrapper)).toContain("两边声音正常")
})

it("says one fault with its time and what still works", () => {
  const wrapper = line([started(), NO_STORE])
  expect(kind(wrapper)).toBe("fault")
  expect(textOf(wrapper)).toMatch(/^记录暂存内存 00:01 磁盘已满 · 提示照常/)
})

it("lists at a press what a narrow page has no room for", async () => {
  const wrapper = line([started(), NO_STORE], { mini: true })
  await wrapper.find("button").trigger("click")
  expect(wrapper.findAll(".list li").map(textOf)).toEqual(["记录暂存内存 00:01 磁盘已满 · 提示照常 · 恢复后补写"])
})

it("keeps showing where the call stands when a rule is off", () => {
  const off: Event = { kind: "StageFailed", at_ms: 9500, stage: "rule", reason: "x", cause: "slow" }
  const wrapper = line([started({ engine: "small" }), BODY, off])
  expect([kind(wrapper), at(wrapper, "engine-notice").text()]).toEqual(["phase", "有规则太慢，本通停用 · 其余提示照常"])
})

it("counts several faults, names them, and lists each at a press", async () => {
  const wrapper = line([started(), LOST, NO_STORE])
  const button = wrapper.find("button")
  expect(textOf(button)).toBe("2 项受限 听不到客户 · 记录暂存内存")
  expect([button.attributes("aria-expanded"), wrapper.findAll(".list li")]).toEqual(["false", []])
  await button.trigger("click")
  expect(button.attributes("aria-expanded")).toBe("true")
  const listed = wrapper.findAll(".list li").map(textOf)
  expect(listed).toHaveLength(2)
  expect(listed[0]).toMatch(/^听不到客户 00:03 检查耳机/)
})

it("makes room for the steps of a silent call only where a fault stays for the rest of the call anyway", () => {
  const steps = [started(), step(2, 9000, { state: "wait", wait_from_ms: 9000 })]
  expect(kind(line([...steps, NO_STORE]))).toBe("steps")
  expect(kind(line([...steps, LOST]))).toBe("fault")
})

it("puts what was just pressed before every fault", () => {
  const live = liveOf()
  ;(live.control.isArmed as Ref<boolean>).value = true
  const wrapper = line([started(), LOST], {}, live)
  expect([kind(wrapper), wrapper.find("[role=alert]").text()]).toEqual(["armed", "再按一次 F2 结束"])
})

it("says why a call did not start, and that there was no server where nothing was said", () => {
  const problem = (detail: string): string => {
    const live = liveOf()
    live.control.problem.value = { what: "start", detail }
    return textOf(line([], {}, live))
  }
  expect(problem("company is 3")).toContain("没能开始通话 company is 3")
  expect(problem("")).toContain("连不上服务器")
})

it("waits for data, unless a fault says why none comes", () => {
  expect(kind(line([started(), BODY], { frozen: true }))).toBe("waiting")
  expect(kind(line([started(), LOST], { frozen: true }))).toBe("fault")
})

it("names between calls the side that would not be heard", () => {
  const live = liveOf({ headset: ref(headsetOf({}, { state: "absent" })) })
  const connection: Connection = { state: "idle", since: 0, retries: 0, problem: "none" }
  expect(textOf(line([], { connection }, live))).toBe("客户侧无设备")
  expect(textOf(line([], { connection }, liveOf({ headset: ref(headsetOf({})) })))).toBe("已就绪")
})

it("says of a call that is over whether it is scored", () => {
  const over: Event[] = [started(), hint(1, 900), { kind: "CallEnded", actor: null, at_ms: 9000, reason: "finished" }]
  expect(textOf(line(over))).toContain("正在评分")
  expect(textOf(line([...over, { kind: "CallScored", at_ms: 9000, total: 88, fatal: 0, groups: [], items: [], ...RESTS_ON }]))).toContain("已评分")
})
