import { expect, it } from "vitest"
import type { Event } from "../api/events"
import { lanesOf, placeOf, ticksOf, windowFrom, windowWith } from "./lanes"

const records = (...events: object[]) => events.map((event, at) => ({ call_id: "c", seq: at + 1, event: event as Event }))
const pace = (end_ms: number, speaking_rate: number, start_ms = end_ms - 500) => ({ kind: "PaceMeasured", at_ms: end_ms, channel: "agent", start_ms, end_ms, speaking_rate })

it("draws no line through what was not measured, nor the figure of the whole call", () => {
  const { pace: lines } = lanesOf(records(pace(1000, 150), pace(1500, 160), pace(9000, 200), { kind: "CallEnded", at_ms: 9000, reason: "finished" }, pace(9000, 170, 0)))
  expect(lines.agent).toEqual({ x: [1000, 1500, 1501, 9000], y: [150, 160, null, 200] })
})

it("shows where a side was lost, to the end where it did not come back", () => {
  const { lost } = lanesOf(records({ kind: "ChannelLost", at_ms: 3000, channel: "customer", start_ms: 2000 }, { kind: "CallEnded", at_ms: 8000, reason: "finished" }))
  expect(lost).toEqual([{ channel: "customer", startMs: 2000, endMs: 8000 }])
})

it("keeps breath out of the silences", () => {
  const silence = (start_ms: number, end_ms: number) => ({ kind: "SilenceEnded", at_ms: end_ms, start_ms, end_ms, silence: "both" })
  expect(lanesOf(records(silence(0, 2900), silence(5000, 11_000))).silences).toEqual([{ startMs: 5000, endMs: 11_000, kind: "both" }])
})

it("turns the window as a page, and never beyond the call", () => {
  const first = windowFrom(0, 378_000)
  expect(first).toEqual({ fromMs: 0, toMs: 120_000 })
  expect(windowWith(119_999, first, 378_000)).toBe(first)
  expect(windowWith(120_000, first, 378_000)).toEqual({ fromMs: 120_000, toMs: 240_000 })
  expect(windowWith(377_000, first, 378_000)).toEqual({ fromMs: 258_000, toMs: 378_000 })
  expect(windowFrom(50_000, 30_000)).toEqual({ fromMs: 0, toMs: 30_000 })
})

it("cuts what sticks out of the window, and writes round times below", () => {
  const window = { fromMs: 100_000, toMs: 200_000 }
  expect(placeOf({ startMs: 90_000, endMs: 110_000 }, window)).toEqual({ left: 0, width: 10 })
  expect(placeOf({ startMs: 200_000, endMs: 210_000 }, window)).toBeNull()
  expect(ticksOf({ fromMs: 120_000, toMs: 240_000 })).toEqual([120_000, 140_000, 160_000, 180_000, 200_000, 220_000, 240_000])
})
