import { effectScope, ref } from "vue"
import { expect, it, vi } from "vitest"
import { shows, useWave } from "./useWave"

const wave = (per_ms: number, start_ms: number, points: number) => ({ per_ms, start_ms, duration_ms: 3_600_000, high: [new Array<number>(points).fill(0)] })

it("takes the peaks of an hour for a window of it alone where they are fine enough for that", () => {
  const hour = wave(180, 0, 20_000)
  expect(shows(hour, { fromMs: 0, toMs: 900_000 })).toBe(true)
  expect(shows(hour, { fromMs: 0, toMs: 120_000 })).toBe(false)
  expect(shows(wave(100, 100_000, 3600), { fromMs: 220_000, toMs: 340_000 })).toBe(true)
  expect(shows(wave(100, 100_000, 3600), { fromMs: 350_000, toMs: 470_000 })).toBe(false) // it ends before
  expect(shows(wave(20, 100_000, 750), { fromMs: 105_000, toMs: 110_000 })).toBe(true) // there is nothing finer
})

it("asks a server again that did not answer, until the page is left", async () => {
  vi.useFakeTimers()
  const known = { ...wave(20, 0, 4), low: [[0, 0, 0, 0]], muted: [] }
  const answers = [new Error("busy"), new Error("busy"), known]
  const asked = vi.fn(async () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return { status: 200, text: async () => JSON.stringify(answer) }
  })
  vi.stubGlobal("fetch", asked)
  const scope = effectScope()
  const drawn = scope.run(() => useWave(() => "a-call", ref({ fromMs: 0, toMs: 80 })).drawn)!
  await vi.advanceTimersByTimeAsync(2900)
  expect([asked.mock.calls.length, drawn.value]).toEqual([1, null])
  await vi.advanceTimersByTimeAsync(3200)
  expect([asked.mock.calls.length, drawn.value?.per_ms]).toEqual([3, 20])
  scope.stop()

  answers.push(new Error("busy"), new Error("busy"))
  const left = effectScope()
  left.run(() => useWave(() => "a-call", ref({ fromMs: 0, toMs: 80 })))
  await vi.advanceTimersByTimeAsync(100)
  left.stop()
  await vi.advanceTimersByTimeAsync(9000)
  expect(asked.mock.calls.length).toBe(4)
  vi.unstubAllGlobals()
  vi.useRealTimers()
})
