// @vitest-environment happy-dom
import { expect, it } from "vitest"
import type { SideStatus } from "../../../api/http"
import { at, headsetOf, shown, textOf } from "../testing"
import SelfCheck from "./SelfCheck.vue"

function check(side: "agent" | "customer", change: Partial<SideStatus>): { text: string; isReady: boolean; meter: Record<string, string> | null } {
  const headset = side === "agent" ? headsetOf(change) : headsetOf({}, change)
  const wrapper = shown(SelfCheck, { headset, mini: false })
  const row = at(wrapper, `check-${side}`)
  const meter = row.find("[role=meter]")
  return { text: textOf(row), isReady: row.classes("ready"), meter: meter.exists() ? meter.attributes() : null }
}

it("says of a side that is heard how loud it is", () => {
  const { text, isReady, meter } = check("agent", { level_dbfs: -35 })
  expect(text).toContain("坐席 已就绪 USB")
  expect(isReady).toBe(true)
  expect(meter).toMatchObject({ "aria-valuenow": "-35", "aria-valuetext": "-35 dBFS" })
  expect(headsetOf({}).lines).toHaveLength(2)
})

it("takes silence of the far end for ready, and that of the microphone for a mute key", () => {
  expect(check("customer", { state: "idle", level_dbfs: null })).toMatchObject({ isReady: true, text: expect.stringContaining("已就绪") })
  const agent = check("agent", { state: "idle", level_dbfs: null })
  expect([agent.isReady, agent.text]).toEqual([false, expect.stringContaining("是否静音？")])
})

it("says why a side is not heard and for how long, in minutes from a minute on", () => {
  const lost = { state: "lost", reason: "unplugged", level_dbfs: null } as const
  expect(check("agent", { ...lost, since_s: 59.9 })).toMatchObject({ text: expect.stringContaining("unplugged · 已 59 秒"), isReady: false, meter: null })
  expect(check("agent", { ...lost, since_s: 125 }).text).toContain("unplugged · 已 2 分钟")
})

it("says how a far end that was never there is given one", () => {
  expect(check("customer", { state: "absent", device: "" }).text).toMatch(/没有设备.*静默会晚些提示.*--far/)
})

it("shows both sides whatever the server names", () => {
  const wrapper = shown(SelfCheck, { headset: { ...headsetOf({}), lines: [] }, mini: false })
  expect(wrapper.findAll("li").map((row) => row.attributes("data-state"))).toEqual(["absent", "absent"])
})
