/** The counts of the header, each a filter of the seats. Pure. */
import type { Shown } from "./seat"

export const FILTERS = ["all", "call", "hold", "ringing", "idle", "wrap_up", "away", "lost", "needs"] as const
export type Filter = (typeof FILTERS)[number]

/** Whether a seat is one of those. Whose machine is not heard is lost, whatever went on there. */
export function isOf({ state, needs }: Pick<Shown, "state" | "needs">, filter: Filter): boolean {
  if (filter === "all") return true
  if (filter === "needs") return needs
  if (filter === "call") return !["ringing", "idle", "wrap_up", "away", "lost"].includes(state)
  return state === filter
}

/** Whether a seat has a colour: something goes on there, be it a case or not. */
export function isMarked({ tone }: Pick<Shown, "tone">): boolean {
  return tone !== "none" && tone !== "plain"
}

export function countsOf(seats: Iterable<Pick<Shown, "state" | "needs">>): Record<Filter, number> {
  const counts = Object.fromEntries(FILTERS.map((filter) => [filter, 0])) as Record<Filter, number>
  for (const seat of seats) for (const filter of FILTERS) if (isOf(seat, filter)) counts[filter] += 1
  return counts
}
