import { expect, it } from "vitest"
import type { CallNow, Case, Digest } from "../api/floor"
import { countsOf } from "./filter"
import { isSame, seatOf, sizeOf, trimmed, type Shown } from "./seat"
import { callNow, caseOf, NOW, seat } from "./testing"

const ORIGIN = NOW - 60_000

function shown(digest: Digest = {}, worst: Partial<Case> | null = null, change: Partial<CallNow> = {}): Shown {
  return seatOf(seat("1001", { state: "call" }), callNow("1001", digest, change), worst && caseOf("k", { agent_id: "1001", ...worst }), ORIGIN)
}

it("shows who waits and who has just ended a call as an outline", () => {
  for (const state of ["idle", "wrap_up", "away"] as const) {
    const one = seatOf(seat("1001", { state, since_at: NOW - 5000 }), null, null, 0)
    expect([one.state, one.tone, one.clockAt]).toEqual([state, "none", state === "away" ? null : NOW - 5000])
  }
})

it.each([
  [{ speaking: [{ channel: "agent", since_ms: 0 }] }, "agent", "plain", "agent"],
  [{ speaking: [{ channel: "agent", since_ms: 0 }, { channel: "customer", since_ms: 0 }] }, "both", "plain", "both"],
  [{}, "nobody", "plain", null],
  [{ silence: "both", silence_ms: 59_000 }, "nobody", "plain", null],
  [{ silence: "both", silence_ms: 55_000 }, "quiet", "plain", "dots"],
  [{ silence: "announced", silence_ms: 59_000, promised_ms: 90_000 }, "waiting", "plain", "pause"],
  [{ phase: "hold" }, "hold", "plain", "pause"],
  [{ step: 2, step_ms: 57_000 }, "silent_call", "warning", "warning"],
  [{ mode: "complaint" }, "complaint", "critical", "complaint"],
  [{ hints: [{ hint: 1, rule: "r", severity: "critical", say: "s", since_ms: 0, is_fatal: false }] }, "nobody", "warning", null], // red is who needs a lead
  [{ help: { since_ms: 0, reason: "superior", taken_by: "" } }, "nobody", "plain", null], // closed, and not told yet
  [{ silence: "agent", silence_ms: 1_000 }, "nobody", "plain", null], // the customer, whom nobody hears, may speak
  [{ blind: [{ channel: "customer", since_ms: 0 }] }, "blind", "blind", "ear-off"],
  [{ failed: ["asr"] }, "blind", "blind", "ear-off"],
] as [Digest, string, string, string | null][])("shows of a call what it is: %j", (digest, state, tone, mark) => {
  const one = shown(digest)
  expect([one.state, one.tone, one.mark, one.clockAt]).toEqual([state, tone, mark, ORIGIN])
})

it("counts a step, a silence and a promise from its place in the call's audio", () => {
  expect(shown({ step: 2, step_ms: 57_000 }).note).toEqual({ kind: "seconds", of: "step", at: ORIGIN + 57_000 })
  expect(shown({ silence: "both", silence_ms: 50_000 }).note).toEqual({ kind: "seconds", of: "quiet", at: ORIGIN + 50_000 })
  expect(shown({ phase: "hold", promised_ms: 80_000 }).note).toEqual({ kind: "left", of: "promise", at: ORIGIN + 80_000 })
})

it("says what is so again once the cause is gone, in the case's colour until that is", () => {
  const talks = { speaking: [{ channel: "agent", since_ms: 0 }] } as const
  const calm = shown({ ...talks, speaking: [...talks.speaking] }, { cause: "silent_call", rank: "warning", detail: "3", calm_at: NOW })
  expect([calm.state, calm.tone, calm.needs]).toEqual(["agent", "warning", true])
  const back = shown({ ...talks, speaking: [...talks.speaking] }, { cause: "lost", rank: "blind", calm_at: NOW })
  expect([back.state, back.tone]).toEqual(["agent", "blind"])
  const heeded = shown({ ...talks, speaking: [...talks.speaking] }, { cause: "fatal", rank: "critical", calm_at: NOW })
  expect([heeded.state, heeded.tone]).toEqual(["agent", "critical"])
})

it("shows help while its case is open", () => {
  const asked = { help: { since_ms: 0, reason: "superior", taken_by: "" } } as const
  const one = shown(asked, { cause: "help", rank: "critical", detail: "superior" })
  expect([one.state, one.tone, one.mark]).toEqual(["help", "critical", "hand"])
})

it("shows a desk that is not heard as lost, unless help was asked for", () => {
  const lost = shown({ mode: "" }, { cause: "lost", rank: "blind" }, { lost_at: NOW - 12_000 })
  expect([lost.state, lost.tone, lost.clockAt, lost.pace]).toEqual(["lost", "blind", NOW - 12_000, null])
  expect(shown({}, { cause: "help", rank: "critical" }, { lost_at: NOW }).state).toBe("help")
})

it("says of hints unheeded still who speaks, in amber", () => {
  const one = shown({ speaking: [{ channel: "agent", since_ms: 0 }], hints: [{ hint: 1, rule: "r", severity: "warning", say: "放慢语速", since_ms: 0, is_fatal: false }] }, { cause: "hints" })
  expect([one.state, one.tone, one.note]).toEqual(["agent", "warning", { kind: "say", severity: "warning", say: "放慢语速" }])
})

it("tells pace against its band and level in bars, and neither of a quiet sound", () => {
  const digest: Digest = { pace: 240, pace_low: 120, pace_high: 180, level: -25 }
  expect(shown(digest).pace).toEqual({ at: 75, from: 25, to: 50, verdict: "high" })
  expect(shown(digest).level).toBe(3)
  expect([shown({ ...digest, is_quiet: true }).pace, shown({ ...digest, is_quiet: true }).level]).toEqual([null, null])
  expect(shown({ pace: 240 }).pace).toBeNull() // no band, no judgement
})

it("is drawn again only for what its size shows", () => {
  const [before, after] = [shown({ strip: "aa", pace: 150, pace_low: 120, pace_high: 180 }), shown({ strip: "aac", pace: 160, pace_low: 120, pace_high: 180 })]
  expect(isSame(before, after)).toBe(false)
  expect(isSame(trimmed(before, "medium"), trimmed(after, "medium"))).toBe(false)
  expect(isSame(trimmed(before, "tiny"), trimmed(after, "tiny"))).toBe(true)
  expect([12, 13, 60, 61, 160, 161].map(sizeOf)).toEqual(["large", "medium", "medium", "small", "small", "tiny"])
})

it("counts each state once, and whoever needs a look as well", () => {
  const seats = [shown({ phase: "hold" }, { cause: "hold" }), shown(), shown({}, null, { lost_at: NOW }), seatOf(seat("1"), null, null, 0), seatOf(seat("2", { state: "ringing" }), null, null, 0)]
  expect(countsOf(seats)).toEqual({ all: 5, call: 2, hold: 1, ringing: 1, idle: 1, wrap_up: 0, away: 0, lost: 1, needs: 1 })
})

it("lays no colour on wrap-up for a case that is over", () => {
  const over = (calm_at: number | null): string => seatOf(seat("1001", { state: "wrap_up" }), null, caseOf("k", { calm_at, rank: "warning" }), 0).tone
  expect([over(null), over(5)]).toEqual(["warning", "none"])
})
