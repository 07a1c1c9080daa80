// @vitest-environment happy-dom
import { effectScope, shallowRef } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Event } from "../../../api/events"
import { CALL, started, viewOf } from "../../../call/testing"
import type { View } from "../../../call/view"
import { at, liveOf, shown } from "../testing"
import { useWithdrawal, type Withdrawal } from "./useWithdrawal"
import WithdrawConsent from "./WithdrawConsent.vue"

const OVER: Event[] = [started(), { kind: "RecordingStarted", at_ms: 5 }, { kind: "CallEnded", actor: null, at_ms: 9000, reason: "finished" }]
const GONE: Event[] = [...OVER, { kind: "RecordingStopped", actor: null, at_ms: 9000, reason: "withdrawn", detail: "" }]

let scope = effectScope()
let asked: unknown[][]
let status: number
const view = shallowRef<View>(viewOf(OVER))
const withdrawal = (): Withdrawal => scope.run(() => useWithdrawal(view))!

beforeEach(() => {
  scope = effectScope()
  asked = []
  status = 202
  view.value = viewOf(OVER)
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push([init.method, path, JSON.parse(String(init.body))])
    return { ok: status < 300, status, text: async () => JSON.stringify({ detail: "the disk says no" }) }
  })
})

afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

it("deletes at the second press only, and the records say that it is done", async () => {
  const { recording, state, press, leave } = withdrawal()
  expect(recording.value).toBe("kept")
  await press()
  leave()
  await press()
  expect([state.value, asked]).toEqual(["sure", []])
  await press()
  expect(asked).toEqual([["PUT", `/api/calls/${CALL}/facts`, { recording_consent: false }]])
  expect([state.value, recording.value]).toEqual(["", "kept"])
  view.value = viewOf(GONE)
  expect(recording.value).toBe("gone")
})

it("says why nothing was deleted, and can be asked again", async () => {
  status = 503
  const { state, detail, press } = withdrawal()
  await press()
  await press()
  expect([state.value, detail.value]).toEqual(["problem", "the disk says no"])
  status = 202
  await press()
  expect(state.value).toBe("")
})

it("offers nothing while the call runs, nor where nothing was recorded", () => {
  const { recording } = withdrawal()
  view.value = viewOf(OVER.slice(0, 2))
  expect(recording.value).toBe("none")
  view.value = viewOf([OVER[0]!, OVER[2]!])
  expect(recording.value).toBe("none")
})

it("offers it to those who may, and tells all that it was done", () => {
  const shownTo = (mayDoIt: boolean, events: Event[]): boolean[] => {
    const live = liveOf({ may: (action) => mayDoIt || action !== "call.consent" })
    const part = shown(WithdrawConsent, { view: viewOf(events) }, live)
    return [at(part, "withdraw").exists(), at(part, "withdraw-ask").exists()]
  }
  expect(shownTo(true, OVER)).toEqual([true, true])
  expect(shownTo(false, OVER)).toEqual([false, false])
  expect(shownTo(false, GONE)).toEqual([true, false])
})
