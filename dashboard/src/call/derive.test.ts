import { describe, expect, it } from "vitest"
import { clock, clocks, countdown, quantile, silentOf, stageOf, voiceOf, waiterOf, type Page } from "./derive"
import type { Event } from "../api/events"
import { hint, LEGEND, started, step, viewOf } from "./testing"

const OPEN: Page = { isOffline: false, isFrozen: false, hidden: new Set() }
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

  it("lets a hint in front of the steps of a silent call", () => {
    expect(show([started(), step(2, 5000), hint(1, 6000)], 6100)).toBe("hint")
  })

  it("shows one hint until it is cleared, and its green card for two seconds", () => {
    const done: Event = { kind: "HintDone", actor: null, at_ms: 5000, hint: 1, by: "coach", note: "", note_en: "" }
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
    const events = [started(), silence, hint(1, 9000, { rule: "of-a-team", counts: "silence" })]
    expect(stageOf(viewOf(events), 11_400, OPEN)).toMatchObject({ show: "hint", counter: { of: "silence", seconds: 7 } })
    expect(stageOf(viewOf([started(), silence, hint(1, 9000)]), 11_400, OPEN)).toMatchObject({ counter: null })
  })

  const asked = { kind: "WaitRequested", at_ms: 1600, channel: "agent", start_ms: 0, end_ms: 1000, text: "请稍等", wait_ms: null, limit_ms: 30_000, first_end_ms: null } as const
  const quiet = { kind: "SilenceStarted", at_ms: 2000, start_ms: 1000, silence: "announced", limit_ms: 30_000 } as const

  it("counts a wait down, and past its end, through whatever is said meanwhile", () => {
    const away = [started(), asked, quiet]
    const talks: Event[] = [
      { kind: "SilenceEnded", at_ms: 12_000, start_ms: 1000, end_ms: 11_880, silence: "announced" },
      { kind: "TurnStarted", at_ms: 12_000, channel: "agent", start_ms: 11_880 },
    ]
    const again: Event = { ...quiet, at_ms: 15_000, start_ms: 14_000, limit_ms: 17_000 }
    expect(stageOf(viewOf(away), 19_000, OPEN)).toEqual({ show: "waiting", waitedS: 18, leftS: 12, limitS: 30 })
    expect(stageOf(viewOf(away), 36_000, OPEN)).toMatchObject({ waitedS: 35, leftS: -5 })
    expect(stageOf(viewOf([...away, ...talks]), 13_000, OPEN)).toEqual({ show: "waiting", waitedS: 12, leftS: 18, limitS: 30 })
    expect(stageOf(viewOf([...away, ...talks, again]), 19_000, OPEN)).toEqual({ show: "waiting", waitedS: 18, leftS: 12, limitS: 30 })
    const told = hint(1, 31_000, { rule: "hold", counts: "silence" })
    expect(stageOf(viewOf([...away, ...talks, again, told]), 31_000, OPEN)).toMatchObject({ counter: { of: "wait", seconds: 30 } })
    const late: Event[] = talks.map((event) => ({ ...event, at_ms: 40_000 }))
    expect(show([...away, ...late], 40_100)).toBe("normal") // the time is up: whatever is said now is the answer
    expect(show([started(), { ...quiet, silence: "hold", limit_ms: null }], 9000)).toBe("normal")
  })

  it("does not tell the agent to come back who was asked to wait, nor anybody in a mix", () => {
    const waiter = (channel: "agent" | "customer" | "mixed"): unknown => {
      const view = viewOf([started(), { ...asked, channel }, quiet])
      return [stageOf(view, 9000, OPEN).show, waiterOf(view, 9000)]
    }
    expect(["agent", "customer", "mixed"].map((channel) => waiter(channel as "agent"))).toEqual([
      ["waiting", "customer"],
      ["normal", "agent"],
      ["normal", null],
    ])
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
  const speaks: Event = { kind: "TurnStarted", at_ms: 5900, channel: "agent", start_ms: 5800 }
  const rests: Event = { kind: "TurnEnded", at_ms: 7100, channel: "agent", start_ms: 5800, end_ms: 6800 }
  const wait = (from: number, at_ms = from + 300): Event => step(1, at_ms, { state: "wait", wait_from_ms: from })

  it("stops at the agent's onset, in a pause of the greeting too, and begins anew at the end", () => {
    const state = (events: Event[]): unknown => {
      const silent = silentOf(viewOf([started(), ...events]))!
      return [silent.state, silent.waitFromMs]
    }
    expect(state([wait(5000)])).toEqual(["wait", 5000])
    expect(state([wait(5000), speaks])).toEqual(["say", null])
    expect(state([wait(5000), speaks, rests, wait(6800)])).toEqual(["wait", 6800])
  })

  it("goes on while the other side's sound may be no customer, and says the last step to the end", () => {
    const line: Event = { ...speaks, channel: "customer" }
    expect(silentOf(viewOf([started(), wait(5000), line]))?.state).toBe("wait")
    expect(silentOf(viewOf([started(), { ...wait(5000), step: 4 } as Event, speaks]))?.state).toBe("wait")
    const short = started({ legend: { ...LEGEND, steps: LEGEND.steps.slice(2) } })
    expect(silentOf(viewOf([short, { ...wait(5000), step: 2 } as Event, speaks]))?.state).toBe("wait")
  })

  const waiting = viewOf([started(), step(2, 5000, { state: "wait", wait_from_ms: 4700 })]).silent!

  it("runs from the end of the agent's words", () => {
    expect(countdown(waiting, 5000)).toEqual({ seconds: 5, segments: 5, full: 5 })
    expect(countdown(waiting, 6699).seconds).toBe(4)
    expect(countdown(waiting, 6700).seconds).toBe(3)
    expect(countdown(waiting, 9700).seconds).toBe(0)
    expect(countdown(waiting, 99_000).seconds).toBe(0)
  })
})

describe("the rest", () => {
  it("gives nearest-rank quantiles", () => {
    expect(quantile([], 0.95)).toBeNull()
    expect(quantile([5], 0.95)).toBe(5)
    expect(quantile(Array.from({ length: 20 }, (_, at) => at + 1), 0.95)).toBe(19)
  })

  it("takes the only channel for the voice where the roles are unknown", () => {
    expect(voiceOf(viewOf([started()]))).toBe("agent")
    expect(voiceOf(viewOf([started({ channels: ["mixed"] })]))).toBe("mixed")
  })

  it("writes times as a clock", () => {
    expect([clock(0), clock(222_900), clock(3_723_000), clock(-5)]).toEqual(["00:00", "03:42", "1:02:03", "00:00"])
    expect([clocks({ start_ms: 18_000, end_ms: 18_900 }), clocks({ start_ms: 18_000, end_ms: 19_000 })]).toEqual(["00:18", "00:18–00:19"])
  })
})
