import { computed, effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Event } from "../../../api/events"
import { hint, started, viewOf } from "../../../call/testing"
import type { PageMessage } from "../../../api/socket"
import type { Call } from "../../../connection/useCall"
import { useLatency, type Latency } from "./useLatency"

const START_MS = Date.parse(started().started_at)
const AHEAD_MS = 5000 // how far the server's clock is ahead of this machine's

let scope: EffectScope
let sent: PageMessage[]
let mayTell: boolean
let hasClock: boolean

beforeEach(() => {
  scope = effectScope()
  sent = []
  mayTell = true
  hasClock = true
  vi.useFakeTimers({ toFake: ["Date"] })
  vi.stubGlobal("requestAnimationFrame", (then: () => void) => setTimeout(then))
  vi.stubGlobal("fetch", async () => {
    if (!hasClock) throw new TypeError("no server")
    return { status: 200, text: async () => JSON.stringify({ now_ms: Date.now() + AHEAD_MS }) }
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Shows the last hint of `events` on a page whose server says that `callMs` of the call have passed. */
async function show(events: Event[], callMs: number): Promise<Latency | null> {
  vi.setSystemTime(START_MS + callMs - AHEAD_MS)
  const view = shallowRef(viewOf(events))
  const call = { view, connection: ref(), arrivedAt: () => 0, send: (message: PageMessage) => sent.push(message) > 0 } as unknown as Call
  const isShown = ref(false)
  const latency = scope.run(() => useLatency(call, computed(() => (isShown.value ? (view.value.hints.at(-1) ?? null) : null)), () => mayTell))!
  isShown.value = true
  await nextTick()
  await new Promise((done) => setTimeout(done, 40))
  return latency.value
}

it("measures from the hint's moment to the painted frame, on the server's clock", async () => {
  expect(await show([started(), hint(1, 20_000)], 20_086)).toEqual({ count: 1, median: 86, p95: 86, worst: 86 })
  expect(sent).toEqual([{ type: "painted", hint_seq: 2, paint_ms: 86 }])
})

it("says nothing of a hint that is history, or was shown before", async () => {
  await show([started(), hint(1, 20_000)], 23_001)
  await show([started(), hint(1, 20_000), { kind: "HintShown", at_ms: 20_040, hint: 1, paint_ms: 80 }], 20_500)
  expect(sent).toEqual([])
})

it("shows what an earlier page of this call measured, until it has its own", async () => {
  const shown: Event = { kind: "HintShown", at_ms: 20_040, hint: 1, paint_ms: 80 }
  expect(await show([started(), hint(1, 20_000), shown], 90_000)).toMatchObject({ count: 1, p95: 80 })
})

it("only tells that it was shown when the server's clock is not known", async () => {
  hasClock = false
  expect(await show([started(), hint(1, 20_000)], 20_086)).toBeNull()
  expect(sent).toEqual([{ type: "shown", hint_seq: 2 }])
})

it("tells nothing where only the agent may, and shows what it measured", async () => {
  mayTell = false
  expect(await show([started(), hint(1, 20_000)], 20_086)).toMatchObject({ count: 1, p95: 86 })
  expect(sent).toEqual([])
})

it("tells no time below zero when the clocks differ by more than the way took", async () => {
  await show([started(), hint(1, 20_000)], 19_950)
  expect(sent).toEqual([{ type: "painted", hint_seq: 2, paint_ms: 0 }])
})
