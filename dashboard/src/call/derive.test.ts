import { describe, expect, it } from "vitest"
import {
  clock,
  countdown,
  highlights,
  isWholeCall,
  paceVerdict,
  partsOf,
  pitchVerdict,
  quantile,
  stageOf,
  usualPace,
  usualPitch,
  voiceOf,
  type Page,
} from "./derive"
import type { Event, PaceMeasured, PitchMeasured, ScoreItem } from "../api/events"
import { hint, started, step, viewOf, words } from "./testing"

const OPEN: Page = { isOffline: false, hidden: new Set() }
const show = (events: Event[], nowMs: number, page = OPEN): string => stageOf(viewOf(events), nowMs, page).show

describe("the stage", () => {
  it("waits for a call, then says that all is well", () => {
    expect(show([], 0)).toBe("idle")
    expect(show([started()], 100)).toBe("normal")
  })

  it("shows the silent call's step, and two seconds that the customer is there", () => {
    const over = step(0, 9000, { state: "over" })
    expect(show([started(), step(1, 0)], 100)).toBe("silent")
    expect(show([started(), step(2, 0), over], 10999)).toBe("over")
    expect(show([started(), step(2, 0), over], 11000)).toBe("normal")
    expect(show([started(), over], 9001)).toBe("normal")
  })

  it("leaves the silent call's own hint to the steps, and lets any other one in front", () => {
    const own = hint(1, 6000, { rule: "silent-call-sequence" })
    expect(show([started(), step(2, 5000), own], 6100)).toBe("silent")
    expect(show([started(), step(2, 5000), hint(1, 6000)], 6100)).toBe("hint")
  })

  it("shows one hint until it is cleared, and its green card for two seconds", () => {
    const done: Event = { kind: "HintDone", actor: null, at_ms: 5000, hint: 1, by: "coach", note: "" }
    const cleared: Event = { kind: "HintCleared", at_ms: 5000, hint: 1, reason: "done" }
    expect(show([started(), hint(1, 3000)], 4000)).toBe("hint")
    expect(show([started(), hint(1, 3000), done, cleared], 6999)).toBe("done")
    expect(show([started(), hint(1, 3000), done], 7000)).toBe("normal")
    expect(show([started(), hint(1, 3000), { ...cleared, reason: "cause_gone" }], 5001)).toBe("normal")
  })

  it("rests at once when the page put the hint away", () => {
    expect(show([started(), hint(1, 3000)], 4000, { ...OPEN, hidden: new Set([2]) })).toBe("normal")
  })

  it("counts a dead air up for as long as it lasts", () => {
    const silence: Event = { kind: "SilenceReached", at_ms: 9000, start_ms: 4000, limit_ms: 5000, silence: "both" }
    const events = [started(), silence, hint(1, 9000, { rule: "midcall-dead-air" })]
    expect(stageOf(viewOf(events), 11_400, OPEN)).toMatchObject({ show: "hint", counter: 7 })
    expect(stageOf(viewOf([started(), silence, hint(1, 9000)]), 11_400, OPEN)).toMatchObject({ counter: null })
  })

  it("counts an announced wait down, and past its end", () => {
    const wait: Event = { kind: "SilenceStarted", at_ms: 2000, start_ms: 1000, silence: "announced", limit_ms: 30000 }
    expect(stageOf(viewOf([started(), wait]), 19_000, OPEN)).toMatchObject({ show: "waiting", waitedS: 18, leftS: 12 })
    expect(stageOf(viewOf([started(), wait]), 36_000, OPEN)).toMatchObject({ waitedS: 35, leftS: -5 })
    expect(show([started(), { ...wait, silence: "hold", limit_ms: null }], 9000)).toBe("normal")
  })

  it("says what it cannot hear before it says that all is well", () => {
    const lost = (channel: "agent" | "customer"): Event => ({ kind: "ChannelLost", at_ms: 2000, channel, start_ms: 1000 })
    expect(stageOf(viewOf([started(), lost("customer")]), 3000, OPEN)).toEqual({ show: "blind", side: "customer" })
    expect(show([started(), step(2, 0), lost("customer")], 3000)).toBe("blind")
    expect(show([started(), lost("customer"), hint(1, 2500)], 3000)).toBe("hint")
    expect(show([started(), hint(1, 2500), lost("agent")], 3000)).toBe("blind")
    expect(show([started({ engine: "none" })], 3000)).toBe("no_words")
    expect(show([started(), { kind: "StageFailed", at_ms: 5, stage: "asr", reason: "", cause: "" }], 3000)).toBe("no_words")
  })

  it("shows no hint while the line is lost, and the score after the call whatever the line does", () => {
    const page = { ...OPEN, isOffline: true }
    expect(show([started(), hint(1, 2500)], 3000, page)).toBe("offline")
    expect(show([started(), { kind: "CallEnded", actor: null, at_ms: 9, reason: "interrupted" }], 9, page)).toBe("ended")
  })
})

describe("the countdown", () => {
  const waiting = viewOf([started(), step(2, 5000, { state: "wait", wait_from_ms: 4700 })]).silent!

  it("runs from the end of the agent's words", () => {
    expect(countdown(waiting, 5000)).toEqual({ seconds: 5, segments: 5, full: 5 })
    expect(countdown(waiting, 6699).seconds).toBe(4)
    expect(countdown(waiting, 6700).seconds).toBe(3)
    expect(countdown(waiting, 9700).seconds).toBe(0)
    expect(countdown(waiting, 99_000).seconds).toBe(0)
  })
})

