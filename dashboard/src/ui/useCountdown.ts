/** Seconds that run down, by the clock of this page's window. */
import { readonly, ref, type Ref } from "vue"
import { everyInHost } from "./host"

const TICK_MS = 250

export interface Countdown {
  /** 0 when it is over or was never begun. */
  left_s: Readonly<Ref<number>>
  begin: (seconds: number) => void
}

/** `over` is called once each time it runs out. */
export function useCountdown(over: () => void = () => {}): Countdown {
  const left_s = ref(0)
  let until = 0

  function look(): void {
    if (left_s.value === 0) return
    left_s.value = Math.max(0, (until - performance.now()) / 1000)
    if (left_s.value === 0) over()
  }

  function begin(seconds: number): void {
    until = performance.now() + seconds * 1000
    left_s.value = Math.max(0, seconds)
  }

  everyInHost(TICK_MS, look)
  return { left_s: readonly(left_s), begin }
}
