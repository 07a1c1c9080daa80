import { expect, it } from "vitest"
import { placeOf } from "./useCallTime"

it("goes on between the records of a desk, which tells no ticks, and stands still with one that is lost", () => {
  expect(placeOf(28_000, 1_044_000, 1_000_000, true)).toBe(44_000)
  expect(placeOf(28_000, 1_027_900, 1_000_000, true)).toBe(28_000) // a record is ahead of the wall
  expect(placeOf(28_000, 1_044_000, 1_000_000, false)).toBe(28_000)
  expect(placeOf(28_000, 1_044_000, null, true)).toBe(28_000)
})
