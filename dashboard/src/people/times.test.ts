import { expect, it } from "vitest"
import { peopleZhCN } from "../texts/people/zh-CN"
import { agoOf, clockOf, dayOf, spanOf } from "./times"

const { times } = peopleZhCN
const NOW = new Date(2026, 10, 22, 15, 24, 51).getTime() / 1000

it("runs down to nothing and no further", () => {
  expect([276.2, 277, 59.1, 0, -3, 3877].map(clockOf)).toEqual(["4:37", "4:37", "1:00", "0:00", "0:00", "1:04:37"])
})

it("says how long in words", () => {
  expect([5, 119, 5640, 90_000, 172_799, 172_800, 260_000].map((s) => spanOf(s, times))).toEqual(["1 分", "2 分", "1 时 34 分", "25 时", "47 时 59 分", "2 天", "3 天"])
})

it("says when", () => {
  const at = (...when: [number, number, number, number, number]): string => dayOf(new Date(...when).getTime() / 1000, NOW, times)
  expect(at(2026, 10, 22, 8, 5)).toBe("今天 08:05")
  expect(at(2026, 10, 21, 23, 59)).toBe("昨天 23:59")
  expect(at(2026, 10, 14, 8, 5)).toBe("11-14")
  expect(at(2025, 10, 22, 8, 5)).toBe("2025-11-22")
})

it("says how long ago", () => {
  expect([0.4, 2, 190, 3 * 3600].map((ago) => agoOf(NOW - ago, NOW, times))).toEqual(["刚刚", "2 秒前", "3 分前", "今天 12:24"])
})
