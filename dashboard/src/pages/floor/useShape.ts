/** What the window has room for: columns of seats, slots of the shelf, a rail beside the seats or over them. */
import { computed, readonly, ref, type ComputedRef, type Ref } from "vue"
import type { Size } from "../../floor/seat"
import { inHost } from "../../ui/host"

const WIDE = 1600
/** The least width of a tile with its gap, and the most columns, by size and whether the window is wide. */
const LEAST: Record<Size, [narrow: number, wide: number, most: [number, number]]> = {
  large: [260, 300, [3, 4]],
  medium: [172, 160, [6, 8]],
  small: [112, 116, [10, 12]],
  tiny: [34, 34, [25, 25]],
}
const RAIL = 372
const EDGES = 48
/** The least width in which a case's words and buttons stand whole. */
const SLOT = 290

export function columnsOf(size: Size, width: number, hasRail: boolean): number {
  const [narrow, wide, most] = LEAST[size]
  const isWide = width >= WIDE
  const room = (width - EDGES - (hasRail ? RAIL : 0)) / (isWide && size === "tiny" ? 2 : 1)
  return Math.max(1, Math.min(most[Number(isWide)]!, Math.floor(room / (isWide ? wide : narrow))))
}

/** `isFull`: nothing stands beside the shelf. */
export function slotsOf(width: number, hasRail: boolean, isFull: boolean): number {
  const most = width < WIDE ? 4 : isFull ? 6 : 5
  return Math.max(1, Math.min(most, Math.floor((width - EDGES - (hasRail ? RAIL : 0)) / SLOT)))
}

export interface Shape {
  width: Readonly<Ref<number>>
  isWide: ComputedRef<boolean>
}

export function useShape(): Shape {
  const width = ref(window.innerWidth)
  inHost((host) => {
    const follow = (): void => void (width.value = host.innerWidth)
    host.addEventListener("resize", follow)
    return () => host.removeEventListener("resize", follow)
  })
  return { width: readonly(width), isWide: computed(() => width.value >= WIDE) }
}
