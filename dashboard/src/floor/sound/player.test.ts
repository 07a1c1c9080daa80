// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { openSoundWith, type Heard, type Sound } from "./player"

class Line {
  static readonly OPEN = 1
  static lines: Line[] = []
  readyState = Line.OPEN
  onmessage: (message: { data: string }) => void = () => {}
  onclose: (closed: { code: number }) => void = () => {}
  close = vi.fn()
  send = vi.fn()

  constructor() {
    Line.lines.push(this)
  }

  answer(): void {
    this.onmessage({ data: JSON.stringify({ type: "pong", at: performance.now(), clock_ms: 0 }) })
  }
}

let told: Heard[]
let sound: Sound
const newest = (): Line => Line.lines.at(-1)!

beforeEach(async () => {
  vi.useFakeTimers()
  Line.lines = []
  told = []
  const audio = { audioWorklet: { addModule: async () => {} }, resume: async () => {}, close: async () => {}, state: "running", destination: null }
  vi.stubGlobal("WebSocket", Line)
  vi.stubGlobal("AudioContext", vi.fn(function () { return audio }))
  vi.stubGlobal("AudioWorkletNode", vi.fn(function () { return { port: { postMessage: () => {} }, connect: () => {} } }))
  sound = openSoundWith("", "call-1", (heard) => void told.push(heard))
  await vi.advanceTimersByTimeAsync(0)
})

afterEach(() => {
  sound.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it("opens a line that broke again, later each time, and gives up in the end", async () => {
  newest().answer()
  for (const [at, waitMs] of [500, 1000, 2000, 5000, 5000].entries()) {
    newest().onclose({ code: 1006 })
    expect(told).toEqual(Array.from({ length: at + 1 }, () => ({ broken: true })))
    await vi.advanceTimersByTimeAsync(waitMs - 1)
    expect(Line.lines).toHaveLength(at + 1)
    await vi.advanceTimersByTimeAsync(1)
    expect(Line.lines).toHaveLength(at + 2)
  }
  newest().onclose({ code: 1006 })
  expect(told.at(-1)).toEqual({ problem: "lost" })
})

it("begins to count anew once something came", async () => {
  newest().answer()
  for (let cut = 0; cut < 6; cut += 1) {
    newest().onclose({ code: 1012 })
    await vi.advanceTimersByTimeAsync(500)
    newest().answer()
  }
  expect(Line.lines).toHaveLength(7)
})

it("takes a line for dead on which no answer comes", async () => {
  newest().answer()
  const first = newest()
  await vi.advanceTimersByTimeAsync(6_500)
  expect(told).toContainEqual({ broken: true })
  expect(first.close).toHaveBeenCalled()
  first.onclose({ code: 1006 }) // late, and of a line that is no more
  await vi.advanceTimersByTimeAsync(500)
  expect(Line.lines).toHaveLength(2)
})

it("does not come back to a call that is over, but waits for a desk that the centre does not know yet", async () => {
  newest().answer()
  newest().onclose({ code: 1006 })
  await vi.advanceTimersByTimeAsync(500)
  newest().onclose({ code: 4410 })
  await vi.advanceTimersByTimeAsync(1000)
  newest().answer()
  newest().onclose({ code: 4410 })
  expect(told).toEqual([{ broken: true }, { broken: true }, { problem: "over" }])
})

it("gives up at once where it never began, and asks no more once it is closed", async () => {
  newest().onclose({ code: 1006 })
  expect(told).toEqual([{ problem: "lost" }])
  sound.close()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(Line.lines).toHaveLength(1)
})