describe("measures", () => {
  const pace = { kind: "PaceMeasured", speaking_rate: 236, speaking_ms: 19000, basis: "words" } as PaceMeasured
  const pitch = { kind: "PitchMeasured", sd_semitones: 2.4, voiced_ms: 9000, baseline_sd: 2.6 } as PitchMeasured

  it("are compared with the band, and left out when they rest on too little", () => {
    expect([paceVerdict(pace), paceVerdict({ ...pace, speaking_rate: 150 })]).toEqual(["high", "ok"])
    expect([paceVerdict({ ...pace, speaking_rate: 90 }), paceVerdict({ ...pace, speaking_ms: 2900 })]).toEqual(["low", "none"])
    expect([pitchVerdict(pitch), pitchVerdict({ ...pitch, sd_semitones: 1 })]).toEqual(["ok", "low"])
    expect([pitchVerdict({ ...pitch, baseline_sd: null }), pitchVerdict({ ...pitch, voiced_ms: 3900 })]).toEqual(["none", "none"])
  })

  it("have what is usual beside them, and on how much that rests", () => {
    const learned = { ...pitch, baseline_voiced_ms: 2_540_000, baseline_calls: 31 }
    const own = { ...pitch, baseline_voiced_ms: 8_000, baseline_calls: 0 }
    expect(usualPitch(learned)).toEqual({ value: 2.6, minutes: 42, isProvisional: false })
    expect(usualPitch(own)).toEqual({ value: 2.6, minutes: 1, isProvisional: true })
    expect(usualPace({ ...pace, baseline_rate: 214.4, baseline_speaking_ms: 4_800_000 })).toEqual({ value: 214.4, minutes: 80, isProvisional: false })
    expect([usualPitch(undefined), usualPitch({ ...pitch, baseline_sd: null }), usualPace({ ...pace, baseline_rate: null })]).toEqual([null, null, null])
  })

  it("are of the whole call only when they begin with it", () => {
    expect(isWholeCall({ start_ms: 0, end_ms: 180_000 })).toBe(true)
    expect(isWholeCall({ start_ms: 40_000, end_ms: 180_000 })).toBe(false)
    expect(isWholeCall({ start_ms: 0, end_ms: 19_000 })).toBe(false)
  })

  it("are the only channel's when the roles are unknown", () => {
    expect(voiceOf(viewOf([started()]))).toBe("agent")
    expect(voiceOf(viewOf([started({ channels: ["mixed"] })]))).toBe("mixed")
  })

  it("give nearest-rank quantiles", () => {
    expect(quantile([], 0.95)).toBeNull()
    expect(quantile([5], 0.95)).toBe(5)
    expect(quantile(Array.from({ length: 20 }, (_, at) => at + 1), 0.95)).toBe(19)
  })
})

describe("evidence in a line", () => {
  const line = words(10_000, 15_000, "这是我们公司的政策，没办法")
  const life = (quote: string, start_ms: number, end_ms: number, channel: "agent" | "customer" = "agent") =>
    viewOf([started(), hint(1, 16_000, { evidence: [{ channel, start_ms, end_ms, quote }] })]).hints

  it("is where the quote is", () => {
    expect(partsOf(line, life("公司的政策", 10_000, 15_000)).map((part) => [part.text, part.mark !== null])).toEqual([
      ["这是我们", false],
      ["公司的政策", true],
      ["，没办法", false],
    ])
  })

  it("lies in the text for reading, where there is one", () => {
    const shown = { ...line, shown: "这是，我们公司的政策，没办法。" }
    expect(partsOf(shown, life("公司的政策", 10_000, 15_000)).map((part) => [part.text, part.mark !== null])).toEqual([
      ["这是，我们", false],
      ["公司的政策", true],
      ["，没办法。", false],
    ])
    expect(partsOf(shown, [])).toEqual([{ text: shown.shown, mark: null }])
  })

  it("is by time where the quote is a figure, and nowhere on the other channel", () => {
    const parts = partsOf(line, life("236 字/分", 9000, 11_500))
    expect(parts.map((part) => part.text).join("")).toBe(line.text)
    expect(parts[0]?.mark?.hint).toBe(1)
    expect(parts).toHaveLength(2)
    expect(partsOf(line, life("", 10_000, 15_000, "customer"))).toEqual([{ text: line.text, mark: null }])
  })
})

describe("the rest", () => {
  it("picks the best and the worst of a scorecard, fatal items first", () => {
    const span = { channel: "agent", start_ms: 0, end_ms: 9, quote: "" } as const
    const item = (rule: string, verdict: ScoreItem["verdict"], weight: number, more: Partial<ScoreItem> = {}): ScoreItem => ({
      rule, title: rule, group: "g", verdict, weight, points: null, fatal: false, evidence: [], note: "", withheld: 0, ...more,
    })
    const met = [item("a", "met", 10, { fatal: true }), item("b", "met", 3, { evidence: [span] }), item("c", "met", 9)]
    const missed = [item("d", "missed", 10), item("e", "missed", 2, { fatal: true })]
    expect(highlights([...met, ...missed])).toMatchObject({ good: { rule: "b" }, practise: { rule: "e" } })
    expect(highlights(met.filter(({ evidence }) => !evidence.length)).good?.rule).toBe("a")
    expect(highlights([item("n", "not_applicable", 9)])).toEqual({ good: null, practise: null })
  })

  it("writes times as a clock", () => {
    expect([clock(0), clock(222_900), clock(3_723_000), clock(-5)]).toEqual(["00:00", "03:42", "1:02:03", "00:00"])
  })
})
