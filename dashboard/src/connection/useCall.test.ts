import { effectScope, watch, type EffectScope } from "vue"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Event } from "../api/events"
import { CALL, hint, records, started } from "../call/testing"
import { SILENT_MS, TOO_SLOW, UNKNOWN_CALL, useCall, type Call } from "./useCall"

class Socket {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static all: Socket[] = []
  readyState = 0
  sent: string[] = []
  onopen: (() => void) | null = null
  onmessage: ((message: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  constructor(readonly url: string) {
    Socket.all.push(this)
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.readyState = 3
  }

  accept(): void {
    this.readyState = 1
    this.onopen?.()
  }

  tell(events: Event[], first = 1): void {
    for (const record of records(events, first)) this.onmessage?.({ data: JSON.stringify(record) })
  }

  say(told: object): void {
    this.onmessage?.({ data: JSON.stringify(told) })
  }

  break(code = 1006): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
}

let scope: EffectScope
let newest: string | null | undefined

function open(wanted: string): Call {
  return scope.run(() => useCall(wanted))!
}

function socket(): Socket {
  return Socket.all.at(-1)!
}

beforeEach(() => {
  vi.useFakeTimers()
  Socket.all = []
  newest = null
  scope = effectScope()
  vi.stubGlobal("WebSocket", Socket)
  vi.stubGlobal("location", { protocol: "http:", host: "127.0.0.1:8000" })
  vi.stubGlobal("fetch", async () => {
    if (newest === undefined) throw new TypeError("no server")
    return { status: newest === null ? 204 : 200, text: async () => (newest === null ? "" : JSON.stringify({ call_id: newest })) }
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe("useCall", () => {
  it("reconnects after what it has, backing off from 250 ms to 4 s", () => {
    const call = open(CALL)
    expect(socket().url).toBe(`ws://127.0.0.1:8000/ws/calls/${CALL}?after=0&condensed=true`)
    socket().accept()
    socket().tell([started(), { kind: "PhaseChanged", at_ms: 0, phase: "opening" }])
    socket().break()
    expect(call.connection.value).toMatchObject({ state: "offline", retries: 1 })
    for (const [at, wait] of [250, 500, 1000, 2000, 4000, 4000].entries()) {
      expect(Socket.all).toHaveLength(at + 1)
      vi.advanceTimersByTime(wait - 1)
      expect(Socket.all).toHaveLength(at + 1)
      vi.advanceTimersByTime(1)
      expect(socket().url).toMatch(/after=2&/)
      socket().break()
    }
    vi.advanceTimersByTime(4000)
    socket().accept()
    expect(call.connection.value.state).toBe("open")
    socket().tell([{ kind: "ClockTicked", at_ms: 900 }])
    expect(call.connection.value).toMatchObject({ state: "open", retries: 0 })
  })

  it("goes on backing off when the line opens only to close", () => {
    const call = open(CALL)
    for (const wait of [250, 500, 1000]) {
      socket().accept()
      socket().break()
      vi.advanceTimersByTime(wait)
    }
    expect(Socket.all).toHaveLength(4)
    socket().accept()
    expect(call.connection.value.retries).toBe(3)
    vi.advanceTimersByTime(2000)
    expect(call.connection.value).toMatchObject({ state: "open", retries: 0 })
  })

  it("says since when the line is lost, not since the last try", () => {
    const call = open(CALL)
    socket().accept()
    socket().break()
    const { since } = call.connection.value
    vi.advanceTimersByTime(250)
    socket().break()
    expect(call.connection.value).toMatchObject({ state: "offline", retries: 2, since })
  })

  it("opens its line anew where it stands", () => {
    const call = open(CALL)
    socket().accept()
    socket().tell([started(), hint(1, 100)])
    call.reopen()
    expect(Socket.all).toHaveLength(2)
    expect(Socket.all[0]!.readyState).toBe(3)
    expect(socket().url).toMatch(/after=2&condensed=true$/)
    Socket.all[0]!.break() // the old one's end is no loss of the line
    expect(call.connection.value.state).toBe("open")
  })

  it("says what was answered meanwhile once the line is open, and to no other call", () => {
    const call = open(CALL)
    socket().accept()
    call.reopen()
    expect(call.send({ type: "dismissed", hint_seq: 2 })).toBe(true)
    expect(socket().sent).toEqual([])
    socket().break() // it did not open: the next one does
    expect(call.send({ type: "done", hint_seq: 2 })).toBe(false)
    vi.advanceTimersByTime(250)
    expect(call.send({ type: "done", hint_seq: 2 })).toBe(true)
    socket().accept()
    expect(socket().sent.map((text) => JSON.parse(text).type)).toEqual(["dismissed", "done"])
    call.reopen()
    socket().accept()
    expect(socket().sent).toEqual([])
  })

  it("takes nothing twice when the server repeats", () => {
    const call = open(CALL)
    socket().accept()
    socket().tell([started(), hint(1, 100)])
    socket().break()
    vi.advanceTimersByTime(250)
    socket().accept()
    socket().tell([started(), hint(1, 100), hint(2, 900)])
    vi.advanceTimersByTime(50)
    expect(call.view.value.hints.map((life) => life.raised.hint)).toEqual([1, 2])
  })

  it("shows a hint without waiting for the next frame", () => {
    const call = open(CALL)
    socket().tell([started(), hint(1, 100)])
    expect(call.view.value.hints).toHaveLength(1)
  })

  it("comes back at once when it was too slow, and says so for a while", () => {
    const call = open(CALL)
    socket().accept()
    socket().tell([started()])
    socket().break(TOO_SLOW)
    expect(Socket.all).toHaveLength(2)
    expect(socket().url).toMatch(/after=1&/)
    socket().accept()
    expect(call.connection.value).toMatchObject({ state: "open", problem: "too_slow" })
    vi.advanceTimersByTime(6000)
    expect(call.connection.value.problem).toBe("none")
  })

  it("does not ask again for a call nobody knows", () => {
    const call = open("nonsense")
    socket().break(UNKNOWN_CALL)
    vi.advanceTimersByTime(60_000)
    expect(Socket.all).toHaveLength(1)
    expect(call.connection.value).toMatchObject({ state: "idle", problem: "unknown_call" })
  })

  it("waits for a first call and takes up the next one when it has ended", async () => {
    const call = open("latest")
    await vi.advanceTimersByTimeAsync(2500)
    expect(call.connection.value.state).toBe("idle")
    newest = CALL
    await vi.advanceTimersByTimeAsync(1000)
    expect(socket().url).toContain(CALL)
    socket().accept()
    socket().tell([started()])
    newest = "call-2"
    for (let second = 0; second < 3; second += 1) {
      socket().say({ type: "alive" })
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(Socket.all).toHaveLength(1) // a running call is never left
    socket().tell([{ kind: "CallEnded", actor: null, at_ms: 900, reason: "finished" }], 2)
    await vi.advanceTimersByTimeAsync(1000)
    expect(socket().url).toContain("call-2")
    expect(call.view.value).toMatchObject({ callId: "call-2", seq: 0, started: null })
  })

  it("is offline, not idle, when there is no server at all", async () => {
    newest = undefined
    const call = open("latest")
    await vi.advanceTimersByTimeAsync(100)
    expect(call.connection.value.state).toBe("offline")
    newest = null
    await vi.advanceTimersByTimeAsync(1000)
    expect(call.connection.value).toMatchObject({ state: "idle", retries: 0 })
  })

  it("answers on the same socket, and tells when it cannot", () => {
    const call = open(CALL)
    socket().accept()
    expect(call.send({ type: "dismissed", hint_seq: 7, useful: false })).toBe(true)
    expect(socket().sent).toEqual(['{"type":"dismissed","hint_seq":7,"useful":false}'])
    socket().break()
    expect(call.send({ type: "done", hint_seq: 7 })).toBe(false)
  })

  it("takes a line that says nothing for dead, and opens another one", () => {
    const call = open(CALL)
    const swallowed = socket()
    swallowed.accept()
    swallowed.tell([started()])
    for (let second = 0; second < 20; second += 1) {
      vi.advanceTimersByTime(1000)
      swallowed.say({ type: "alive" })
    }
    expect(Socket.all).toHaveLength(1)
    vi.advanceTimersByTime(SILENT_MS - 300)
    expect(call.connection.value.state).toBe("open")
    vi.advanceTimersByTime(600)
    expect(call.connection.value).toMatchObject({ state: "offline", retries: 1 })
    expect(swallowed.readyState).toBe(3)
    expect(Socket.all).toHaveLength(2) // within 3 s
    expect(socket().url).toMatch(/after=1&/)
    swallowed.tell([hint(1, 100)], 2) // what the old line still brings is not wanted any more
    socket().accept()
    socket().tell([hint(1, 100)], 2)
    vi.advanceTimersByTime(50)
    expect(call.connection.value).toMatchObject({ state: "open", retries: 0 })
    expect(call.view.value.hints).toHaveLength(1)
  })

  it("gives up a line that does not even open", () => {
    const call = open(CALL)
    vi.advanceTimersByTime(4900)
    expect(call.connection.value.state).toBe("connecting")
    vi.advanceTimersByTime(1000)
    expect(call.connection.value).toMatchObject({ state: "offline", retries: 1 })
    expect(Socket.all).toHaveLength(2)
  })

  it("reads what came in while the page itself was held up before it calls the line dead", () => {
    open(CALL)
    socket().accept()
    const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000) // the computer slept
    vi.advanceTimersByTime(500)
    expect(Socket.all).toHaveLength(1)
    socket().say({ type: "alive" })
    vi.advanceTimersByTime(500)
    expect(Socket.all).toHaveLength(1)
    now.mockRestore()
  })

  it("finds a dead line in a hidden tab too, whose timers are late by a minute each time", () => {
    const call = open(CALL)
    socket().accept()
    socket().tell([started()])
    const now = vi.spyOn(performance, "now")
    for (const minutes of [1, 2]) {
      now.mockReturnValue(minutes * 60_000)
      vi.advanceTimersByTime(250)
    }
    expect(call.connection.value).toMatchObject({ state: "offline", retries: 1 })
    now.mockRestore()
  })

  it("answers each sign of life, so that the server knows of the page", () => {
    open(CALL)
    socket().accept()
    socket().say({ type: "alive" })
    socket().tell([started()])
    expect(socket().sent).toEqual(['{"type":"alive"}'])
  })

  it("paints a history at once, hints and all, and counts what it left out", () => {
    const call = open(CALL)
    socket().accept()
    const views: number[] = []
    watch(call.view, (view) => views.push(view.seq), { flush: "sync" })
    const past = [...records([started()]), ...records([hint(4, 100), hint(5, 200)], 30), ...records([hint(6, 900)], 40)]
    socket().say({ type: "condensed", seq: 40, left_out: { lines: 12, hints: 3, suppressed: 1 }, records: past })
    expect(views).toEqual([40])
    expect(call.view.value.hints.map((life) => life.raised.hint)).toEqual([4, 5, 6])
    expect(call.view.value.left).toEqual({ lines: 12, hints: 3, suppressed: 1 })
  })

  it("ignores what is no record", () => {
    const call = open(CALL)
    const before = call.view.value
    socket().onmessage?.({ data: '{"type":"error","message":"x"}' })
    socket().onmessage?.({ data: "not json" })
    expect(call.view.value).toBe(before)
  })
})
