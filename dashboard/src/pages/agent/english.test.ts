// @vitest-environment happy-dom
import { afterAll, beforeAll, expect, it } from "vitest"
import type { CallScored, Event } from "../../api/events"
import { dockOf, type Said } from "../../call/dock"
import { stageOf } from "../../call/derive"
import { hint, LEGEND, RESTS_ON, started, step, viewOf, words } from "../../call/testing"
import { switchLanguage } from "../../texts"
import LeadDock from "./dock/LeadDock.vue"
import LiveStage from "./hint/LiveStage.vue"
import ScoreCard from "./score/ScoreCard.vue"
import SidePanel from "./SidePanel.vue"
import SilentSteps from "../../stage/SilentSteps.vue"
import { shown, textOf } from "./testing"
import TranscriptCard from "../../stage/TranscriptCard.vue"

beforeAll(switchLanguage)
afterAll(switchLanguage)

const HAN = /[\u2e80-\u9fff]/
const FIGURE = { channel: "agent", start_ms: 0, end_ms: 4000, quote: "346 字/分", quote_en: "346 chars/min" } as const
const NOTHING: Said = { help: null, seen: new Set(), opened: null }
const STARTED = started({ facts: { ...started().facts, customer_name: null } })
const PHASES: Event[] = [
  { kind: "PhaseChanged", at_ms: 0, phase: "opening" },
  { kind: "PhaseChanged", at_ms: 5, phase: "of-a-team" },
]
const stage = (events: Event[], nowMs: number): string => {
  const view = viewOf(events)
  const page = { isOffline: false, isFrozen: false, hidden: new Set<number>() }
  return textOf(shown(LiveStage, { stage: stageOf(view, nowMs, page), view, nowMs, frozen: false, offline: false, mini: false }))
}

it("shows an order in English, its reason and when it goes, and no citation", () => {
  const text = stage([STARTED, hint(1, 8000, { evidence: [FIGURE] })], 8000)
  expect(text).toMatch(/Warning · Pace Slow down 236 chars\/min in the last 20 s Goes when the pace is back/)
  expect(HAN.test(text)).toBe(false)
})

it("keeps words to say as they are to be said, in their brackets", () => {
  const text = stage([STARTED, hint(1, 8000, { form: "speak", say: "您请讲", say_en: "" })], 8000)
  expect(text.match(/「您请讲」/g)).toHaveLength(1)
  expect(HAN.test(text.replace("「您请讲」", ""))).toBe(false)
})

it("leaves out a sentence of a team's rulebook that has no English, but names the rule", () => {
  const text = stage([STARTED, hint(1, 8000, { title: "规矩", say: "站起来", title_en: "", say_en: "", why_en: "", clears_when_en: "" })], 8000)
  expect([...text.matchAll(/[\u2e80-\u9fff]+/g)].map(String)).toEqual(["规矩", "站起来"])
})

it("says what was done in English, and of a team's own note nothing but figures", () => {
  const done = (note: string, note_en = ""): Event => ({ kind: "HintDone", actor: null, at_ms: 8100, hint: 1, by: "coach", note, note_en })
  expect(stage([STARTED, hint(1, 8000), done("345 → 182 字/分", "345 → 182 chars/min")], 8200)).toBe("Done · Pace Slow down 345 → 182 chars/min")
  expect(stage([STARTED, hint(1, 8000), done("345 → 182 字/分")], 8200)).toBe("Done · Pace Slow down")
  expect(stage([STARTED, hint(1, 8000), done("+6 → 1 dB")], 8200)).toContain("+6 → 1 dB")
})

it("names phases, steps and outcomes in English", () => {
  const view = viewOf([STARTED, ...PHASES, step(2, 10), hint(1, 3000), { kind: "HintCleared", at_ms: 9000, hint: 1, reason: "cause_gone" }])
  const panel = shown(SidePanel, { view, chosen: 1 })
  expect(textOf(panel)).toContain("Opening 00:00 Body Closing Another phase 00:00")
  expect(textOf(panel)).not.toMatch(HAN)
  expect(textOf(shown(SilentSteps, { silent: view.silent, steps: LEGEND.steps, mini: false }))).not.toMatch(HAN)
})

it("says at the last step of a silent call in English that one may hang up", () => {
  expect(stage([STARTED, step(4, 10, { say: "仍无声，可以挂机", next_say: "" })], 20)).not.toMatch(HAN)
  const before = step(3, 10, { say: "", next_say: "仍无声，可以挂机" })
  expect(stage([STARTED, before], 20)).toContain("Then: Still silent, you may hang up")
  expect(textOf(shown(LeadDock, { shown: dockOf(viewOf([STARTED, { ...before, state: "wait" } as Event]), 20, NOTHING, { isThere: true }, null), mini: false, strip: false }))).toContain("Answer as usual")
})

it("shows a figure in English beside the words that were said", () => {
  const wrapper = shown(TranscriptCard, { view: viewOf([STARTED, words(0, 2000, "您好"), hint(1, 5000, { evidence: [FIGURE] })]), dimmed: false })
  wrapper.findAll(".text > span:first-child").forEach((said) => said.element.remove())
  expect(textOf(wrapper)).toContain("346 chars/min")
  expect(textOf(wrapper)).not.toMatch(HAN)
})

it("has a score card without Chinese", () => {
  const item = { rule: "r", title: "语速", title_en: "Pace", group: "语言", verdict: "missed", weight: 8, points: 0, fatal: false, evidence: [FIGURE], note: "3 次", note_en: "3 ×", withheld: 1, is_ban: false, is_offered: true, cite: null } as const
  const score: CallScored = { kind: "CallScored", at_ms: 9, total: 50, fatal: 0, groups: [{ name: "语言", points: 0, weight: 8, full: 0 }], items: [{ ...item, evidence: [FIGURE] }], ...RESTS_ON }
  const text = textOf(shown(ScoreCard, { score, version: "1", groups: LEGEND.groups }))
  expect(text).toMatch(/Language .*Pace 3 × 1 hint was due and not shown/)
  expect(text).not.toMatch(HAN)
})

it("says in English what the lead says and who knows that help is wanted", () => {
  const floor: Event[] = [
    { kind: "HelpAsked", at_ms: 1000, reason: "dialect", actor: null },
    { kind: "HelpReceived", at_ms: 1100, by: ["Wang", "Liu"], goal_s: 60, is_escalated: false },
  ]
  const dock = (events: Event[]): string => textOf(shown(LeadDock, { shown: dockOf(viewOf([STARTED, ...events]), 3000, NOTHING, { isThere: true }, null), mini: true, strip: false }))
  expect(dock(floor)).toBe("Help asked for Goal: taken within 1 min 00:02 Received by Wang, Liu; nobody has taken it yet 1 Superior 2 Unsure Dialect 4 Media")
  const sentence: Event = { kind: "WhisperSent", at_ms: 1200, whisper: "w", text: "Promise nothing", by: "Wang", actor: null }
  expect(dock([...floor, sentence])).toBe("Lead Wang 00:01 Only you see this Promise nothing Seen S Wang is told that you saw it")
})
