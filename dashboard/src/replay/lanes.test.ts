import { expect, it } from "vitest"
import type { Event } from "../api/events"
import { lanesOf, speakerIn } from "./lanes"

const records = (...events: object[]) => events.map((event, at) => ({ call_id: "c", seq: at + 1, event: event as Event }))
const pace = (end_ms: number, speaking_rate: number, start_ms = end_ms - 500) => ({ kind: "PaceMeasured", at_ms: end_ms, channel: "agent", start_ms, end_ms, speaking_rate, speaking_ms: 5000 })

it("draws no line through what was not measured, nor the figure of the whole call", () => {
  const { pace: lines } = lanesOf(records(pace(1000, 150), pace(1500, 160), pace(9000, 200), { kind: "CallEnded", at_ms: 9000, reason: "finished" }, pace(9000, 170, 0)))
  expect(lines.agent).toEqual({ x: [1000, 1500, 1501, 9000], y: [150, 160, null, 200] })
})

it("begins each turn's line anew, however short the silence before it, and draws nothing of too little speech", () => {
  const turn = (start_ms: number) => ({ kind: "TurnStarted", at_ms: start_ms, channel: "agent", start_ms })
  const { pace: lines } = lanesOf(records({ ...pace(400, 300), speaking_ms: 400 }, pace(1000, 150), turn(1200), pace(1500, 160), pace(2000, 170)))
  expect(lines.agent).toEqual({ x: [1000, 1001, 1500, 2000], y: [150, null, 160, 170] })
})

it("knows from when on less variation of pitch was monotone, by the agent's usual one", () => {
  const legend = { pitch: { share_of_baseline: 0.6, floor_semitones: 1.2 } }
  const pitch = (end_ms: number, baseline_sd: number | null) => ({ kind: "PitchMeasured", at_ms: end_ms, channel: "agent", start_ms: 100, end_ms, sd_semitones: 2, voiced_ms: 5000, baseline_sd })
  const { lively } = lanesOf(records({ kind: "CallStarted", at_ms: 0, legend }, pitch(1000, null), pitch(1500, null), pitch(2000, 3), pitch(2500, 3)))
  expect(lively).toEqual([{ fromMs: 0, low: 1.2 }, { fromMs: 2000, low: 0.6 * 3 }])
  expect(lanesOf(records({ kind: "CallStarted", at_ms: 0, legend: {} }, pitch(1000, 3))).lively).toEqual([])
})

it("takes a chosen stretch for whose speech there is most of in it", () => {
  const turns = { agent: [{ startMs: 0, endMs: 2000 }], customer: [{ startMs: 1500, endMs: 6000 }] }
  expect([speakerIn({ turns }, { startMs: 0, endMs: 2500 }), speakerIn({ turns }, { startMs: 1500, endMs: 4000 })]).toEqual(["agent", "customer"])
  expect(speakerIn({ turns: { mixed: [] } }, { startMs: 0, endMs: 1 })).toBe("mixed")
})

it("shows where a side was lost, to the end where it did not come back", () => {
  const { lost } = lanesOf(records({ kind: "ChannelLost", at_ms: 3000, channel: "customer", start_ms: 2000 }, { kind: "CallEnded", at_ms: 8000, reason: "finished" }))
  expect(lost).toEqual([{ channel: "customer", startMs: 2000, endMs: 8000 }])
})

it("keeps breath out of the silences", () => {
  const silence = (start_ms: number, end_ms: number) => ({ kind: "SilenceEnded", at_ms: end_ms, start_ms, end_ms, silence: "both" })
  expect(lanesOf(records(silence(0, 2900), silence(5000, 11_000))).silences).toEqual([{ startMs: 5000, endMs: 11_000, kind: "both" }])
})
