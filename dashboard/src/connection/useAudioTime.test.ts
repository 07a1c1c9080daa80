import { effectScope, shallowRef } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Event } from "../api/events"
import { started, viewOf } from "../call/testing"
import { useAudioTime, type AudioTime } from "./useAudioTime"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function run(events: Event[]): AudioTime {
  const arrivedAt = performance.now()
  return effectScope().run(() => useAudioTime(shallowRef(viewOf(events)), () => arrivedAt))!
}

it("goes on between records", () => {
  const time = run([started(), { kind: "ClockTicked", at_ms: 17_000 }])
  vi.advanceTimersByTime(200)
  expect(time.nowMs.value).toBe(17_200)
  expect(time.isFrozen.value).toBe(false)
})

it("freezes when nothing came for 500 ms", () => {
  const time = run([started(), { kind: "ClockTicked", at_ms: 17_000 }])
  vi.advanceTimersByTime(450)
  expect(time.isFrozen.value).toBe(false)
  vi.advanceTimersByTime(50)
  expect(time.isFrozen.value).toBe(true)
  vi.advanceTimersByTime(5000)
  expect(time.nowMs.value).toBe(17_500)
})

it("stands still after the call, without waiting for anything", () => {
  const time = run([started(), { kind: "CallEnded", actor: null, at_ms: 60_000, reason: "finished" }])
  vi.advanceTimersByTime(5000)
  expect([time.nowMs.value, time.isFrozen.value]).toEqual([60_000, false])
})
