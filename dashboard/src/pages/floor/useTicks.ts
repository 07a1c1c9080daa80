/** One tick for all clocks of the page: each is told the time and changes its own text. */
import { inject, onScopeDispose, type InjectionKey } from "vue"
import { everyInHost } from "../../ui/host"

export const TICK_MS = 250

export interface Ticks {
  /** Milliseconds since 1970 by the centre's clock. */
  nowMs: () => number
  /** Calls `paint` with each tick; what it returns calls it off. */
  add: (paint: (nowMs: number) => void) => () => void
}

export const TICKS: InjectionKey<Ticks> = Symbol("ticks")

export function makeTicks(nowMs: () => number): Ticks {
  const paints = new Set<(nowMs: number) => void>()
  everyInHost(TICK_MS, () => {
    const now = nowMs()
    paints.forEach((paint) => paint(now))
  })
  return {
    nowMs,
    add: (paint) => {
      paints.add(paint)
      return () => void paints.delete(paint)
    },
  }
}

export function useTicks(): Ticks {
  const ticks = inject(TICKS)
  if (!ticks) throw new Error("a clock stands outside of the floor")
  return ticks
}

/** `paint` with each tick, as long as the component lives. */
export function onTick(paint: (nowMs: number) => void): void {
  onScopeDispose(useTicks().add(paint))
}
