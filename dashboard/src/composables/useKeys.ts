/** Keys of a page, off while somebody types or an IME composes (WCAG 2.1.4: they can be switched off). */
import { onScopeDispose, ref, type Ref } from "vue"

const KEY = "callcoach.keys"

/** `actions` by KeyboardEvent.key, letters in lower case; an action that returns false leaves the key alone. */
export function useKeys(actions: Record<string, () => boolean | void>): { isOn: Ref<boolean>; toggle: () => void } {
  const isOn = ref(localStorage.getItem(KEY) !== "off")

  function press(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return
    if (isTyping(event.target)) return
    const isSingle = event.key.length === 1
    if (isSingle && !isOn.value && event.key !== "?") return
    if (event.repeat) return
    const action = actions[isSingle ? event.key.toLowerCase() : event.key]
    if (action && action() !== false) event.preventDefault()
  }

  function toggle(): void {
    isOn.value = !isOn.value
    localStorage.setItem(KEY, isOn.value ? "on" : "off")
  }

  window.addEventListener("keydown", press)
  onScopeDispose(() => window.removeEventListener("keydown", press))
  return { isOn, toggle }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)
}
