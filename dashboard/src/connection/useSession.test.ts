import { effectScope, ref, type EffectScope, type Ref } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import type { Connection } from "./useCall"
import { LOOK_MS, useSession } from "./useSession"

let scope: EffectScope
let answer: { status: number; may_write?: boolean } | null
let opened: number
const connection = ref<Connection>({ state: "open", since: 0, retries: 0, problem: "none" })

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal("window", globalThis)
  scope = effectScope()
  opened = 0
  vi.stubGlobal("fetch", async () => {
    if (!answer) throw new TypeError("no server")
    return { status: answer.status, text: async () => JSON.stringify(answer) }
  })
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function session(): Readonly<Ref<boolean>> {
  return scope.run(() => useSession(connection, () => (opened += 1)))!
}

it("is read only until a link was opened in another tab, and then has its line opened anew", async () => {
  answer = { status: 200, may_write: false }
  const mayWrite = session()
  await vi.advanceTimersByTimeAsync(0)
  expect(mayWrite.value).toBe(false)
  answer = { status: 200, may_write: true }
  await vi.advanceTimersByTimeAsync(LOOK_MS)
  expect([mayWrite.value, opened]).toEqual([true, 1])
  await vi.advanceTimersByTimeAsync(3 * LOOK_MS)
  expect(opened).toBe(1)
})

it("changes nothing while the server does not answer", async () => {
  answer = { status: 200, may_write: false }
  const mayWrite = session()
  await vi.advanceTimersByTimeAsync(0)
  for (const silent of [null, { status: 503 }]) {
    answer = silent
    await vi.advanceTimersByTimeAsync(LOOK_MS)
    expect([mayWrite.value, opened]).toEqual([false, 0])
  }
})
