import { expect, it } from "vitest"
import { shows } from "./useWave"

const wave = (per_ms: number, start_ms: number, points: number) => ({ per_ms, start_ms, duration_ms: 3_600_000, high: [new Array<number>(points).fill(0)] })

it("takes the peaks of an hour for a window of it alone where they are fine enough for that", () => {
  const hour = wave(180, 0, 20_000)
  expect(shows(hour, { fromMs: 0, toMs: 900_000 })).toBe(true)
  expect(shows(hour, { fromMs: 0, toMs: 120_000 })).toBe(false)
  expect(shows(wave(100, 100_000, 3600), { fromMs: 220_000, toMs: 340_000 })).toBe(true)
  expect(shows(wave(100, 100_000, 3600), { fromMs: 350_000, toMs: 470_000 })).toBe(false) // it ends before
  expect(shows(wave(20, 100_000, 750), { fromMs: 105_000, toMs: 110_000 })).toBe(true) // there is nothing finer
})
