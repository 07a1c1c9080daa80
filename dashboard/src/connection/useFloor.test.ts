// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { effectScope, type EffectScope } from "vue"
import { callNow, changes, NOW, seat, snapshot } from "../floor/testing"
import type { Wall } from "../floor/wall"
import { STALE_MS, useFloor, type Floor } from "./useFloor"

/** A socket that the test opens, speaks on and closes. */
class Line {
  static all: Line[] = []
  static readonly OPEN = 1
  readyState = 0
  said: string[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  constructor(readonly address: string) {
    Line.all.push(this)
  }
  send(text: string): void {
    this.said.push(text)
  }
  close(): void {
    this.readyState = 3
  }
  tell(message: object): void {
    this.readyState = 1
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  drop(code = 1006): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
}

let scope: EffectScope
let floor: Floor
let told: [Wall, ReadonlySet<string> | null][]
const line = (): Line => Line.all.at(-1)!

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"] })
  vi.stubGlobal("WebSocket", Line)
  Line.all = []
  told = []
  scope = effectScope()
  scope.run(() => (floor = useFloor((wall, touched) => told.push([wall, touched]))))
})

afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Something is heard twice a second. */
function live(ms: number): void {
  for (let passed = 0; passed < ms; passed += 500) {
    vi.advanceTimersByTime(500)
    line().tell({ type: "alive", clock_ms: NOW + passed + 500 })
  }
}

it("shows a snapshot, then what has changed, and answers signs of life", () => {
  line().tell(changes({ calls: [callNow("1001")] })) // of a floor that is not known yet
  expect(floor.isKnown.value).toBe(false)
  line().tell(snapshot({ seats: [seat("1001")] }))
  line().tell(changes({ calls: [callNow("1001")] }))
  line().tell({ type: "alive", clock_ms: NOW })
  expect(told.map(([wall, touched]) => [wall.calls.size, touched && [...touched]])).toEqual([[0, null], [1, ["1001"]]])
  expect(line().said).toEqual(['{"type":"alive"}'])
  expect(floor.nowMs()).toBe(NOW)
})

it("tells the centre's time by the message that was least late", () => {
  line().tell(snapshot())
  vi.advanceTimersByTime(500)
  line().tell({ type: "alive", clock_ms: NOW + 300 }) // 200 ms late
  expect(floor.nowMs()).toBe(NOW + 500)
  line().tell({ type: "alive", clock_ms: NOW + 540 })
  expect(floor.nowMs()).toBe(NOW + 540)
})

it("stands still where nothing is heard, says since when, and goes on as soon as something is", () => {
  line().tell(snapshot())
  live(1000)
  expect(floor.staleAt.value).toBeNull()
  vi.advanceTimersByTime(STALE_MS + 250)
  expect(floor.staleAt.value).toBe(NOW + 1000)
  expect(floor.nowMs()).toBe(NOW + 1000)
  line().tell({ type: "alive", clock_ms: NOW + 3000 })
  expect(floor.staleAt.value).toBeNull()
})

it("opens another line where one is silent or closed, and is whole again by its snapshot alone", () => {
  line().tell(snapshot({ seats: [seat("1001")], calls: [callNow("1001")] }))
  vi.advanceTimersByTime(3000)
  expect(Line.all).toHaveLength(2)
  line().tell({ type: "alive", clock_ms: NOW + 3000 })
  expect(floor.staleAt.value).toBe(NOW) // a line that has told nothing yet makes nothing right
  line().tell(snapshot({ seats: [seat("1001")] }))
  expect([floor.staleAt.value, floor.wall.value.calls.size]).toEqual([null, 0])
  line().drop()
  vi.advanceTimersByTime(0)
  expect(Line.all).toHaveLength(3)
})

it("tries each second at least, and at once when the network is back", () => {
  line().tell(snapshot())
  for (let times = 0; times < 6; times += 1) {
    line().drop()
    vi.advanceTimersByTime(1000)
    expect(Line.all).toHaveLength(times + 2)
  }
  line().drop()
  window.dispatchEvent(new Event("online"))
  expect(Line.all).toHaveLength(8)
})

it("does not try again where nobody is signed in, until told so", () => {
  line().tell(snapshot())
  line().drop(4401)
  vi.advanceTimersByTime(10_000)
  expect([Line.all.length, floor.isSignedOut.value, floor.staleAt.value]).toEqual([1, true, NOW])
  floor.reopen()
  expect([Line.all.length, floor.isSignedOut.value]).toEqual([2, false])
})
