import { expect, it } from "vitest"
import { leadStoryOf } from "./leadStory"
import { hint, records, started } from "./testing"

const TOLD = records([
  started(),
  { kind: "ListenStarted", at_ms: 1000, by: "王敏", actor: "u" },
  hint(1, 2000),
  { kind: "HelpAsked", at_ms: 3000, reason: "media", actor: "a" },
  { kind: "HelpReceived", at_ms: 3100, by: [], goal_s: 60, is_escalated: false },
  { kind: "HelpTaken", at_ms: 4000, by: "王敏", actor: "u" },
  { kind: "WhisperSent", at_ms: 5000, whisper: "w", text: "先别承诺赔偿", by: "王敏", actor: "u" },
  { kind: "WhisperSeen", at_ms: 6000, whisper: "w", actor: "a" },
  { kind: "HelpClosed", at_ms: 7000, because: "closed", by: "王敏", actor: "u" },
  { kind: "HelpAsked", at_ms: 8000, reason: "", actor: "a" },
  { kind: "HelpClosed", at_ms: 9000, because: "withdrawn", by: "", actor: "a" },
  { kind: "ListenEnded", at_ms: 9500, by: "王敏", actor: "u" },
])

it("lists help, sentences and listening with their times, and nothing else", () => {
  expect(leadStoryOf(TOLD).map(({ what, atMs }) => `${atMs} ${what}`)).toEqual([
    "1000 listens", "3000 asked", "3100 received", "4000 taken", "5000 sentence", "6000 seen", "7000 closed", "8000 asked", "9000 withdrawn", "9500 listensNoMore",
  ])
  expect(leadStoryOf(TOLD).find(({ what }) => what === "seen")).toMatchObject({ text: "先别承诺赔偿" })
})

it("knows at any moment what was shown until then", () => {
  expect(leadStoryOf(TOLD, 4000).at(-1)).toMatchObject({ what: "taken", by: "王敏" })
  expect(leadStoryOf(TOLD, 999)).toEqual([])
})
