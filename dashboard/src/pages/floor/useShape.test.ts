import { expect, it } from "vitest"
import { slotsOf } from "./useShape"

it.each([
  [1920, true, false, 5],
  [1920, false, true, 6],
  [1600, true, false, 4],
  [1280, false, false, 4],
  [380, false, false, 1],
])("has as many slots as stand whole in %i pixels, rail %o, alone %o", (width, hasRail, isFull, slots) => {
  expect(slotsOf(width, hasRail, isFull)).toBe(slots)
})
