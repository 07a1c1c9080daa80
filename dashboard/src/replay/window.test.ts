import { expect, it } from "vitest"
import { placeOf, ticksOf, windowAround, windowFrom, windowWith, zoomed } from "./window"

it("turns the window as a page, and never beyond the call", () => {
  const first = windowFrom(0, 378_000)
  expect(first).toEqual({ fromMs: 0, toMs: 120_000 })
  expect(windowWith(119_999, first, 378_000)).toBe(first)
  expect(windowWith(120_000, first, 378_000)).toEqual({ fromMs: 120_000, toMs: 240_000 })
  expect(windowWith(377_000, first, 378_000)).toEqual({ fromMs: 258_000, toMs: 378_000 })
  expect(windowFrom(50_000, 30_000)).toEqual({ fromMs: 0, toMs: 30_000 })
})

it("shows a stretch whole, with some time before it, and stays where it is in sight", () => {
  const first = windowFrom(0, 378_000)
  expect(windowAround({ startMs: 100_000, endMs: 119_000 }, first, 378_000)).toBe(first)
  expect(windowAround({ startMs: 119_000, endMs: 122_000 }, first, 378_000)).toEqual({ fromMs: 89_000, toMs: 209_000 })
  expect(windowAround({ startMs: 370_000, endMs: 372_000 }, first, 378_000)).toEqual({ fromMs: 258_000, toMs: 378_000 })
})

it("cuts what sticks out of the window, and writes round times below", () => {
  const window = { fromMs: 100_000, toMs: 200_000 }
  expect(placeOf({ startMs: 90_000, endMs: 110_000 }, window)).toEqual({ left: 0, width: 10 })
  expect(placeOf({ startMs: 200_000, endMs: 210_000 }, window)).toBeNull()
  expect(ticksOf({ fromMs: 120_000, toMs: 240_000 })).toEqual([120_000, 140_000, 160_000, 180_000, 200_000, 220_000, 240_000])
})

it("zooms by steps about a moment, no closer than five seconds and no wider than the call", () => {
  const first = windowFrom(0, 378_000)
  const closer = zoomed(first, 1, 60_000, 378_000)
  expect(closer).toEqual({ fromMs: 30_000, toMs: 90_000 })
  expect(zoomed(closer, -1, 60_000, 378_000)).toEqual(first)
  const closest = { fromMs: 10_000, toMs: 15_000 }
  expect(zoomed(closest, 1, 12_000, 378_000)).toEqual(closest)
  expect(zoomed(first, -1, 60_000, 130_000)).toEqual({ fromMs: 0, toMs: 130_000 })
  expect(zoomed({ fromMs: 0, toMs: 130_000 }, -1, 60_000, 130_000)).toEqual({ fromMs: 0, toMs: 130_000 })
  expect(zoomed({ fromMs: 0, toMs: 53_000 }, 1, 53_000, 53_000)).toEqual({ fromMs: 23_000, toMs: 53_000 })
  expect(windowWith(31_000, { fromMs: 10_000, toMs: 15_000 }, 53_000)).toEqual({ fromMs: 30_000, toMs: 35_000 })
})
