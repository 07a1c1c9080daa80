import { describe, expect, it } from "vitest"
import type { Event, HelpAsked, WhisperSent } from "../api/events"
import { CLOSED_MS, dockOf, waitingOf, type Said } from "./dock"
import { hint, started, step, viewOf } from "./testing"

const asked = (at_ms: number, reason: HelpAsked["reason"] = ""): Event => ({ kind: "HelpAsked", at_ms, reason, actor: "a" })
const received = (at_ms: number, ...by: string[]): Event => ({ kind: "HelpReceived", at_ms, by, goal_s: 90, is_escalated: false })
const escalated = (at_ms: number, ...by: string[]): Event => ({ ...received(at_ms, ...by), is_escalated: true }) as Event
const GOAL_MS = 90_000
const taken = (at_ms: number): Event => ({ kind: "HelpTaken", at_ms, by: "王敏", actor: "u" })
const closed = (at_ms: number, because: "withdrawn" | "closed" = "closed"): Event => ({ kind: "HelpClosed", at_ms, because, by: because === "closed" ? "王敏" : "", actor: "u" })
const sent = (at_ms: number, whisper: string): WhisperSent => ({ kind: "WhisperSent", at_ms, whisper, text: `句 ${whisper}`, by: "王敏", actor: "u" })
const seen = (at_ms: number, whisper: string): Event => ({ kind: "WhisperSeen", at_ms, whisper, actor: "a" })

const NOTHING: Said = { help: null, seen: new Set(), opened: null }
const THERE = { isThere: true }
const dock = (events: Event[], nowMs: number, said: Partial<Said> = {}, line = THERE) => dockOf(viewOf([started(), ...events]), nowMs, { ...NOTHING, ...said }, line, null)
const help = (events: Event[], nowMs: number, said: Partial<Said> = {}, line = THERE) => {
  const shown = dock(events, nowMs, said, line)
  return shown.show === "help" ? [shown.help.state, shown.help.by.join("、"), shown.help.waitedMs] : shown.show
}

describe("help", () => {
  it("is received only once somebody has said so, then taken, given back, closed", () => {
    expect(help([asked(1000)], 3000)).toEqual(["sending", "", 2000])
    expect(help([asked(1000), received(1100)], 3000)).toEqual(["nobody", "", 2000])
    const got = [asked(1000), received(1100, "王敏", "刘洋")]
    expect(help(got, 19_000)).toEqual(["received", "王敏、刘洋", 18_000])
    expect(help(got, 1000 + GOAL_MS)).toEqual(["late", "王敏、刘洋", GOAL_MS])
    expect(help(got, 999 + GOAL_MS)).toEqual(["received", "王敏、刘洋", GOAL_MS - 1])
    expect(help([...got, escalated(91_000, "刘洋")], 92_000)).toEqual(["escalated", "刘洋", 91_000])
    expect(help([...got, taken(20_000)], 90_000)).toEqual(["taken", "王敏", 89_000])
    expect(help([...got, taken(20_000), received(30_000, "刘洋")], 40_000)).toEqual(["received", "刘洋", 39_000])
    expect(help([...got, closed(40_000)], 40_000 + CLOSED_MS - 1)).toEqual(["closed", "王敏", null])
    expect(help([...got, closed(40_000)], 40_000 + CLOSED_MS)).toBe("next")
    expect(help([...got, closed(40_000, "withdrawn")], 40_000)).toBe("next")
  })

  it("keeps its clock when another reason is given, and begins anew once it was closed", () => {
    const view = viewOf([started(), asked(1000), asked(5000, "dialect")])
    expect(view.help).toMatchObject({ seq: 2, askedMs: 1000, reason: "dialect" })
    expect(viewOf([started(), asked(1000), closed(2000), asked(3000)]).help).toMatchObject({ seq: 4, askedMs: 3000, closed: null })
  })

  it("has no answers while nobody wants it", () => {
    expect(viewOf([started(), received(1, "王敏"), taken(2), closed(3)]).help).toBeNull()
    expect(viewOf([started(), asked(1), closed(2), taken(3)]).help).toMatchObject({ taken: null })
  })

  it("was pressed on this page before it is a record, and says when it cannot get there", () => {
    const pressed = { help: { isWanted: true, reason: "" as const } }
    expect(help([], 3000, pressed)).toEqual(["sending", "", null])
    expect(help([], 3000, pressed, { isThere: false })).toEqual(["unsent", "", null])
    expect(help([asked(1000)], 3000, {}, { isThere: false })).toEqual(["unsent", "", 2000])
    expect(help([asked(1000), received(1100, "王敏")], 3000, {}, { isThere: false })).toEqual(["received", "王敏", 2000])
    expect(help([asked(1000)], 3000, { help: { isWanted: false, reason: "" } })).toBe("next")
  })
})

describe("a sentence of the lead", () => {
  it("stands over help and everything else until it is seen; others wait in order", () => {
    const events = [asked(500), sent(1000, "1"), sent(2000, "2"), sent(3000, "3")]
    expect(dock(events, 4000)).toMatchObject({ show: "message", whisper: { id: "1", atMs: 1000 }, more: 2, help: { state: "sending" } })
    expect(dock([...events, seen(4000, "1")], 4000)).toMatchObject({ whisper: { id: "2" }, more: 1 })
    expect(dock(events, 4000, { seen: new Set(["1", "2"]) })).toMatchObject({ whisper: { id: "3" }, more: 0 })
    expect(dock([...events, sent(4000, "1"), seen(4000, "1"), seen(4000, "2"), seen(4000, "3")], 4000).show).toBe("help")
  })

  it("waits for the end of a silent call unless it is asked for", () => {
    const events = [step(2, 900), sent(1000, "1")]
    const view = viewOf([started(), ...events])
    expect(dock(events, 2000).show).toBe("next")
    expect(waitingOf(view, NOTHING)).toBe(1)
    expect(dock(events, 2000, { opened: "1" }).show).toBe("message")
    expect(waitingOf(view, { ...NOTHING, opened: "1" })).toBe(0)
    expect(dock([...events, step(0, 3000, { state: "over" })], 3000).show).toBe("message")
  })
})

it("tells who listens as long as they do", () => {
  const listens = (kind: "ListenStarted" | "ListenEnded", at_ms: number, actor: string): Event => ({ kind, at_ms, by: "王敏", actor })
  const events = [listens("ListenStarted", 1, "u"), listens("ListenStarted", 2, "u"), listens("ListenStarted", 3, "v"), listens("ListenEnded", 4, "u")]
  expect(viewOf([started(), ...events]).listeners).toEqual([{ by: "王敏", actor: "v" }])
  expect(viewOf([started(), ...events, listens("ListenEnded", 5, "v")]).listeners).toEqual([])
})

it("says next what is to be read out: by the script, or by the hint that stands there", () => {
  const life = { seq: 1, raised: hint(1, 5000, { form: "speak", say: "大概一分钟，您看可以吗？" }), isShown: true, paintMs: null, doneAtMs: null, doneNote: "", doneNoteEn: "", outcome: null }
  expect(dockOf(viewOf([started()]), 6000, NOTHING, THERE, life)).toEqual({ show: "next", line: "大概一分钟，您看可以吗？", from: "hint" })
  expect(dock([step(2, 900, { state: "say", say: "您好！", next_say: "抱歉" })], 1000)).toEqual({ show: "next", line: "您好！", from: "script" })
  expect(dock([], 1000)).toEqual({ show: "next", line: "", from: null })
})
