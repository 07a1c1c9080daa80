import { expect, it } from "vitest"
import { differing, isSamePlan, over, placed, placesOf, stepped } from "./plan"

const PLAN = { a: 0, b: 1, c: 5 }

it("puts somebody at a free place, and swaps with who sits there", () => {
  expect(placed(PLAN, "a", 3)).toEqual({ a: 3, b: 1, c: 5 })
  expect(placed(PLAN, "a", 5)).toEqual({ a: 5, b: 1, c: 0 })
  expect(placed(PLAN, "a", 0)).toBe(PLAN)
  expect(placed(PLAN, "a", -1)).toBe(PLAN)
  expect(placed(PLAN, "nobody", 2)).toBe(PLAN)
})

it("shows whole rows and one that is free", () => {
  expect(placesOf(PLAN, 4)).toEqual(["a", "b", null, null, null, "c", null, null, null, null, null, null])
  expect(placesOf({}, 3)).toEqual([null, null, null])
})

it("moves by arrows within the plan", () => {
  expect(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map((key) => stepped(5, key, 4, 12))).toEqual([4, 6, 1, 9])
  expect([stepped(0, "ArrowLeft", 4, 12), stepped(9, "ArrowDown", 4, 12)]).toEqual([0, 9])
})

it("knows whether anything was changed", () => {
  expect(isSamePlan(PLAN, { ...PLAN })).toBe(true)
  expect(isSamePlan(PLAN, placed(PLAN, "a", 2))).toBe(false)
})

it("puts mine over theirs: who came meanwhile has a place, who left has none", () => {
  expect(over({ a: 3, b: 1, left: 2 }, { a: 0, b: 1, c: 5 })).toEqual({ a: 3, b: 1, c: 5 })
  expect(over({ a: 5, b: 0 }, { a: 0, b: 1, c: 5, d: 0 })).toEqual({ a: 5, b: 0, c: 1, d: 2 })
  expect(differing({ a: 3, b: 1, left: 2 }, { a: 0, b: 1, c: 5 })).toBe(3)
})
