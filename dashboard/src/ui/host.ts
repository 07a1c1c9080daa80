/** The window the page is shown in: the tab's own, or the mini window it was moved to. */
import { nextTick, onScopeDispose, shallowRef, watch } from "vue"

const moved = shallowRef<Window | null>(null)

/** `null` brings the page back to its tab. Call it once the page's nodes are there. */
export function setHost(window: Window | null): void {
  moved.value = window
}

export function hostWindow(): Window {
  return moved.value ?? window
}

export function hostDocument(): Document {
  return (moved.value ?? globalThis).document
}

/** Calls `enter` now and in each window the page moves to; what it returns undoes it. */
export function inHost(enter: (host: Window & typeof globalThis) => () => void): void {
  let leave: (() => void) | undefined
  watch(
    moved,
    (host) => {
      leave?.()
      leave = enter((host ?? globalThis) as Window & typeof globalThis)
    },
    { immediate: true, flush: "sync" },
  )
  onScopeDispose(() => leave?.())
}

/** A browser slows the timers of a hidden tab down to one a second, not those of the mini window in front. */
export function everyInHost(ms: number, then: () => void): void {
  inHost((host) => {
    const timer = host.setInterval(then, ms)
    return () => host.clearInterval(timer)
  })
}

/** Once, after `ms`; what it returns calls it off. */
export function hostTimeout(ms: number, then: () => void): () => void {
  const host = moved.value ?? globalThis
  const timer = host.setTimeout(then, ms)
  return () => host.clearTimeout(timer)
}

/** Date.now() once the browser has drawn what the DOM holds now. */
export async function painted(): Promise<number> {
  await nextTick()
  await new Promise<void>((done) => (moved.value ?? globalThis).requestAnimationFrame(() => done()))
  await new Promise<void>((done) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => done()
    channel.port2.postMessage(null)
  })
  return Date.now()
}
