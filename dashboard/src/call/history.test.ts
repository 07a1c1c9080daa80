import { expect, it } from "vitest"
import type { CallRecord, Event } from "../api/events"
import { historyOf, SNAPSHOT_MS } from "./history"
import { reduce } from "./reduce"
import { CALL, hint, started, words } from "./testing"
import { emptyView } from "./view"

/** Ten minutes in which somebody speaks every second, with a hint a minute. */
function long(): CallRecord[] {
  const events: Event[] = [started()]
  for (let ms = 1000; ms < 600_000; ms += 1000) {
    events.push(ms % 2000 ? { kind: "TurnStarted", at_ms: ms, channel: "agent", start_ms: ms } : { kind: "TurnEnded", at_ms: ms, channel: "agent", start_ms: ms - 1000, end_ms: ms })
    if (ms % 60_000 === 0) events.push(hint(ms / 60_000, ms))
  }
  return events.map((event, at) => ({ call_id: CALL, seq: at + 1, event }))
}

const RECORDS = long()
const plain = (ms: number) => RECORDS.filter(({ event }) => event.at_ms <= ms).reduce(reduce, emptyView(CALL, true))

it("is at each moment what the records up to then tell, wherever one comes from", () => {
  const history = historyOf(CALL, RECORDS)
  let seed = 7
  for (let times = 0; times < 300; times++) {
    seed = (seed * 48_271) % 2_147_483_647
    const ms = seed % 620_000
    expect(history.at(ms), `at ${ms}`).toEqual(plain(ms))
  }
  expect(history.whole).toEqual(plain(Infinity))
})

it("has all lines and hints of a call, of which a page that lives all day keeps the newest", () => {
  const events: Event[] = [started(), ...Array.from({ length: 400 }, (_, at) => [words(at * 1000, at * 1000 + 900, "好"), hint(at + 1, at * 1000 + 950)]).flat()]
  const { whole } = historyOf(CALL, events.map((event, at) => ({ call_id: CALL, seq: at + 1, event })))
  expect([whole.lines.length, whole.hints.length, whole.left.lines]).toEqual([400, 400, 0])
})

it("goes on from where it was, and takes no more than a minute's records for any seek", () => {
  const history = historyOf(CALL, RECORDS)
  expect(history.at(-5)).toEqual(emptyView(CALL, true))
  for (const ms of [0, 20, 40, SNAPSHOT_MS, SNAPSHOT_MS - 20, 599_000, 0]) expect(history.at(ms)).toEqual(plain(ms))
})
