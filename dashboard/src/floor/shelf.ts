/** The shelf of those who need help: which agent stands in which slot, by their most urgent case. Pure. */
import type { Case } from "../api/floor"
import { byUrgency } from "./wall"

export interface Shelf {
  /** Ids of agents, from the left; null for a slot that is free. */
  slots: readonly (string | null)[]
  /** Agents without a slot, the most urgent first. */
  more: readonly string[]
  /** A slot emptied and the rest was not sorted since. */
  isUnsorted: boolean
}

/** Somebody's pointer or focus is within the shelf, in the slot of this agent where it is in one. */
export interface Held {
  at: string | null
}

export function emptyShelf(size: number): Shelf {
  return { slots: Array.from({ length: size }, () => null), more: [], isUnsorted: false }
}

/**
 * The shelf after a change of the open cases. A slot belongs to its agent until their last case is closed; a new one
 * takes the first free slot; all are sorted only when a slot has emptied, and while nobody is in there. A critical one
 * that finds no slot takes that of the least urgent that is not critical, but none that somebody is in.
 */
export function shelve(shelf: Shelf, cases: ReadonlyMap<string, Case>, held: Held | null = null): Shelf {
  const slots = shelf.slots.map((id) => (id !== null && cases.has(id) ? id : null))
  const isUnsorted = shelf.isUnsorted || slots.some((id, at) => id !== shelf.slots[at])
  const shown = new Set(slots)
  const waiting = [...cases.values()].filter(({ agent_id }) => !shown.has(agent_id)).sort(byUrgency)
  fill(slots, waiting)
  displace(slots, waiting, cases, held)
  if (isUnsorted && held === null) sort(slots, cases)
  return { slots, more: waiting.map(({ agent_id }) => agent_id), isUnsorted: isUnsorted && held !== null }
}

/** Another number of slots, as the page became wider or narrower: the most urgent stay. */
export function resized(shelf: Shelf, size: number, cases: ReadonlyMap<string, Case>): Shelf {
  if (shelf.slots.length === size) return shelf
  const slots = [...shelf.slots, ...emptyShelf(size).slots].slice(0, Math.max(size, shelf.slots.length))
  sort(slots, cases)
  return shelve({ slots: slots.slice(0, size), more: [], isUnsorted: false }, cases)
}

function fill(slots: (string | null)[], waiting: Case[]): void {
  slots.forEach((id, at) => {
    if (id === null) slots[at] = waiting.shift()?.agent_id ?? null
  })
}

function displace(slots: (string | null)[], waiting: Case[], cases: ReadonlyMap<string, Case>, held: Held | null): void {
  while (waiting[0]?.rank === "critical") {
    const least = slots
      .map((id) => cases.get(id ?? ""))
      .filter((one) => one !== undefined && one.rank !== "critical" && one.agent_id !== held?.at)
      .sort((a, b) => byUrgency(b!, a!))[0]
    if (!least) return
    slots[slots.indexOf(least.agent_id)] = waiting.shift()!.agent_id
    waiting.push(least)
    waiting.sort(byUrgency)
  }
}

function sort(slots: (string | null)[], cases: ReadonlyMap<string, Case>): void {
  const sorted = slots.flatMap((id) => cases.get(id ?? "") ?? []).sort(byUrgency)
  slots.forEach((_, at) => (slots[at] = sorted[at]?.agent_id ?? null))
}
