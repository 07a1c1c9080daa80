import { expect, it } from "vitest"
import { columnsOf, slotsOf } from "./useShape"

it.each([
  [1920, true, false, 5],
  [1920, false, true, 6],
  [1600, true, false, 4],
  [1280, false, false, 4],
  [380, false, false, 1],
])("has as many slots as stand whole in %i pixels, rail %o, alone %o", (width, hasRail, isFull, slots) => {
  expect(slotsOf(width, hasRail, isFull)).toBe(slots)
})

it.each([
  ["large", 1920, true, 4],
  ["large", 1280, false, 3], // the rail lies over one of them, to the pixel
  ["medium", 1280, false, 6],
  ["tiny", 1920, false, 25],
] as const)("has columns for %s seats in %i pixels, rail beside them %o", (size, width, hasRail, columns) => {
  expect(columnsOf(size, width, hasRail)).toBe(columns)
})
