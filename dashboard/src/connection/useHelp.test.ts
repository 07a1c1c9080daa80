import { effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Event } from "../api/events"
import { started, viewOf } from "../call/testing"
import { emptyView, type View } from "../call/view"
import { AGAIN_MS, useHelp, type HelpLine } from "./useHelp"
import type { Connection, FromPage } from "./useCall"

let scope: EffectScope
const view = shallowRef<View>(emptyView())
const connection = ref<Connection>({ state: "open", since: 0, retries: 0, problem: "none" })
let sent: FromPage[]
let help: HelpLine

const asked: Event = { kind: "HelpAsked", at_ms: 10, reason: "", actor: "a" }
const closed: Event = { kind: "HelpClosed", at_ms: 20, because: "closed", by: "王敏", actor: "u" }
const whisper: Event = { kind: "WhisperSent", at_ms: 10, whisper: "w", text: "好", by: "王敏", actor: "u" }

async function know(...events: Event[]): Promise<void> {
  view.value = viewOf([started(), ...events])
  await nextTick()
}

async function line(state: Connection["state"]): Promise<void> {
  connection.value = { ...connection.value, state }
  await nextTick()
}

beforeEach(async () => {
  vi.useFakeTimers()
  sent = []
  await know()
  await line("open")
  scope = effectScope()
  help = scope.run(() => useHelp({ view, connection, send: (message) => connection.value.state === "open" && sent.push(message) > 0 }))!
  vi.advanceTimersByTime(AGAIN_MS)
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

it("says again what no record tells, until one does", async () => {
  help.press()
  vi.advanceTimersByTime(2 * AGAIN_MS)
  expect(sent).toEqual(Array(3).fill({ type: "help", reason: "" }))
  await know(asked)
  vi.advanceTimersByTime(3 * AGAIN_MS)
  expect(sent).toHaveLength(3)
  expect(help.said.value.help).toBeNull()
})

it("keeps what is said without a line, and says it once the past has come over the next one", async () => {
  await line("offline")
  help.press()
  vi.advanceTimersByTime(5 * AGAIN_MS)
  expect(sent).toEqual([])
  expect(help.said.value.help).toMatchObject({ isWanted: true })
  await line("open")
  vi.advanceTimersByTime(2 * AGAIN_MS)
  expect(sent[0]).toEqual({ type: "help", reason: "" })
})

it("asks for nothing that came and was closed while the line was away", async () => {
  help.press()
  await line("offline")
  await line("open")
  await know(asked, closed)
  vi.advanceTimersByTime(5 * AGAIN_MS)
  expect(sent).toHaveLength(1)
  expect(help.said.value.help).toBeNull()
})

it("gives a reason, takes it back and withdraws", async () => {
  expect(help.because("media")).toBe(false)
  help.press()
  expect(help.because("media")).toBe(true)
  help.because("media")
  help.press()
  expect(sent.map((message) => ("reason" in message ? message.reason : message.type))).toEqual(["", "media", "", "help_withdrawn"])
  await know(asked, { kind: "HelpClosed", at_ms: 20, because: "withdrawn", by: "", actor: "a" })
  expect(help.said.value.help).toBeNull()
})

it("tells that a sentence was seen until that is known", async () => {
  await know(whisper)
  help.see("w")
  vi.advanceTimersByTime(AGAIN_MS)
  expect(sent).toEqual(Array(2).fill({ type: "whisper_seen", whisper: "w" }))
  await know(whisper, { kind: "WhisperSeen", at_ms: 20, whisper: "w", actor: "a" })
  vi.advanceTimersByTime(3 * AGAIN_MS)
  expect(sent).toHaveLength(2)
  expect(help.said.value.seen.size).toBe(0)
})
