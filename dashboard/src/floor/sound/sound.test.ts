import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { CentreClock } from "./clock"
import { pieceOf } from "./piece"

interface Worklet {
  port: { onmessage: ((message: { data: unknown }) => void) | null; postMessage: (told: Told) => void }
  process: (inputs: unknown, outputs: Float32Array[][]) => boolean
}
interface Told {
  takenMs: number | null
  skipped: number
}

let Player: new (options: object) => Worklet
const MS = 16

beforeAll(async () => {
  vi.stubGlobal("sampleRate", 16_000)
  vi.stubGlobal("currentFrame", 0)
  vi.stubGlobal("AudioWorkletProcessor", class { port = { onmessage: null, postMessage: () => {} } })
  vi.stubGlobal("registerProcessor", (_: string, made: typeof Player) => void (Player = made))
  await import("./player.worklet.js" as string)
})

describe("the player", () => {
  let player: Worklet
  let told: Told[]
  let next: number

  beforeEach(() => {
    player = new Player({ processorOptions: { begin: 300 * MS, most: 700 * MS, every: 250 * MS } })
    told = []
    player.port.postMessage = (one) => void told.push(one)
    next = 1
  })

  /** 200 ms of numbers that go up, agent's above zero, customer's the same below. */
  function come(takenMs: number, frames = 200 * MS): void {
    const pcm = new Int16Array(2 * frames)
    for (let at = 0; at < frames; at += 1) [pcm[2 * at], pcm[2 * at + 1]] = [next, -next++]
    player.port.onmessage!({ data: { takenMs, pcm } })
  }

  function played(ms: number): number[] {
    const left: number[] = []
    for (let done = 0; done < ms * MS; done += 128) {
      const [agent, customer] = [new Float32Array(128), new Float32Array(128)]
      player.process([], [[agent, customer]])
      expect([...customer].map((sample) => -sample + 0)).toEqual([...agent].map((sample) => sample + 0))
      left.push(...[...agent].map((sample) => Math.round(sample * 32768)))
    }
    return left
  }

  it("begins with a reserve, plays every sample in order, and begins with one again when nothing came", () => {
    come(1000)
    expect(played(80).every((sample) => sample === 0)).toBe(true)
    come(1200)
    expect(played(400)).toEqual(Array.from({ length: 400 * MS }, (_, at) => at + 1))
    come(1400)
    expect(played(80).every((sample) => sample === 0)).toBe(true)
    come(1600)
    expect(played(8)[0]).toBe(400 * MS + 1)
  })

  it("is never more than so much behind, and says what it left out", () => {
    for (let taken = 200; taken <= 800; taken += 200) come(taken)
    expect(played(8)[0]).toBe(500 * MS + 1) // 800 ms came: the last 300 are kept
    played(248)
    expect(told.at(-1)!.skipped).toBe(500 * MS)
  })

  it("tells when what is played was taken", () => {
    come(10_200)
    come(10_400)
    played(256)
    expect(told).toHaveLength(1)
    expect(told[0]!.takenMs).toBeCloseTo(10_250, 0) // 250 of 400 ms are played
    played(250)
    expect(told[1]!.takenMs).toBeNull()
  })
})

it("reads a piece as the centre writes it", () => {
  const bytes = new ArrayBuffer(24)
  const view = new DataView(bytes)
  view.setFloat64(0, 1_764_000_000_123.5, true)
  view.setUint32(8, 4200, true)
  view.setUint32(12, 16_000, true)
  ;[1, -2, 300, -32768].forEach((sample, at) => view.setInt16(16 + 2 * at, sample, true))
  expect(pieceOf(bytes)).toEqual({ takenMs: 1_764_000_000_123.5, startMs: 4200, rateHz: 16_000, pcm: Int16Array.of(1, -2, 300, -32768) })
})

it("takes the centre's clock from the answer that came quickest", () => {
  const clock = new CentreClock()
  expect(clock.at(0)).toBeNull()
  clock.answered(0, 5900, 1000) // half a second each way, and not the same
  clock.answered(2000, 7010, 2020)
  clock.answered(4000, 9700, 4900)
  expect(clock.at(10_000)).toBe(15_000)
  for (let at = 0; at < 8; at += 1) clock.answered(10_000, 16_050, 10_100)
  expect(clock.at(10_000)).toBe(16_000)
})
