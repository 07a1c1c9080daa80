// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { computed, effectScope, nextTick, ref, type EffectScope } from "vue"
import { REOPEN_MS, useReopening } from "./useReopening"

const ended = ref(false)
const isSignedOut = ref(false)
const reopen = vi.fn(() => void (isSignedOut.value = false))
let scope: EffectScope
let looksLike: boolean

beforeEach(() => {
  vi.useFakeTimers()
  ended.value = isSignedOut.value = looksLike = false
  reopen.mockClear()
  scope = effectScope()
  const look = (): Promise<void> => Promise.resolve(void (ended.value = looksLike))
  scope.run(() => useReopening({ isSignedOut, reopen }, { hasEnded: computed(() => ended.value), look }))
})

afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

it("opens a line again whose person may do other things than before", async () => {
  isSignedOut.value = true
  await vi.advanceTimersByTimeAsync(REOPEN_MS)
  expect(reopen).toHaveBeenCalledTimes(1)
})

it("waits for somebody to sign in where the session has ended", async () => {
  looksLike = isSignedOut.value = true
  await vi.advanceTimersByTimeAsync(10 * REOPEN_MS)
  expect(reopen).not.toHaveBeenCalled()
  ended.value = false
  await nextTick()
  expect(reopen).toHaveBeenCalledTimes(1)
})

it("opens nothing any more for a page that has been left", async () => {
  isSignedOut.value = true
  await vi.advanceTimersByTimeAsync(REOPEN_MS / 2)
  scope.stop()
  await vi.advanceTimersByTimeAsync(REOPEN_MS)
  expect(reopen).not.toHaveBeenCalled()
})
