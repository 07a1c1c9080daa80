import { describe, expect, it } from "vitest"
import { liveLine } from "./derive"
import type { Event } from "../api/events"
import { MOST } from "../api/socket"
import { reduce } from "./reduce"
import { CALL, RESTS_ON, hint, records, started, step, viewOf, words } from "./testing"
import { emptyView } from "./view"

const WHOLE: Event[] = [
  started(),
  { kind: "PhaseChanged", at_ms: 0, phase: "opening" },
  step(1, 0),
  { kind: "ClockTicked", at_ms: 200 },
  { kind: "TurnStarted", at_ms: 900, channel: "agent", start_ms: 800 },
  { kind: "WordsGuessed", at_ms: 1500, channel: "agent", start_ms: 800, text: "您好", agreed: 0 },
  { kind: "TurnEnded", at_ms: 3300, channel: "agent", start_ms: 800, end_ms: 3000 },
  step(1, 3300, { state: "wait", wait_from_ms: 3000 }),
  words(800, 3000, "您好，请问有什么可以帮您？"),
  { kind: "SilenceStarted", at_ms: 4000, start_ms: 3000, silence: "both", limit_ms: 5000 },
  { kind: "ClockTicked", at_ms: 6000 },
  { kind: "SilenceReached", at_ms: 8000, start_ms: 3000, limit_ms: 5000, silence: "both" },
  step(2, 8000),
  { kind: "SilenceEnded", at_ms: 9000, start_ms: 3000, end_ms: 8800, silence: "both" },
  step(0, 9200, { state: "over", say: "", next_say: "" }),
  { kind: "PhaseChanged", at_ms: 9200, phase: "body" },
  { kind: "ChannelLost", at_ms: 10000, channel: "customer", start_ms: 9000 },
  { kind: "ChannelBack", at_ms: 12000, channel: "customer", start_ms: 9000, end_ms: 11900 },
  hint(1, 20000),
  { kind: "HintShown", at_ms: 20040, hint: 1, paint_ms: 88.5 },
  { kind: "HintDone", actor: null, at_ms: 25000, hint: 1, by: "coach", note: "236 → 168 字/分", note_en: "236 → 168 chars/min" },
  { kind: "HintCleared", at_ms: 25000, hint: 1, reason: "done" },
  hint(2, 40000),
  hint(3, 41000, { severity: "critical", rule: "ban-x" }),
  { kind: "HintDismissed", actor: null, at_ms: 43000, hint: 3, useful: false },
  { kind: "HintCleared", at_ms: 43000, hint: 3, reason: "dismissed" },
  { kind: "StageFailed", at_ms: 44000, stage: "asr", reason: "gone", cause: "" },
  { kind: "WordsGuessed", at_ms: 45000, channel: "customer", start_ms: 44500, text: "再", agreed: 0 },
  { kind: "BleedNoted", at_ms: 45500, channel: "agent", lag_ms: 30, gain_db: -20, is_copy: false },
  { kind: "CallEnded", actor: null, at_ms: 46000, reason: "finished" },
  { kind: "CallScored", at_ms: 46000, total: 88, fatal: 0, groups: [], items: [], ...RESTS_ON },
]

