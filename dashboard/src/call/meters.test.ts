import { expect, it } from "vitest"
import type { Legend, LevelMeasured, PaceMeasured, PitchMeasured } from "../api/events"
import { isWholeCall, levelVerdict, paceScale, paceVerdict, percent, pitchBand, pitchVerdict, usualPace, usualPitch } from "./meters"
import { LEGEND } from "./testing"

const pace = { kind: "PaceMeasured", speaking_rate: 236, speaking_ms: 19000, basis: "words" } as PaceMeasured
const pitch = { kind: "PitchMeasured", sd_semitones: 2.4, voiced_ms: 9000, baseline_sd: 2.6 } as PitchMeasured
const level = { kind: "LevelMeasured", speech_dbfs: -20, clipped_share: 0 } as LevelMeasured
const TEAM: Legend = { ...LEGEND, pace: { low: 200, high: 260, target: null } }
const BARE: Legend = { ...LEGEND, pace: null, pitch: null, level: null }

it("compares the pace with the band that came with the call, and leaves out what rests on too little", () => {
  expect([paceVerdict(pace, LEGEND), paceVerdict({ ...pace, speaking_rate: 150 }, LEGEND)]).toEqual(["high", "ok"])
  expect([paceVerdict({ ...pace, speaking_rate: 90 }, LEGEND), paceVerdict({ ...pace, speaking_ms: 2900 }, LEGEND)]).toEqual(["low", "none"])
  expect([paceVerdict(pace, TEAM), paceVerdict({ ...pace, speaking_rate: 150 }, TEAM)]).toEqual(["ok", "low"])
})

it("calls a pitch flat by the agent's own usual one or the floor, and never too lively", () => {
  expect(pitchBand(pitch, LEGEND)?.low).toBeCloseTo(1.56)
  expect([pitchVerdict(pitch, LEGEND), pitchVerdict({ ...pitch, sd_semitones: 1.5 }, LEGEND), pitchVerdict({ ...pitch, sd_semitones: 9 }, LEGEND)]).toEqual(["ok", "low", "ok"])
  expect([pitchVerdict({ ...pitch, baseline_sd: null, sd_semitones: 1.1 }, LEGEND), pitchVerdict({ ...pitch, voiced_ms: 3900 }, LEGEND)]).toEqual(["low", "none"])
})

it("calls a level soft, loud or clipped", () => {
  const verdict = (change: Partial<LevelMeasured>): string => levelVerdict({ ...level, ...change }, LEGEND)
  expect([verdict({}), verdict({ speech_dbfs: -33 }), verdict({ speech_dbfs: -11 }), verdict({ clipped_share: 0.02 })]).toEqual(["ok", "low", "high", "high"])
})

it("says nothing of a figure without a band", () => {
  for (const legend of [BARE, null]) {
    expect([paceVerdict(pace, legend), pitchVerdict(pitch, legend), levelVerdict(level, legend)]).toEqual(["none", "none", "none"])
  }
})

it("has an axis on which a team's band is seen whole", () => {
  expect([paceScale(LEGEND.pace), paceScale({ low: 90, high: 330 })]).toEqual([{ from: 60, to: 300 }, { from: 30, to: 390 }])
  expect([percent(180, paceScale(null)), percent(Infinity, { from: 0, to: 5 })]).toEqual([50, 100])
})

it("has what is usual beside it, and on how much that rests", () => {
  const learned = { ...pitch, baseline_voiced_ms: 2_540_000, baseline_calls: 31 }
  const own = { ...pitch, baseline_voiced_ms: 8_000, baseline_calls: 0 }
  expect(usualPitch(learned)).toEqual({ value: 2.6, minutes: 42, isProvisional: false })
  expect(usualPitch(own)).toEqual({ value: 2.6, minutes: 1, isProvisional: true })
  expect(usualPace({ ...pace, baseline_rate: 214.4, baseline_speaking_ms: 4_800_000 })).toEqual({ value: 214.4, minutes: 80, isProvisional: false })
  expect([usualPitch(undefined), usualPitch({ ...pitch, baseline_sd: null }), usualPace({ ...pace, baseline_rate: null })]).toEqual([null, null, null])
})

it("is of the whole call only when it begins with it", () => {
  expect(isWholeCall({ start_ms: 0, end_ms: 180_000 })).toBe(true)
  expect(isWholeCall({ start_ms: 40_000, end_ms: 180_000 })).toBe(false)
  expect(isWholeCall({ start_ms: 0, end_ms: 19_000 })).toBe(false)
})
