// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { effectScope, nextTick, ref, type EffectScope } from "vue"
import { useListening, type Listening, type OpenSound } from "./useListening"

let scope: EffectScope
let listening: Listening
const call = ref<string | null>(null)
const agent = ref<string | null>(null)
let tell: Parameters<OpenSound>[1]
const close = vi.fn()
const open = vi.fn<OpenSound>((_, told) => {
  tell = told
  return { close }
})

beforeEach(() => {
  vi.useFakeTimers()
  vi.clearAllMocks()
  call.value = "call-1"
  agent.value = "1042"
  scope = effectScope()
  scope.run(() => (listening = useListening(() => call.value, () => agent.value, open)))
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

it("goes on while its call is off the wall for a moment, and ends with another call or agent", async () => {
  for (const [now, who, after] of [["call-1", "1042", "on"], ["call-2", "1042", "off"], [null, null, "off"]] as const) {
    call.value = "call-1"
    agent.value = "1042"
    await nextTick()
    listening.press()
    listening.press()
    tell({ delayMs: 600 })
    call.value = null
    await nextTick()
    expect(listening.state.value).toBe("on")
    call.value = now
    agent.value = who
    await nextTick()
    expect(listening.state.value).toBe(after)
    listening.stop()
  }
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
  call.value = null
  expect(listening.press()).toBe(false)
})