describe("reduce", () => {
  it("changes nothing when the same records come twice", () => {
    const all = records(WHOLE)
    const once = all.reduce(reduce, emptyView(CALL))
    expect(all.reduce(reduce, once)).toEqual(once)
    for (let end = 0; end <= all.length; end += 1) {
      const part = all.slice(0, end).reduce(reduce, emptyView(CALL))
      expect(all.slice(0, end).reduce(reduce, part)).toEqual(part)
    }
  })

  it("makes the same view whether or not the line broke at any record", () => {
    const all = records(WHOLE)
    const once = all.reduce(reduce, emptyView(CALL))
    for (let cut = 0; cut < all.length; cut += 1) {
      const before = all.slice(0, cut).reduce(reduce, emptyView(CALL))
      const overlap = all.slice(Math.max(0, cut - 4)) // a server that repeats some
      const resumed = all.filter(({ seq }) => seq !== null && seq > before.seq)
      const numbered = resumed.reduce(reduce, before)
      expect(overlap.reduce(reduce, before)).toEqual(once)
      expect({ ...numbered, guesses: {} }).toEqual({ ...once, guesses: {} })
    }
  })

  it("never changes what it was given", () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
      return value
    }
    const view = records(WHOLE).reduce((view, record) => freeze(reduce(view, record)), freeze(emptyView(CALL)))
    expect(view.seq).toBe(27)
  })

  it("leaves the records of another call alone", () => {
    const view = viewOf([started()])
    expect(reduce(view, { call_id: "other", seq: 9, event: { kind: "ClockTicked", at_ms: 5 } })).toBe(view)
  })

  it("counts an event it does not know, and shows nothing of it", () => {
    const view = viewOf([started()])
    const unknown = { kind: "ToldByTomorrow", at_ms: 70 } as unknown as Event
    expect(reduce(view, { call_id: CALL, seq: 2, event: unknown })).toEqual({ ...view, seq: 2, atMs: 70 })
  })

  it("goes on with the clock while nothing else is said, and never back", () => {
    let view = viewOf([started(), { kind: "ClockTicked", at_ms: 400 }])
    expect(view).toMatchObject({ atMs: 400, seq: 1 })
    view = reduce(view, { call_id: CALL, seq: null, event: { kind: "ClockTicked", at_ms: 200 } })
    expect(view.atMs).toBe(400)
  })

  it("closes a replaced hint and keeps how each one ended", () => {
    expect(viewOf(WHOLE).hints.map(({ seq, outcome, doneNote, paintMs }) => ({ seq, outcome, doneNote, paintMs }))).toEqual([
      { seq: 16, outcome: "done", doneNote: "236 → 168 字/分", paintMs: 88.5 },
      { seq: 20, outcome: "replaced", doneNote: "", paintMs: null },
      { seq: 21, outcome: "useless", doneNote: "", paintMs: null },
    ])
  })

  it("keeps a hint done that the coach clears only when its three seconds are over", () => {
    const view = viewOf([started(), hint(1, 1000), { kind: "HintDone", actor: null, at_ms: 2000, hint: 1, by: "agent", note: "", note_en: "" }])
    expect(view.hints[0]).toMatchObject({ doneAtMs: 2000, outcome: null })
    const cleared: Event = { kind: "HintCleared", at_ms: 4000, hint: 1, reason: "replaced" }
    expect(reduce(view, { call_id: CALL, seq: 9, event: cleared }).hints[0]?.outcome).toBe("done")
    expect(reduce(view, { call_id: CALL, seq: 9, event: hint(2, 3000) }).hints.map((life) => life.outcome)).toEqual(["done", null])
  })

  it("takes a guess until its words are settled, and no older guess after them", () => {
    const guess = { kind: "WordsGuessed", at_ms: 1500, channel: "agent", start_ms: 800, text: "您好", agreed: 1 } as const
    const guessing = viewOf([started(), guess])
    expect(guessing.guesses).toEqual({ agent: { channel: "agent", startMs: 800, text: "您好", agreed: 1 } })
    const both = viewOf([started(), guess, { ...guess, channel: "customer", start_ms: 900, at_ms: 1600 }, { ...guess, at_ms: 1700 }])
    expect(liveLine(both)?.channel).toBe("customer")
    const failed: Event = { kind: "StageFailed", at_ms: 1800, stage: "asr", reason: "stopped", cause: "" }
    expect(viewOf([started(), guess, failed]).guesses).toEqual({})
    const settled = viewOf([started(), guess, words(800, 3000, "您好，请讲。"), { ...guess, at_ms: 3700 }])
    expect(liveLine(settled)).toBeNull()
    expect(settled.lines.map((line) => line.text)).toEqual(["您好，请讲。"])
    const next = viewOf([started(), words(800, 3000, "您好。"), { ...guess, at_ms: 3700, start_ms: 3500 }])
    expect(next.guesses.agent?.startMs).toBe(3500)
  })

  it("keeps what was not believed out of the lines", () => {
    const doubt: Event = { kind: "WordsSuppressed", at_ms: 3700, channel: "agent", start_ms: 800, end_ms: 3000, text: "字幕由", reason: "phantom_line" }
    const view = viewOf([started(), doubt, words(800, 3000, "")])
    expect(view.suppressed).toEqual([doubt])
    expect(view.lines).toEqual([])
  })

  it("puts words that come late at their place, and no empty line", () => {
    const late = words(100, 900, "喂", { channel: "customer", at_ms: 5000, lag_ms: 4100 })
    const view = viewOf([started(), words(1000, 3000, "您好"), late, words(4000, 4500, "")])
    expect(view.lines.map((line) => line.text)).toEqual(["喂", "您好"])
    expect(view.lagMs).toBe(600)
    expect(viewOf([started(), late]).lagMs).toBe(4100)
  })

  it("puts words that were heard later in their place, and calls no recogniser late for them", () => {
    const later = words(1000, 1800, "喂", { at_ms: 60_000, lag_ms: 58_200, heard_later: true })
    const view = viewOf([started(), words(3000, 4000, "您好"), later])
    expect(view.lines.map(({ text }) => text)).toEqual(["喂", "您好"])
    expect(view.lagMs).toBe(600)
  })

  it("blames the recogniser for no words that waited for a side to be back", () => {
    const lost: Event = { kind: "ChannelLost", at_ms: 5000, channel: "agent", start_ms: 4000 }
    const back: Event = { kind: "ChannelBack", at_ms: 24_020, channel: "agent", start_ms: 4000, end_ms: 24_000 }
    const heard = { ...words(1000, 4000, "喂"), at_ms: 24_700, lag_ms: 20_700 }
    const view = viewOf([started(), lost, back, heard])
    expect([view.lagMs, view.lines[0]?.lag_ms]).toEqual([680, 680])
    expect(viewOf([started(), lost, back, { ...words(25_000, 26_000, "好"), lag_ms: 4100 }]).lagMs).toBe(4100)
    expect(viewOf([started(), lost, back, { ...heard, channel: "customer" }]).lagMs).toBe(20_700)
  })

  it("follows a silence from its start to its end", () => {
    const begun = { kind: "SilenceStarted", at_ms: 2000, start_ms: 1000, silence: "both", limit_ms: 5000, first_end_ms: null } as const
    expect(viewOf([started(), begun]).silence).toEqual({ startMs: 1000, kind: "both", limitMs: 5000, isReached: false })
    const announced = { ...begun, at_ms: 3000, silence: "announced", limit_ms: 30000, first_end_ms: null } as const
    expect(viewOf([started(), begun, announced]).silence).toMatchObject({ kind: "announced", limitMs: 30000 })
    expect(viewOf(WHOLE.slice(0, 12)).silence).toMatchObject({ kind: "both", isReached: true })
    expect(viewOf(WHOLE.slice(0, 14)).silence).toBeNull()
  })

  it("knows of a wait until the agent is back, whatever silences there are in it", () => {
    const asked: Event = { kind: "WaitRequested", at_ms: 1600, channel: "agent", start_ms: 0, end_ms: 1000, text: "请稍等", wait_ms: null, limit_ms: 30_000, first_end_ms: null }
    const quiet = (at_ms: number, silence: "announced" | "both"): Event => ({ kind: "SilenceStarted", at_ms, start_ms: at_ms - 1000, silence, limit_ms: 5000 })
    const broken: Event = { kind: "SilenceEnded", at_ms: 9000, start_ms: 1000, end_ms: 8900, silence: "announced" }
    const back: Event = { kind: "WaitEnded", at_ms: 20_000, channel: "agent", start_ms: 1000, end_ms: 18_000 }
    const wait = { channel: "agent", fromMs: 1000, limitMs: 30_000 }
    const away = [started(), asked, quiet(2000, "announced"), broken, quiet(11_000, "announced")]
    expect(viewOf(away)).toMatchObject({ wait, silence: { startMs: 10_000, kind: "announced" } })
    expect(viewOf([...away, back]).wait).toBeNull()
    expect(viewOf([...away, quiet(40_000, "both")]).wait).toBeNull()
    expect(viewOf([...away, { kind: "CallEnded", actor: null, at_ms: 30_000, reason: "finished" }]).wait).toBeNull()
  })

  it("shows nothing of what is only for turn-taking and the coach", () => {
    const unshown: Event[] = [
      { kind: "AnswerAwaited", at_ms: 70, channel: "agent", start_ms: 0, end_ms: 60, limit_ms: 15_000 },
      { kind: "WaitNearsEnd", at_ms: 70, start_ms: 0, left_ms: 30_000 },
      { kind: "PromptPlayed", at_ms: 70, channel: "customer", start_ms: 0, end_ms: 60, name: "queue", by: "words", actor: null },
      { kind: "GapStarted", at_ms: 70, channel: "agent", start_ms: 60 },
      { kind: "GapEnded", at_ms: 70, channel: "agent", start_ms: 60, end_ms: 70 },
      { kind: "OnsetPending", at_ms: 70, channel: "agent" },
      { kind: "SoundEnded", at_ms: 70 },
    ]
    for (const event of unshown) expect(viewOf([started(), event])).toEqual({ ...viewOf([started()]), seq: 2, atMs: 70 })
  })

  it("remembers the step a silent call was at when it ended", () => {
    expect(viewOf(WHOLE.slice(0, 15)).silent).toMatchObject({ step: 0, lastStep: 2, state: "over", atMs: 9200 })
  })

  it("takes a silent call up again that a recording had ended", () => {
    const step = { kind: "SilentCallStep", step: 1, say: "您好", next_say: "您好！", wait_ms: 5000 } as const
    const ended = { ...step, at_ms: 4620, step: 0, state: "over", say: "", next_say: "", wait_from_ms: null } as const
    const again = { ...step, at_ms: 6600, state: "wait", wait_from_ms: 3400 } as const
    expect(viewOf([started(), ended, again]).silent).toMatchObject({ step: 1, lastStep: 1, state: "wait", waitFromMs: 3400 })
  })

  it("knows since when a channel is lost", () => {
    expect(viewOf(WHOLE.slice(0, 17)).lost).toEqual({ customer: 9000 })
    expect(viewOf(WHOLE).lost).toEqual({})
  })

  it("takes new facts at once", () => {
    const facts = { ...started().facts, customer_name: "李先生" }
    expect(viewOf([started(), { kind: "FactsNoted", actor: null, at_ms: 9, facts }]).facts?.customer_name).toBe("李先生")
  })

  it("keeps the scorecard, and ends what was going on", () => {
    const view = viewOf(WHOLE)
    expect(view).toMatchObject({ score: { total: 88 }, ended: { reason: "finished" }, silence: null, speaking: {}, guesses: {} })
  })

  it("keeps no more of its lists than a page can bear, and counts the rest", () => {
    const lines = Array.from({ length: MOST.lines + 7 }, (_, at) => words(at * 1000, at * 1000 + 500, "好"))
    const hints = Array.from({ length: MOST.hints + 5 }, (_, at) => hint(at + 1, at * 1000))
    const doubt = (at: number): Event => ({ kind: "WordsSuppressed", at_ms: at, channel: "agent", start_ms: 0, end_ms: 1, text: "x", reason: "no_speech" })
    const doubts = Array.from({ length: MOST.suppressed + 3 }, (_, at) => doubt(at))
    const view = viewOf([started(), ...lines, ...hints, ...doubts])
    expect([view.lines.length, view.hints.length, view.suppressed.length]).toEqual([MOST.lines, MOST.hints, MOST.suppressed])
    expect(view.left).toEqual({ lines: 7, hints: 5, suppressed: 3 })
    expect(view.lines[0]?.start_ms).toBe(7000)
    expect(view.hints[0]?.raised.hint).toBe(6)
    const late = words(2500, 2900, "迟", { at_ms: 999_999 })
    expect(viewOf([started(), ...lines, late]).lines.some((line) => line.text === "迟")).toBe(false)
  })

  it("keeps when a phase was entered first", () => {
    const enter = (phase: "opening" | "hold" | "body", at_ms: number): Event => ({ kind: "PhaseChanged", at_ms, phase })
    const view = viewOf([started(), enter("opening", 0), enter("body", 10), enter("hold", 20), enter("body", 30), enter("hold", 40)])
    expect(view.phase).toBe("hold")
    expect(view.phases).toEqual([{ phase: "opening", atMs: 0 }, { phase: "body", atMs: 10 }, { phase: "hold", atMs: 20 }])
  })
})
