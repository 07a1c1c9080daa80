import { expect, it } from "vitest"
import type { Event } from "../api/events"
import { lanesOf } from "./lanes"
import { reduce } from "./reduce"
import { emptyView, type View } from "./view"

function viewOf(...events: object[]): View {
  return events.reduce((view: View, event, at) => reduce(view, { call_id: "c", seq: at + 1, event: { at_ms: at, ...event } as Event }), emptyView("c"))
}

const turn = (channel: string, start_ms: number, end_ms: number) => ({ kind: "TurnEnded", channel, start_ms, end_ms })

it("tells who spoke in each second, and what was not heard", () => {
  const view = viewOf(
    turn("agent", 1_200, 2_900),
    turn("customer", 2_100, 3_000), // ends as the fourth second begins
    { kind: "ChannelLost", channel: "customer", start_ms: 5_000 },
    turn("agent", 5_500, 6_400),
    { kind: "ChannelBack", channel: "customer", start_ms: 5_000, end_ms: 6_000 },
    { kind: "TurnStarted", channel: "customer", start_ms: 7_100 },
  )
  expect(lanesOf(view, 8_000, 120)).toBe(".ab..xacc")
  expect(lanesOf(view, 8_000, 3)).toBe("acc")
})

it("goes on with who is not heard now, and begins with the call", () => {
  const view = viewOf({ kind: "ChannelLost", channel: "agent", start_ms: 2_000 })
  expect(lanesOf(view, 3_999, 120)).toBe("..xx")
  expect(lanesOf(viewOf(), 0, 120)).toBe(".")
})
