/** Ctrl+Enter, or Cmd+Enter, sends what is being written; the Enter that ends an IME's composition sends nothing. */
import { inHost } from "../ui/host"

export function isSend(event: KeyboardEvent): boolean {
  const isComposing = event.isComposing || event.keyCode === 229
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat && !isComposing
}

/** Typed in another field it is that field's; `within`: what holds one's own. */
export function useSending(within: () => HTMLElement | null, send: () => void): void {
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || !isSend(event)) return
    const target = event.target as HTMLElement | null
    const isField = target?.tagName === "TEXTAREA" || target?.tagName === "INPUT"
    if (isField && !within()?.contains(target)) return
    event.preventDefault()
    send()
  }

  inHost(({ window }) => {
    window.addEventListener("keydown", press)
    return () => window.removeEventListener("keydown", press)
  })
}
