import { describe, expect, it } from "vitest"
import { spansIn } from "./shownText"

/** What of `shown` stands for the characters of `text` from `from` to `to`. */
function part(text: string, shown: string, from: number, to: number): string {
  const spans = spansIn(text, shown)
  return shown.slice(spans[from]![0], spans[to - 1]![1])
}

describe("the place of a quote in the text for reading", () => {
  it("is its own where nothing was changed", () => {
    expect(spansIn("您好", "您好")).toEqual([[0, 1], [1, 2]])
    expect(spansIn("", "。")).toEqual([])
  })

  it("stands behind what was put in before it", () => {
    expect(part("您好请讲", "您好，请讲。", 2, 4)).toBe("请讲")
    expect(part("您好请讲", "您好，请讲。", 1, 3)).toBe("好，请")
  })

  it("holds the whole number where the quote ends in the middle of its words", () => {
    const [said, shown] = ["一共三千五百元对吗", "一共3500元，对吗？"]
    expect(part(said, shown, 0, 7)).toBe("一共3500元")
    expect(part(said, shown, 2, 4)).toBe("3500")
    expect(part(said, shown, 7, 9)).toBe("对吗")
  })

  it("holds for numbers at either end and for a text wholly rewritten", () => {
    expect(part("百分之五", "5%", 0, 4)).toBe("5%")
    expect(part("打幺零零八六", "打10086", 1, 6)).toBe("10086")
  })

  it("never leaves the text", () => {
    for (const [said, shown] of [["好", ""], ["a b", "b a"], ["三点五公里远", "3.5公里，远。"]] as const) {
      const spans = spansIn(said, shown)
      expect(spans).toHaveLength(said.length)
      for (const [from, to] of spans) expect(from >= 0 && from <= to && to <= Math.max(shown.length, 0)).toBe(true)
    }
  })
})
