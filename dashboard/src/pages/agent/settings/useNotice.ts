/** Tells of a hint while nobody sees the page: in the tab's title, and by a notification where that is wanted. */
import { onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue"
import type { HintLife } from "../../../call/view"
import { sayOf } from "../../../texts/rulebook"
import { hostDocument } from "../../../ui/host"

const KEY = "callcoach.notification"
const TITLE = "callcoach"

export interface Notice {
  /** Notifications are wanted and allowed. */
  isOn: Ref<boolean>
  /** Whether this browser has notifications and nobody has forbidden them. */
  can: Ref<boolean>
  /** To be called by a click: the browser asks then, and only then. */
  set: (on: boolean) => Promise<void>
}

export function useNotice(shown: ComputedRef<HintLife | null>): Notice {
  const has = typeof Notification !== "undefined"
  const can = ref(has && Notification.permission !== "denied")
  const isOn = ref(has && Notification.permission === "granted" && localStorage.getItem(KEY) === "on")
  let note: Notification | null = null

  async function set(on: boolean): Promise<void> {
    const allowed = on && has ? await Notification.requestPermission() : "default"
    can.value = has && Notification.permission !== "denied"
    isOn.value = on && allowed === "granted"
    localStorage.setItem(KEY, isOn.value ? "on" : "off")
  }

  /** The mini window is seen whatever becomes of the tab. */
  function isHidden(): boolean {
    return document.hidden && hostDocument() === document
  }

  function tell(): void {
    const life = shown.value
    document.title = life && isHidden() ? `● ${sayOf(life.raised)}` : TITLE
    if (!life || !isHidden()) take()
  }

  function take(): void {
    note?.close()
    note = null
  }

  watch(
    () => shown.value?.seq,
    () => {
      take()
      tell()
      if (!shown.value || shown.value.isShown || !isOn.value || !isHidden()) return
      // No words of the customer: a notification may stand on a shared screen.
      note = new Notification(sayOf(shown.value.raised), { tag: TITLE, icon: "/icon.svg", silent: true })
      note.onclick = () => window.focus()
    },
    { immediate: true, flush: "post" },
  )
  document.addEventListener("visibilitychange", tell)
  onScopeDispose(() => {
    document.removeEventListener("visibilitychange", tell)
    take()
    document.title = TITLE
  })
  return { isOn, can, set }
}
