// @vitest-environment happy-dom
import { computed, effectScope, nextTick, ref, type EffectScope } from "vue"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { hint, started, viewOf } from "../../../call/testing"
import { useNotice, type Notice } from "./useNotice"

let scope: EffectScope
let told: string[]
let permission: NotificationPermission
let answer: NotificationPermission
let isHidden: boolean
const raised = ref(0)
const life = computed(() => (raised.value ? viewOf([started(), hint(raised.value, 900, { form: "speak", say: "您请讲" })]).hints[0]! : null))
const shown = computed(() => life.value && { ...life.value, seq: raised.value })

beforeEach(() => {
  scope = effectScope()
  told = []
  permission = answer = "default"
  isHidden = false
  raised.value = 0
  localStorage.clear()
  vi.spyOn(document, "hidden", "get").mockImplementation(() => isHidden)
  class Told {
    static get permission(): NotificationPermission {
      return permission
    }
    static async requestPermission(): Promise<NotificationPermission> {
      return (permission = answer)
    }
    constructor(title: string) {
      told.push(title)
    }
    close(): void {
      told.push("closed")
    }
  }
  vi.stubGlobal("Notification", Told)
})

afterEach(() => {
  scope.stop()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const notice = (): Notice => scope.run(() => useNotice(shown))!

async function look(hidden: boolean): Promise<void> {
  isHidden = hidden
  document.dispatchEvent(new Event("visibilitychange"))
  await nextTick()
}

it("has the hint in the tab's title while the page is hidden, and nowhere else", async () => {
  notice()
  raised.value = 1
  await nextTick()
  expect(document.title).toBe("callcoach")
  await look(true)
  expect(document.title).toBe("● 「您请讲」")
  raised.value = 0
  await nextTick()
  expect([document.title, told]).toEqual(["callcoach", []])
})

it("asks for permission by a click only, and notifies of a hint that came out of sight", async () => {
  const { isOn, set } = notice()
  expect([isOn.value, permission]).toEqual([false, "default"])
  answer = "granted"
  await set(true)
  await look(true)
  raised.value = 1
  await nextTick()
  expect([isOn.value, told]).toEqual([true, ["「您请讲」"]])
  await look(false)
  expect(told).toEqual(["「您请讲」", "closed"])
  raised.value = 2
  await nextTick()
  expect(told).toHaveLength(2)
})

it("stays off where the browser was told no, and remembers a yes", async () => {
  const first = notice()
  answer = "denied"
  await first.set(true)
  expect([first.isOn.value, first.can.value]).toEqual([false, false])
  permission = answer = "granted"
  await notice().set(true)
  expect(notice().isOn.value).toBe(true)
})
