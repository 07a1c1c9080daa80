// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { computed, ref } from "vue"
import { t } from "../../../texts"
import { at, liveOf, shown, textOf } from "../testing"
import { Loudness, messageOf, samplesOf } from "./block"
import { openLine, TAKEN_OVER, type AudioLine } from "./line"
import MicrophoneCheck from "./MicrophoneCheck.vue"
import { microphoneLine } from "./microphoneLine"

class FakeSocket {
  static readonly OPEN = 1
  static opened: FakeSocket[] = []
  readyState = 0
  bufferedAmount = 0
  sent: unknown[] = []
  onopen?: () => void
  onmessage?: (message: { data: string }) => void
  onclose?: (closed: { code: number }) => void

  constructor(readonly url: string) {
    FakeSocket.opened.push(this)
  }

  send(data: unknown): void {
    this.sent.push(data)
  }

  close(): void {
    this.readyState = 3
  }

  begin(): void {
    this.readyState = 1
    this.onopen?.()
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

const told: unknown[] = []
const lost: [number, boolean][] = []

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] })
  vi.stubGlobal("WebSocket", FakeSocket)
  FakeSocket.opened = []
  told.length = lost.length = 0
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function line(): AudioLine {
  return openLine("a-key-of-a-page", {
    sides: () => [{ channel: "agent", device: "USB", rate_hz: 16_000 }],
    told: (message) => void told.push(message),
    lost: (code, isOver) => void lost.push([code, isOver]),
  })
}

it("writes a block as the centre reads it, within a message of 4 KiB at any rate", () => {
  const view = new DataView(messageOf("customer", { frame: 2 ** 33 + 5, pcm: new Int16Array([1, -2]) }))
  expect([view.byteLength, view.getUint32(0, true), view.getBigUint64(4, true), view.getInt16(12, true), view.getInt16(14, true)]).toEqual([16, 1, BigInt(2 ** 33 + 5), 1, -2])
  expect([16_000, 44_100, 48_000].map(samplesOf)).toEqual([960, 2000, 2000])
})

it("tells the level of the last second, and silence from a quiet room", () => {
  const loudness = new Loudness(16_000)
  expect(loudness.dbfs).toBeNull()
  for (let at = 0; at < 40; at += 1) loudness.feed(new Int16Array(960).fill(3277))
  expect(loudness.dbfs).toBeCloseTo(-20, 1)
  for (let at = 0; at < 17; at += 1) loudness.feed(new Int16Array(960))
  expect(loudness.dbfs).toBeNull()
})

it("says what it hears whenever the line is there, answers heartbeats, and opens a new line for a broken one", () => {
  const audio = line()
  const [first] = FakeSocket.opened
  first!.begin()
  expect(JSON.parse(String(first!.sent[0]))).toMatchObject({ type: "listens", key: "a-key-of-a-page", take_over: false })
  first!.tell({ type: "alive" })
  expect(first!.sent.at(-1)).toBe('{"type":"alive"}')
  first!.tell({ type: "ready", call_id: "c1" })
  expect(told).toEqual([{ type: "ready", call_id: "c1" }])
  first!.onclose?.({ code: 1006 })
  expect(lost).toEqual([[1006, false]])
  audio.watch()
  expect(FakeSocket.opened).toHaveLength(1)
  vi.advanceTimersByTime(1100)
  audio.watch()
  expect(FakeSocket.opened).toHaveLength(2)
})

it("leaves a silent line, but not because the page itself was held up", () => {
  const audio = line()
  FakeSocket.opened[0]!.begin()
  vi.advanceTimersByTime(60_000) // no timer ran meanwhile
  audio.watch()
  expect(lost).toEqual([])
  for (let at = 0; at < 6; at += 1) {
    vi.advanceTimersByTime(500)
    audio.watch()
  }
  expect(lost).toEqual([[0, false]])
})

it("opens no line after one that was taken over, and sends no sound into a network that stands still", () => {
  const audio = line()
  const socket = FakeSocket.opened[0]!
  socket.begin()
  socket.bufferedAmount = 100_000
  audio.sound(new ArrayBuffer(4))
  expect(socket.sent).toHaveLength(1)
  socket.tell({ type: "taken_over" })
  expect(lost).toEqual([[TAKEN_OVER, true]])
  vi.advanceTimersByTime(5000)
  audio.watch()
  expect(FakeSocket.opened).toHaveLength(1)
})

it("says in one line what is missing and what to do", () => {
  const { microphone } = liveOf()
  const texts = t.value.live.microphone
  const of = (change: object, running = ""): ReturnType<typeof microphoneLine> =>
    microphoneLine({ ...microphone, isOffered: computed(() => true), ...change }, running, texts)
  expect(microphoneLine(microphone, "c1", texts)).toBeNull() // of a headset
  expect(of({})).toBeNull()
  expect(of({}, "c1")).toMatchObject({ title: texts.elsewhere, does: [{ label: texts.here }] })
  expect(of({ fault: ref("refused") })).toMatchObject({ title: "没有麦克风权限", does: [{ label: texts.again }] })
  expect(of({ fault: ref("insecure") })?.does).toEqual([])
  expect(of({ state: ref("held"), callId: ref("c1") })).toMatchObject({ title: "在另一个页面通话中，接过来？", does: [{ label: "接过来" }, { label: "不用" }] })
  expect(of({ state: ref("on") }, "c1")).toBeNull()
})

it("shows each side with its level, and offers what can be shared", () => {
  const { microphone } = liveOf()
  const on = { ...microphone, state: ref("on" as const), heard: { agent: { device: "USB", dbfs: -35 }, customer: null } }
  const wrapper = shown(MicrophoneCheck, { mini: true }, liveOf({ microphone: on }))
  expect(at(wrapper, "microphone-agent").find("[role=meter]").attributes("aria-valuetext")).toBe("-35 dBFS")
  expect(textOf(at(wrapper, "microphone-agent"))).toContain("已就绪")
  expect(at(wrapper, "microphone-share").text()).toBe("同时听客户")
  expect(at(wrapper, "microphone-consent").exists()).toBe(true)
  const silent = { ...on, canShare: false, heard: { agent: { device: "USB", dbfs: null }, customer: null } }
  const other = shown(MicrophoneCheck, { mini: false }, liveOf({ microphone: silent }))
  expect(textOf(at(other, "microphone-agent"))).toContain("没有声音")
  expect(textOf(at(other, "microphone-customer"))).toContain("不能共享")
})
