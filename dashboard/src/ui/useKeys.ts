/** Keys of a page, off while somebody types or an IME composes (WCAG 2.1.4: they can be switched off). */
import { ref, type Ref } from "vue"
import { inHost } from "./host"

const KEY = "callcoach.keys"

/**
 * `actions` by KeyboardEvent.key, letters in lower case; an action that returns false leaves the key alone.
 * With `Shift+` before it an action is for the key with Shift, where another one is for it alone.
 * F1 to F12 type nothing, so they work in a field as well.
 */
export function useKeys(actions: Record<string, () => boolean | void>): { isOn: Ref<boolean>; toggle: () => void } {
  const isOn = ref(localStorage.getItem(KEY) !== "off")

  function press(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return
    if (isTyping(event.target) && !/^F\d+$/.test(event.key)) return
    if (event.key === " " && isTicked(event.target)) return
    const isSingle = event.key.length === 1
    if (isSingle && !isOn.value && event.key !== "?") return
    if (event.repeat) return
    const key = isSingle ? event.key.toLowerCase() : event.key
    const action = (event.shiftKey && actions[`Shift+${key}`]) || actions[key]
    if (action && action() !== false) event.preventDefault()
  }

  function toggle(): void {
    isOn.value = !isOn.value
    localStorage.setItem(KEY, isOn.value ? "on" : "off")
  }

  inHost((host) => {
    const target = host.window
    target.addEventListener("keydown", press)
    return () => target.removeEventListener("keydown", press)
  })
  return { isOn, toggle }
}

/** For a page whose parts know what each of its keys does. */
export function keysTo(actions: readonly string[], press: (key: string) => boolean): Record<string, () => boolean> {
  return Object.fromEntries(actions.map((key) => [key, () => press(key)]))
}

const TYPED_IN = new Set(["text", "search", "tel", "email", "url", "number", "password"])

/** Told by the tag, not by class: an element of the mini window is of another window's class. A tick box takes no letters. */
function isTyping(target: EventTarget | null): boolean {
  const { tagName, isContentEditable, type } = (target ?? {}) as Partial<HTMLInputElement>
  if (isContentEditable || tagName === "TEXTAREA" || tagName === "SELECT") return true
  return tagName === "INPUT" && TYPED_IN.has(type ?? "text")
}

/** By Space: a box that has the focus is ticked, whatever else Space does on the page. */
function isTicked(target: EventTarget | null): boolean {
  const { tagName, type } = (target ?? {}) as Partial<HTMLInputElement>
  return tagName === "INPUT" && (type === "checkbox" || type === "radio")
}
