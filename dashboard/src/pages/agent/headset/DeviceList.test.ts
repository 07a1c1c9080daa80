// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { DeviceStatus, DeviceTrial } from "../../../api/http"
import { at, shown, textOf } from "../testing"
import DeviceList from "./DeviceList.vue"
import { ASK_MS } from "./useDevices"

const MIC: DeviceStatus = { name: "usb-mic", label: "USB 耳机", kind: "microphone", is_default: true, state: "ok", reason: "", level_dbfs: -35 }
const LOOP: DeviceStatus = { name: "out.monitor", label: "耳机放音", kind: "loopback", is_default: false, state: "idle", reason: "", level_dbfs: null }
const TRIAL: DeviceTrial = { devices: [MIC, LOOP], mic: "default", far: "OUT" }

let answers: Record<string, { status: number; body: object }>
let asked: [string, unknown][]

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  answers = { "POST /api/headset/trial": { status: 200, body: TRIAL } }
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push([`${init.method} ${path}`, init.body ? JSON.parse(String(init.body)) : null])
    const answer = answers[`${init.method} ${path}`]!
    return { status: answer.status, text: async () => JSON.stringify(answer.body) }
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function list(): Promise<ReturnType<typeof shown>> {
  const wrapper = shown(DeviceList, {})
  await flushPromises()
  return wrapper
}

it("shows how each device sounds, as long as it is on the page", async () => {
  const wrapper = await list()
  expect(textOf(at(wrapper, "device-usb-mic"))).toContain("USB 耳机 · 系统默认 有声音")
  expect(at(wrapper, "device-usb-mic").find("[role=meter]").attributes()).toMatchObject({ "aria-valuenow": "-35", "aria-valuetext": "-35 dBFS" })
  expect(textOf(at(wrapper, "devices-customer"))).toMatch(/自动.*不接.*耳机放音 没有声音/)
  answers["POST /api/headset/trial"]!.body = { ...TRIAL, devices: [{ ...MIC, level_dbfs: -12 }, LOOP] }
  await vi.advanceTimersByTimeAsync(ASK_MS)
  expect(at(wrapper, "device-usb-mic").find("[role=meter]").attributes("aria-valuenow")).toBe("-12")
  wrapper.unmount()
  const before = asked.length
  await vi.advanceTimersByTimeAsync(4 * ASK_MS)
  expect(asked.length).toBe(before)
})

it("ticks what is chosen, also by a part of its name, and chooses others", async () => {
  const wrapper = await list()
  const ticked = wrapper.findAll<HTMLInputElement>("input").filter(({ element }) => element.checked)
  expect(ticked.map(({ element }) => element.value)).toEqual(["default", "out.monitor"])
  answers["PUT /api/headset/devices"] = { status: 200, body: { mic: "usb-mic", far: "none", kept_in: "callcoach.toml", fault: "" } }
  await wrapper.find("input[value=usb-mic]").setValue(true)
  await wrapper.find("input[value=none]").setValue(true)
  await wrapper.find("form").trigger("submit")
  await flushPromises()
  expect(asked.at(-1)).toEqual(["PUT /api/headset/devices", { mic: "usb-mic", far: "none" }])
  expect(at(wrapper, "devices-state").text()).toContain("已写入 callcoach.toml")
})

it("says why devices cannot be tried, chosen or kept", async () => {
  for (const [status, said] of [[403, "只能看"], [409, "通话中不能换设备"], [404, "没有接耳机"]] as const) {
    answers["POST /api/headset/trial"] = { status, body: { detail: "x" } }
    expect(at(await list(), "devices-state").text()).toContain(said)
  }
  answers["POST /api/headset/trial"] = { status: 200, body: TRIAL }
  answers["PUT /api/headset/devices"] = { status: 200, body: { mic: "default", far: "auto", kept_in: "", fault: "read-only" } }
  const wrapper = await list()
  await wrapper.find("form").trigger("submit")
  await flushPromises()
  expect(at(wrapper, "devices-state").text()).toContain("重新启动后失效：read-only")
})
