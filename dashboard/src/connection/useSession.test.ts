import { effectScope, type EffectScope } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { ask } from "../api/ask"
import type { Session, SessionPerson } from "../api/http"
import { LOOK_MS, useSession, type SignedIn } from "./useSession"

const PERSON: SessionPerson = { id: "u1", login: "lin", name: "林晓雯", role: "agent", team: "A 组", agent_id: "1027", may: ["self", "call.answer"] }

let scope: EffectScope
let answer: { status: number; body?: Partial<Session> } | null
let asked: number

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal("window", globalThis)
  scope = effectScope()
  asked = 0
  vi.stubGlobal("fetch", async (path: string) => {
    if (path === "/api/session") asked += 1
    if (!answer) throw new TypeError("no server")
    const { status, body } = path === "/api/session" ? answer : { status: 401, body: { detail: "nobody" } }
    return { status, text: async () => JSON.stringify({ company: "锦和", is_first_run: false, ...body }) }
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function begun(): Promise<SignedIn> {
  const signedIn = scope.run(() => useSession())!
  await vi.advanceTimersByTimeAsync(0)
  return signedIn
}

it("refuses nothing before the server has said who is here", async () => {
  answer = null
  const { may, hasEnded, person } = await begun()
  expect([may("call.answer"), hasEnded.value, person.value]).toEqual([true, false, null])
})

it("knows what the person may do", async () => {
  answer = { status: 200, body: { person: PERSON } }
  const { may } = await begun()
  expect([may("call.answer"), may("people.read")]).toEqual([true, false])
})

it("keeps whose page it is when the session ends, and looks at once when any answer says so", async () => {
  answer = { status: 200, body: { person: PERSON } }
  const { may, hasEnded, person } = await begun()
  answer = { status: 200, body: { person: null } }
  await ask("GET /api/calls/latest")
  await vi.advanceTimersByTimeAsync(0)
  expect([hasEnded.value, person.value?.id, may("self"), asked]).toEqual([true, "u1", false, 2])
  answer = { status: 200, body: { person: PERSON } }
  await vi.advanceTimersByTimeAsync(LOOK_MS) // signed in again in another tab
  expect([hasEnded.value, may("self")]).toEqual([false, true])
})

it("changes nothing while the server does not answer", async () => {
  answer = { status: 200, body: { person: PERSON } }
  const { hasEnded } = await begun()
  for (const silent of [null, { status: 503 }]) {
    answer = silent
    await vi.advanceTimersByTimeAsync(LOOK_MS)
    expect(hasEnded.value).toBe(false)
  }
})

it("is deaf when its page is gone", async () => {
  answer = { status: 200, body: { person: PERSON } }
  await begun()
  scope.stop()
  const before = asked
  await ask("GET /api/calls/latest")
  await vi.advanceTimersByTimeAsync(3 * LOOK_MS)
  expect(asked).toBe(before)
})
