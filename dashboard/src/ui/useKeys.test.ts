import { effectScope, type EffectScope } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { useKeys } from "./useKeys"

class Element_ extends EventTarget {
  isContentEditable = false
  constructor(readonly tagName: string) {
    super()
  }
}

let scope: EffectScope
let kept: Map<string, string>
const page = new EventTarget()

beforeEach(() => {
  scope = effectScope()
  kept = new Map()
  vi.stubGlobal("window", page)
  vi.stubGlobal("HTMLElement", Element_)
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
})

afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

function press(key: string, more: object = {}): boolean {
  const event = new Event("keydown", { cancelable: true })
  for (const [name, value] of Object.entries({ key, ...more })) Object.defineProperty(event, name, { value })
  page.dispatchEvent(event)
  return event.defaultPrevented
}

it("does what the key says, in either case", () => {
  const done = vi.fn()
  scope.run(() => useKeys({ d: done, Escape: done }))
  expect([press("d"), press("D"), press("Escape"), press("x")]).toEqual([true, true, true, false])
  expect(done).toHaveBeenCalledTimes(3)
})

it("is off while somebody types, an IME composes, or a modifier is held", () => {
  const done = vi.fn()
  scope.run(() => useKeys({ d: done }))
  press("d", { target: new Element_("INPUT") })
  press("d", { target: new Element_("TEXTAREA") })
  press("d", { isComposing: true })
  press("d", { keyCode: 229 })
  press("d", { ctrlKey: true })
  press("d", { metaKey: true })
  press("d", { repeat: true })
  expect(done).not.toHaveBeenCalled()
})

it("can be switched off for single keys, and keeps that", () => {
  const [done, escape, help] = [vi.fn(), vi.fn(), vi.fn()]
  const keys = scope.run(() => useKeys({ d: done, Escape: escape, "?": help }))!
  keys.toggle()
  press("d")
  press("Escape")
  press("?")
  expect([done, escape, help].map((one) => one.mock.calls.length)).toEqual([0, 1, 1])
  expect([...kept.values()]).toEqual(["off"])
})

it("leaves a key alone that had nothing to do, and all keys when the page goes", () => {
  const done = vi.fn(() => false)
  scope.run(() => useKeys({ d: done }))
  expect(press("d")).toBe(false)
  scope.stop()
  press("d")
  expect(done).toHaveBeenCalledTimes(1)
})

it("leaves Space to a box that has the focus, and its letters to the page", () => {
  const done = vi.fn()
  scope.run(() => useKeys({ " ": done, j: done }))
  expect(press(" ", { target: { tagName: "INPUT", type: "checkbox" } })).toBe(false)
  expect(press(" ", { target: { tagName: "DIV" } })).toBe(true)
  expect(press("j", { target: { tagName: "INPUT", type: "checkbox" } })).toBe(true)
  expect(done).toHaveBeenCalledTimes(2)
})
