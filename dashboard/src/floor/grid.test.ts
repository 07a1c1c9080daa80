import { expect, it } from "vitest"
import { neighbour } from "./grid"

const TEAMS = [
  ["a", "b", null, "d"],
  ["e", null, "g"],
]

it.each([
  ["a", "ArrowRight", "b"],
  ["b", "ArrowRight", "d"],
  ["d", "ArrowRight", "e"],
  ["a", "ArrowLeft", "a"],
  ["a", "ArrowDown", "d"],
  ["d", "ArrowDown", "e"],
  ["g", "ArrowUp", "e"],
  ["e", "ArrowUp", "d"],
  ["g", "ArrowDown", "g"],
  [null, "ArrowDown", "a"],
  ["nobody", "ArrowUp", "a"],
])("from %s by %s comes to %s", (from, key, to) => {
  expect(neighbour(TEAMS, 2, from, key)).toBe(to)
})

it("finds nobody where nobody sits", () => {
  expect(neighbour([[null]], 2, null, "ArrowUp")).toBeNull()
})
