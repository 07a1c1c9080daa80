import { expect, it } from "vitest"
import { listZhCN } from "../../../texts/list/zh-CN"
import { changed, chipsOf, filtersOf, midnightOf, queryOf, toggled } from "./filters"

it("is in the address what it is on the page, and back", () => {
  const filters = filtersOf({ team: ["b", "a"], words: "不清楚", fatal: "true", rule: "name", nonsense: "1", agent: "" })
  expect(filters).toEqual({ team: ["b", "a"], words: "不清楚", fatal: "true", rule: ["name"] })
  expect(queryOf(filters)).toBe(queryOf(filtersOf({ team: ["a", "b"], rule: ["name"], fatal: "true", words: ["不清楚", "x"] })))
  expect(filtersOf(Object.fromEntries(new URLSearchParams(queryOf({ score_below: "70" }))))).toEqual({ score_below: "70" })
})

it("takes a value in and out, and leaves nothing behind", () => {
  const one = toggled({}, "team", "a")
  expect(toggled(one, "team", "b")).toEqual({ team: ["a", "b"] })
  expect(toggled(one, "team", "a")).toEqual({})
  expect(changed({ words: "x" }, "words", "")).toEqual({})
})

it("has a chip for each filter by which that one goes", () => {
  const chips = chipsOf({ team: ["a", "b"], stage: ["done"], longer_ms: "120000", call: ["1", "2"] }, null, listZhCN, false)
  expect(chips.map(({ label }) => label)).toEqual(["a", "b", "已评", "导入的 2 通", "2 分钟以上"])
  expect(chips[0]!.without.team).toEqual(["b"])
  expect(chips[3]!.without.call).toBeUndefined()
})

it("begins a day at midnight", () => {
  expect(midnightOf(new Date(2026, 10, 28, 15, 3).getTime() / 1000)).toBe(new Date(2026, 10, 28).getTime() / 1000)
})
