import { effectScope, nextTick, ref, shallowRef, type EffectScope } from "vue"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Event } from "../../api/events"
import type { HeadsetStatus } from "../../api/http"
import { spanKey } from "../../call/sound"
import { CALL, RESTS_ON, hint, measured, recording, started, stopped, viewOf } from "../../call/testing"
import { emptyView, type View } from "../../call/view"
import type { Connection } from "../../connection/useCall"
import { AGAIN_MS, useControl, type Control } from "./headset/useControl"
import { useFacts, type Facts } from "./facts/useFacts"
import { useHeadset } from "./headset/useHeadset"
import { usePlayback, type Playback } from "./score/usePlayback"

type Answer = { status: number; body?: object }
let scope: EffectScope
let asked: [string, string, unknown][]
let answers: Record<string, Answer | undefined>
let kept: Map<string, string>
const view = shallowRef<View>(emptyView())
const headset = shallowRef<HeadsetStatus | null>(null)

function headsetOf(call_id: string | null, is_auto = false): HeadsetStatus {
  return { lines: [], is_auto, facts: started().facts, call_id }
}

beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
  asked = []
  answers = {}
  kept = new Map()
  view.value = emptyView()
  headset.value = null
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const method = init.method ?? "GET"
    asked.push([method, path, init.body ? JSON.parse(String(init.body)) : undefined])
    const answer = answers[`${method} ${path}`]
    if (!answer) throw new TypeError("no server")
    return { ok: answer.status < 300, status: answer.status, text: async () => JSON.stringify(answer.body ?? {}) }
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe("start and end", () => {
  let begun: string[]
  function control(isLatest = true): Control {
    begun = []
    const means = { view, headset, isListening: () => false, isLatest, factsToSend: () => ({ company: "甲" }), started: (id: string) => void begun.push(id) }
    return scope.run(() => useControl(means))!
  }

  it("starts at the first press, with the facts", async () => {
    headset.value = headsetOf(null)
    answers["POST /api/calls"] = { status: 201, body: { call_id: "c9" } }
    expect(control().press()).toBe(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toEqual([["POST", "/api/calls", { company: "甲" }]])
    expect(begun).toEqual(["c9"])
  })

  it("shows the call that runs already, and says what was wrong otherwise", async () => {
    headset.value = headsetOf(null)
    const { start, problem } = control()
    answers["POST /api/calls"] = { status: 409, body: { detail: "busy", call_id: "c1" } }
    await start()
    expect([begun, problem.value]).toEqual([["c1"], null])
    answers["POST /api/calls"] = { status: 422, body: { detail: "company is 3" } }
    await start()
    expect(problem.value).toEqual({ what: "start", detail: "company is 3" })
    answers["POST /api/calls"] = undefined
    await start()
    expect(problem.value).toEqual({ what: "start", detail: "" })
  })

  it("ends at the second press within three seconds, whatever the call says in between", async () => {
    view.value = viewOf([started()])
    headset.value = headsetOf(CALL)
    answers[`POST /api/calls/${CALL}/end`] = { status: 200 }
    const { press, isArmed } = control()
    press()
    expect(isArmed.value).toBe(true)
    await vi.advanceTimersByTimeAsync(AGAIN_MS)
    expect([isArmed.value, asked.length]).toEqual([false, 0])
    press()
    view.value = viewOf([started(), { kind: "ClockTicked", at_ms: 900 }])
    await nextTick()
    expect(isArmed.value).toBe(true)
    press()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toEqual([["POST", `/api/calls/${CALL}/end`, undefined]])
    expect(isArmed.value).toBe(false)
  })

  it("has nothing to press without a headset, for another's call, or on an old call's page", () => {
    expect(control().press()).toBe(false)
    view.value = viewOf([started()])
    headset.value = headsetOf("other")
    expect(control().press()).toBe(false)
    view.value = emptyView()
    expect(control(false).press()).toBe(false)
    expect(asked).toEqual([])
  })
})

describe("facts", () => {
  const facts = (): Facts => scope.run(() => useFacts(view, headset, () => ({ name: "林晓雯", isFixed: false })))!
  const PUT = `PUT /api/calls/${CALL}/facts`

  it("are kept until the start and remembered without the customer", async () => {
    headset.value = headsetOf(null)
    const { form, write, commit, toSend, taken } = facts()
    write("company", "甲")
    write("customer_name", "李")
    write("recording_consent", true)
    await commit()
    expect(asked).toEqual([])
    expect(toSend()).toEqual({ company: "甲", customer_name: "李", recording_consent: true })
    expect([...kept.values()]).toEqual(['{"company":"甲"}'])
    taken()
    expect(form.value).toMatchObject({ company: "甲", customer_name: "张女士", recording_consent: false })
  })

  it("show the consent that the team's settings give, and send none that nobody told", () => {
    headset.value = { ...headsetOf(null), consent: "always" }
    const { form, write, toSend } = facts()
    expect(form.value.recording_consent).toBe(true)
    expect(toSend()).toEqual({})
    write("recording_consent", false)
    expect(form.value.recording_consent).toBe(false)
    expect(toSend()).toEqual({ recording_consent: false })
    headset.value = { ...headsetOf(null), consent: "never" }
    write("recording_consent", true)
    expect(form.value.recording_consent).toBe(false)
  })

  it("are told at once during a call, and only what is new", async () => {
    view.value = viewOf([started()])
    answers[PUT] = { status: 202 }
    const { write, commit, state, form } = facts()
    write("customer_name", "李")
    write("company", "锦和")
    await commit()
    expect(asked).toEqual([["PUT", `/api/calls/${CALL}/facts`, { customer_name: "李" }]])
    expect([state.value, form.value.customer_name]).toEqual(["saved", "李"])
  })

  it("keep a refused name for another try, and show no consent that is not in force", async () => {
    view.value = viewOf([started()])
    answers[PUT] = { status: 422, body: { detail: "too long" } }
    const { write, commit, state, detail, form } = facts()
    write("customer_name", "李")
    write("recording_consent", true)
    await commit()
    expect([state.value, detail.value]).toEqual(["problem", "too long"])
    expect(form.value).toMatchObject({ customer_name: "李", recording_consent: false })
  })

  it("of a call are nothing of the next, not even half-written", async () => {
    view.value = viewOf([started()])
    headset.value = headsetOf(CALL)
    const { write, form } = facts()
    write("customer_name", "王")
    view.value = viewOf([started(), { kind: "CallEnded", actor: null, at_ms: 9, reason: "finished" }])
    await nextTick()
    expect(form.value.customer_name).toBe("张女士")
  })

  it("filled in before a call that begins by itself go with it", async () => {
    headset.value = headsetOf(CALL, true)
    answers[PUT] = { status: 202 }
    const { write } = facts()
    write("customer_name", "王")
    view.value = viewOf([started()])
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toEqual([["PUT", `/api/calls/${CALL}/facts`, { customer_name: "王" }]])
  })
})

describe("the headset", () => {
  it("is looked at each second while wanted, and not after the server said there is none", async () => {
    const [wanted, callId] = [ref(true), ref("")]
    const connection = ref({ state: "idle" } as Connection)
    answers["GET /api/headset"] = { status: 200, body: headsetOf(null) }
    const found = scope.run(() => useHeadset(wanted, callId, connection))!
    await vi.advanceTimersByTimeAsync(2500)
    expect([asked.length, found.value?.call_id]).toEqual([3, null])
    wanted.value = false
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toHaveLength(3)
    callId.value = "c1"
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(4)
    answers["GET /api/headset"] = { status: 404 }
    wanted.value = true
    await vi.advanceTimersByTimeAsync(5000)
    expect([asked.length, found.value]).toEqual([5, null])
    connection.value = { state: "offline" } as Connection
    await nextTick()
    connection.value = { state: "open" } as Connection
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toHaveLength(6)
  })
})

it("of somebody who may not see the headset is not asked for, and is once they may", async () => {
  const [wanted, callId, may] = [ref(true), ref(""), ref(false)]
  answers["GET /api/headset"] = { status: 200, body: headsetOf(null) }
  scope.run(() => useHeadset(wanted, callId, ref({ state: "idle" } as Connection), () => may.value))
  callId.value = "c1"
  await vi.advanceTimersByTimeAsync(3000)
  expect(asked).toHaveLength(0)
  may.value = true
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toHaveLength(1)
})

it("asks again when a call began while an older answer was under way", async () => {
  const [wanted, callId] = [ref(true), ref("")]
  const open: ((answer: object) => void)[] = []
  vi.stubGlobal("fetch", () => new Promise((done) => open.push((body) => done({ status: 200, text: async () => JSON.stringify(body) }))))
  const found = scope.run(() => useHeadset(wanted, callId, ref({ state: "idle" } as Connection)))!
  callId.value = CALL
  await nextTick()
  wanted.value = false
  open[0]!(headsetOf(null))
  await vi.advanceTimersByTimeAsync(0)
  open[1]!(headsetOf(CALL))
  await vi.advanceTimersByTimeAsync(0)
  expect(found.value?.call_id).toBe(CALL)
})

it("does not stay ready when the server is away", async () => {
  answers["GET /api/headset"] = { status: 200, body: headsetOf(null) }
  const found = scope.run(() => useHeadset(ref(true), ref(""), ref({ state: "idle" } as Connection)))!
  await vi.advanceTimersByTimeAsync(500)
  expect(found.value).not.toBeNull()
  answers = {}
  await vi.advanceTimersByTimeAsync(4000)
  expect(found.value).toBeNull()
})

describe("evidence", () => {
  const AUDIO = `GET /api/calls/${CALL}/audio`
  const SPAN = { channel: "agent", start_ms: 5000, end_ms: 7000, quote: "", quote_en: "" } as const
  const over: Event[] = [
    { kind: "CallEnded", actor: null, at_ms: 9000, reason: "finished" },
    { kind: "CallScored", at_ms: 9000, total: 88, fatal: 0, groups: [], items: [], ...RESTS_ON },
  ]
  const sound = { addEventListener: vi.fn(), removeAttribute: vi.fn(), load: vi.fn(), src: "", currentTime: 0, seeking: false, play: async () => {}, pause: vi.fn(), ontimeupdate: null as null | (() => void), onerror: null as null | (() => void) }
  const playback = (): Playback => scope.run(() => usePlayback(view))!

  beforeEach(() => {
    sound.src = ""
    vi.stubGlobal("Audio", function () {
      return sound
    })
  })

  it("plays from a second before its start to its end", async () => {
    view.value = viewOf([started(), hint(1, 900), recording, ...over])
    const { state, playing, toggle, stop } = playback()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([state.value, asked.length, sound.src]).toEqual(["ready", 0, ""])
    toggle(SPAN)
    expect([sound.src, sound.currentTime, playing.value]).toEqual([`/api/calls/${CALL}/audio`, 4, spanKey(SPAN)])
    sound.currentTime = 6.9
    sound.ontimeupdate?.()
    expect(playing.value).not.toBe("")
    sound.currentTime = 7
    sound.ontimeupdate?.()
    expect([playing.value, stop()]).toEqual(["", false])
    toggle(SPAN)
    expect(stop()).toBe(true)
  })

  it("falls silent when the consent is withdrawn, and stays so", async () => {
    const events: Event[] = [started(), { kind: "RecordingStarted", at_ms: 5 }, ...over]
    view.value = viewOf(events)
    const { state, playing, toggle } = playback()
    await vi.advanceTimersByTimeAsync(0)
    toggle(SPAN)
    expect([state.value, playing.value]).toEqual(["ready", spanKey(SPAN)])
    view.value = viewOf([...events, { kind: "RecordingStopped", actor: null, at_ms: 9000, reason: "withdrawn", detail: "" }])
    await vi.advanceTimersByTimeAsync(0)
    expect([state.value, playing.value]).toEqual(["none", ""])
    expect(sound.removeAttribute).toHaveBeenCalledWith("src")
  })

  it.each([
    ["none", []],
    ["no_consent", [measured(100)]],
    ["withdrawn", [recording, stopped("withdrawn")]],
  ] as [string, Event[]][])("says by the records why there is none, and asks nobody: %s", async (why, events) => {
    view.value = viewOf([started(), ...events, ...over])
    const { state, because } = playback()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([state.value, because.value, asked.length]).toEqual(["none", why, 0])
  })

  it.each([
    ["no_right", 403, "none", [recording]],
    ["offline", null, "ready", [recording]],
    ["unfinished", 404, "ready", [recording]],
    ["broken", 404, "none", [recording, stopped("disk_full")]],
    ["broken", 206, "none", [recording]],
  ] as [string, number | null, string, Event[]][])("says why what was to be played cannot be heard: %s, %s", async (why, status, later, events) => {
    if (status !== null) answers[AUDIO] = { status }
    view.value = viewOf([started(), ...events, ...over])
    const { state, because, playing, toggle } = playback()
    toggle(SPAN)
    sound.onerror?.()
    await vi.advanceTimersByTimeAsync(0)
    expect([state.value, because.value, playing.value]).toEqual(["none", why, ""])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state.value).toBe(later)
  })
})
