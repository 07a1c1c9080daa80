/** The sound of a running call, heard as it is taken, and how late it is. Its agent is told as long as the line is open. */
import type { Ping, Pong } from "../../api/sound"
import { CentreClock } from "./clock"
import { pieceOf } from "./piece"

/** Why nothing is heard any more. `lost`: the line broke, and could not be opened again. */
export type SoundProblem = "over" | "away" | "signed_out" | "no_right" | "lost" | "failed" | "unsupported" | "asleep"

/** `delayMs`: from the microphone to this page's loudspeaker. `quiet`: the line is open, and for a while nothing came.
 * `broken`: it broke, and is opened again. */
export type Heard = { delayMs: number } | { quiet: true } | { broken: true } | { problem: SoundProblem }

export interface Sound {
  close: () => void
}

export const RATE_HZ = 16_000
/** It begins with so much in reserve, again after nothing came. */
export const BEGIN_MS = 300
/** What is more than that behind is left out. */
export const MOST_MS = 700
const TELL_MS = 250
const PING_MS = 2000
const QUIET_MS = 1500
const AWAKE_MS = 1500
/** A line on which nothing comes for so long, no answer either, is dead. */
const DEAD_MS = 6000
/** So long it is waited before each try; who could not come back by then has to press again. */
const AGAIN_MS = [500, 1000, 2000, 5000, 5000]
/** Our own word for a line that says nothing; not on the wire. */
const DEAD = 0
const CODES: Partial<Record<number, SoundProblem>> = { 4410: "over", 4411: "away", 4401: "signed_out", 4403: "no_right", 4404: "no_right", 1011: "failed" }

/** What the worklet says of what it plays. */
interface Told {
  takenMs: number | null
  atS: number
}

/** Called by a press: a browser lets a page that nobody has touched play nothing. */
export function openSoundWith(workletUrl: string, callId: string, told: (heard: Heard) => void): Sound {
  const clock = new CentreClock()
  let context: AudioContext | null = null
  let socket: WebSocket | null = null
  let node: AudioWorkletNode | null = null
  let isClosed = false
  let cameAt = performance.now()
  let answeredAt = cameAt
  /** Since anything was heard; -1 until it first was. */
  let tries = -1
  let timers: ReturnType<typeof setInterval>[] = []

  function close(): void {
    isClosed = true
    hangUp()
    const audio = context
    context = null
    if (audio && audio.state !== "closed") void audio.close()
  }

  function hangUp(): void {
    timers.forEach(clearInterval)
    timers = []
    const line = socket
    socket = null
    line?.close()
  }

  /** A centre that was begun anew knows its desks' calls only once they are back. */
  function lost(code: number): void {
    const problem = CODES[code]
    const waitMs = AGAIN_MS[tries]
    if (waitMs === undefined || (problem && !(tries > 0 && (problem === "over" || problem === "away")))) return fail(problem ?? "lost")
    tries += 1
    hangUp()
    told({ broken: true })
    timers = [setTimeout(listen, waitMs)]
  }

  function fail(problem: SoundProblem): void {
    if (isClosed) return
    close()
    told({ problem })
  }

  async function begin(): Promise<void> {
    const opened = (context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" }))
    await opened.audioWorklet.addModule(workletUrl)
    if (isClosed) return
    const frames = (ms: number): number => (ms * RATE_HZ) / 1000
    const options = { begin: frames(BEGIN_MS), most: frames(MOST_MS), every: frames(TELL_MS) }
    node = new AudioWorkletNode(opened, "player", { numberOfInputs: 0, outputChannelCount: [2], processorOptions: options })
    node.port.onmessage = ({ data }: MessageEvent<Told>) => tell(data, opened)
    node.connect(opened.destination)
    void opened.resume()
    listen()
  }

  function listen(): void {
    hangUp()
    cameAt = answeredAt = performance.now()
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/calls/${encodeURIComponent(callId)}/sound`
    const line = (socket = new WebSocket(address))
    line.binaryType = "arraybuffer"
    line.onopen = ping
    line.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (line === socket) come(data)
    }
    line.onclose = ({ code }) => {
      if (line === socket) lost(code)
    }
    timers = [setInterval(ping, PING_MS), setInterval(look, TELL_MS)]
  }

  function come(data: ArrayBuffer | string): void {
    answeredAt = performance.now()
    tries = 0
    if (typeof data === "string") pong(JSON.parse(data) as Pong)
    else take(data)
  }

  function ping(): void {
    const asked: Ping = { type: "ping", at: performance.now() }
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(asked))
  }

  function pong({ at, clock_ms }: Pong): void {
    clock.answered(at, clock_ms, performance.now())
  }

  function take(bytes: ArrayBuffer): void {
    cameAt = performance.now()
    const piece = pieceOf(bytes)
    node?.port.postMessage(piece, [piece.pcm.buffer as ArrayBuffer])
  }

  function look(): void {
    const silentMs = performance.now() - cameAt
    if (performance.now() - answeredAt > DEAD_MS) lost(DEAD)
    else if (context?.state === "suspended" && performance.now() - beganAt > AWAKE_MS) fail("asleep")
    else if (silentMs >= QUIET_MS && socket?.readyState === WebSocket.OPEN) told({ quiet: true })
  }

  /** What the worklet filled at `atS` is heard once the sound card has come to it. */
  function tell({ takenMs, atS }: Told, from: AudioContext): void {
    const centreMs = clock.at(performance.now())
    if (!socket || takenMs === null || centreMs === null) return
    const untilHeardMs = 1000 * (atS - from.currentTime + (from.outputLatency || from.baseLatency || 0))
    told({ delayMs: centreMs + untilHeardMs - takenMs })
  }

  const beganAt = performance.now()
  begin().catch(() => fail("unsupported"))
  return { close }
}
