// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { effectScope, type EffectScope } from "vue"
import { LANES_S, lanesAfter, spokenBefore } from "./useLanes"
import { useListening, type Listening, type OpenSound } from "./useListening"

let scope: EffectScope
let listening: Listening
let call: string | null
let tell: Parameters<OpenSound>[1]
const close = vi.fn()
const open = vi.fn<OpenSound>((_, told) => {
  tell = told
  return { close }
})

beforeEach(() => {
  vi.useFakeTimers()
  vi.clearAllMocks()
  call = "call-1"
  scope = effectScope()
  scope.run(() => (listening = useListening(() => call, open)))
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

it("asks once, and begins by the second press alone", () => {
  listening.press()
  expect([listening.state.value, open.mock.calls.length]).toEqual(["asked", 0])
  listening.press()
  expect([listening.state.value, open.mock.calls[0]![0]]).toEqual(["opening", "call-1"])
  tell({ delayMs: 600 })
  expect([listening.state.value, listening.delayMs.value]).toEqual(["on", 600])
  expect(listening.stop()).toBe(true)
  expect([listening.state.value, close.mock.calls.length]).toEqual(["off", 1])
  expect(listening.stop()).toBe(false)
})

it("takes a question back that nobody answers", () => {
  listening.press()
  vi.advanceTimersByTime(7000)
  expect(listening.state.value).toBe("off")
  listening.press()
  expect([listening.state.value, open.mock.calls.length]).toEqual(["asked", 0])
})

it("says why nothing is heard, and ends with its page", () => {
  listening.press()
  listening.press()
  tell({ problem: "away" })
  expect([listening.state.value, listening.problem.value, close.mock.calls.length]).toEqual(["problem", "away", 1])
  listening.press()
  listening.press()
  scope.stop()
  expect(close).toHaveBeenCalledTimes(2)
})

it("listens to no call where none is open", () => {
  call = null
  expect(listening.press()).toBe(false)
})

it("gathers two minutes of lanes from minutes that overlap", () => {
  let lanes = { signs: "", at: 0 }
  for (let at = 60; at <= 300; at += 1) lanes = lanesAfter(lanes, Array.from({ length: 60 }, (_, second) => "ac"[(at - 59 + second) % 2]).join(""), at)
  expect(lanes.signs).toHaveLength(LANES_S)
  expect(lanes.signs).toBe(Array.from({ length: LANES_S }, (_, second) => "ac"[(181 + second) % 2]).join(""))
})

it("fills what was before the digests' minute from the words of the call", () => {
  const line = (channel: "agent" | "customer", start_ms: number, end_ms: number) => ({ channel, start_ms, end_ms })
  const lines = [line("agent", 100, 900), line("agent", 4_200, 6_000), line("customer", 5_100, 7_001), line("customer", 9_900, 30_000)]
  expect(spokenBefore(lines, 11, 8)).toBe(".abcc.cc")
  expect(spokenBefore([], 11, 2)).toBe("..")
})

it("leaves a gap where nothing was told, and takes nothing older", () => {
  const lanes = lanesAfter(lanesAfter({ signs: "", at: 0 }, "aa", 2), "cc", 7)
  expect(lanes).toEqual({ signs: "aa...cc", at: 7 })
  expect(lanesAfter(lanes, "x", 5)).toBe(lanes)
  expect(lanesAfter({ signs: "", at: 0 }, "aa", 300).signs).toBe("aa")
})
