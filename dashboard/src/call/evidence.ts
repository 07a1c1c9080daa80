/** Where in the transcript a hint's evidence was found. Pure. */
import type { Severity, Span, WordsHeard } from "../api/events"
import { spansIn } from "./shownText"

/** `hint`: its number, or another that none of the others has. */
export interface Found {
  hint: number
  severity: Severity
  evidence: readonly Span[]
}

/** What was found, and the place of it in the line as recognised; no place where it is a figure of a whole window. */
export interface Mark {
  hint: number
  severity: Severity
  span: Span
  place: readonly [number, number] | null
}

/** The marks of each line that has any: every span of evidence belongs to one line. */
export function marksOf(lines: readonly WordsHeard[], found: readonly Found[]): Map<WordsHeard, Mark[]> {
  const marks = new Map<WordsHeard, Mark[]>()
  for (const { hint, severity, evidence } of found) {
    for (const span of evidence) {
      const line = lineOf(span, lines)
      if (!line) continue
      const mark = { hint, severity, span, place: placeOf(line, span) }
      marks.set(line, [...(marks.get(line) ?? []), mark])
    }
  }
  return marks
}

/** The line that holds the words; for a figure, the line in which its window ended. */
function lineOf(span: Span, lines: readonly WordsHeard[]): WordsHeard | undefined {
  const touched = lines.filter((line) => line.channel === span.channel && span.start_ms < line.end_ms && span.end_ms > line.start_ms)
  return touched.findLast((line) => span.quote !== "" && line.text.includes(span.quote)) ?? touched.at(-1)
}

/** Where the evidence lies in the text as recognised. */
function placeOf(line: WordsHeard, span: Span): Mark["place"] {
  const at = span.quote === "" ? -1 : line.text.indexOf(span.quote)
  if (at >= 0) return [at, at + span.quote.length]
  if (span.start_ms < line.start_ms || span.end_ms > line.end_ms) return null
  let [cursor, from, to] = [0, -1, -1]
  for (const word of line.words) {
    const found = line.text.indexOf(word.text, cursor)
    if (found < 0) continue
    cursor = found + word.text.length
    if (word.start_ms < span.end_ms && word.end_ms > span.start_ms) {
      if (from < 0) from = found
      to = cursor
    }
  }
  return from < 0 ? null : [from, to]
}

export interface Part {
  text: string
  severity: Severity | null
}

/** A line cut where evidence lies in it, in the text for reading where the server made one. */
export function partsOf(line: WordsHeard, marks: readonly Mark[]): Part[] {
  const text = line.shown || line.text
  const spans = spansIn(line.text, text)
  const parts: Part[] = []
  let done = 0
  for (const { place, severity } of marks.filter((mark) => mark.place).sort((a, b) => a.place![0] - b.place![0])) {
    const [from, to] = [spans[place![0]]![0], spans[place![1] - 1]![1]]
    if (from < done) continue
    parts.push({ text: text.slice(done, from), severity: null }, { text: text.slice(from, to), severity })
    done = to
  }
  return [...parts, { text: text.slice(done), severity: null }].filter((part) => part.text !== "")
}
