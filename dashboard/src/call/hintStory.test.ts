import { expect, it } from "vitest"
import type { Event } from "../api/events"
import { storiesOf } from "./hintStory"
import { hint, records } from "./testing"

const events = [
  hint(1, 2000),
  { kind: "HintShown", at_ms: 2020, hint: 1, paint_ms: null },
  { kind: "HintShown", at_ms: 2120, hint: 1, paint_ms: 84 },
  { kind: "HintDismissed", at_ms: 5000, hint: 1, useful: false, actor: "u" },
  { kind: "HintCleared", at_ms: 5000, hint: 1, reason: "dismissed" },
  { kind: "HintDone", at_ms: 9000, hint: 1, by: "coach", note: "345 → 182", note_en: "", actor: null },
  hint(2, 20_000),
] as Event[]

it("tells what became of each hint, in order", () => {
  const [first, second] = storiesOf(records(events))
  expect(first).toMatchObject({
    shown: { atMs: 2020, paintMs: 84 },
    ended: { atMs: 5000, outcome: "useless" },
    done: { atMs: 9000, by: "coach", note: "345 → 182" },
  })
  expect(second).toMatchObject({ shown: null, ended: null, done: null })
})

it("tells no more than was known then", () => {
  expect(storiesOf(records(events), 4999)).toMatchObject([{ ended: null, done: null }])
  expect(storiesOf(records(events), 1999)).toEqual([])
})
