import { expect, it } from "vitest"
import type { Span } from "../api/events"
import { marksOf, partsOf, type Found } from "./evidence"
import { hint, started, viewOf, words } from "./testing"

const LINE = words(10_000, 15_000, "这是我们公司的政策，没办法")
const LATER = words(16_000, 20_000, "您再打一次吧")

function life(...spans: Partial<Span>[]): Found[] {
  const evidence = spans.map((span) => ({ channel: "agent", start_ms: 10_000, end_ms: 15_000, quote: "", quote_en: "", ...span }) as Span)
  return viewOf([started(), hint(1, 20_000, { evidence })]).hints.map(({ raised }) => raised)
}

const parts = (line: typeof LINE, hints: Found[], lines = [line]): [string, boolean][] =>
  partsOf(line, marksOf(lines, hints).get(line) ?? []).map((part) => [part.text, part.severity !== null])

it("is where the quote is", () => {
  expect(parts(LINE, life({ quote: "公司的政策" }))).toEqual([["这是我们", false], ["公司的政策", true], ["，没办法", false]])
})

it("lies in the text for reading, where there is one", () => {
  const shown = { ...LINE, shown: "这是，我们公司的政策，没办法。" }
  expect(parts(shown, life({ quote: "公司的政策" }))).toEqual([["这是，我们", false], ["公司的政策", true], ["，没办法。", false]])
  expect(parts(shown, [])).toEqual([[shown.shown, false]])
})

it("marks a figure at one line, where its window ended, and underlines none of it", () => {
  const figure = life({ start_ms: 0, end_ms: 18_000, quote: "346 字/分" })
  const marks = marksOf([LINE, LATER], figure)
  expect([marks.has(LINE), marks.get(LATER)?.map((mark) => mark.span.quote)]).toEqual([false, ["346 字/分"]])
  expect(parts(LATER, figure, [LINE, LATER])).toEqual([[LATER.text, false]])
})

it("takes the line that has the words, though its span reaches into the next", () => {
  const marks = marksOf([LINE, LATER], life({ quote: "公司的政策", end_ms: 16_500 }))
  expect([marks.has(LINE), marks.has(LATER)]).toEqual([true, false])
})

it("is by time within a line where the words were recognised otherwise, and nowhere on the other channel", () => {
  const slip = life({ quote: "公司的证策", start_ms: 10_000, end_ms: 11_500 })
  expect(parts(LINE, slip).map(([text, isMarked]) => [text.length > 0, isMarked])).toEqual([[true, true], [true, false]])
  expect(marksOf([LINE], life({ channel: "customer" })).size).toBe(0)
})

it("marks a line for each of two hints", () => {
  const both = life({ quote: "政策" }, { quote: "没办法" })
  expect(parts(LINE, both)).toEqual([["这是我们公司的", false], ["政策", true], ["，", false], ["没办法", true]])
})
