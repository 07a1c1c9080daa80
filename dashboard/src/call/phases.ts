/** The phases of a call as the rulebook names them. Pure. */
import type { PhaseTitle } from "../api/events"
import type { View } from "./view"

export interface ShownPhase {
  id: string
  /** Null of a phase that the call's legend does not name. */
  title: Pick<PhaseTitle, "title" | "title_en"> | null
  state: "done" | "now" | "open"
  atMs: number | null
}

/** The usual phases and those that were entered, in the order of the rulebook. */
export function phasesOf(view: View): ShownPhase[] {
  const isOver = view.ended !== null || view.score !== null
  const been = new Map(view.phases.map((one) => [one.phase, one.atMs]))
  const named = view.started?.legend.phases ?? []
  const known = new Set(named.map((phase) => phase.id))
  const shown: { id: string; title: PhaseTitle | null }[] = named
    .filter((phase) => phase.is_usual || been.has(phase.id))
    .map((phase) => ({ id: phase.id, title: phase }))
  for (const id of been.keys()) if (!known.has(id)) shown.push({ id, title: null })
  return shown.map(({ id, title }) => {
    const state = id === view.phase && !isOver ? "now" : been.has(id) ? "done" : "open"
    return { id, title, state, atMs: been.get(id) ?? null }
  })
}

/** The way of the call in short, `most` phases: the one at hand, one before it and what usually comes. */
export function wayOf(view: View, most: number): ShownPhase[] {
  const all = phasesOf(view).filter(({ id, title, state }) => state === "now" || usualIn(view, id) || title === null)
  const at = Math.max(0, all.findIndex(({ state }) => state === "now"))
  const way = all.map((phase, index) => ({ ...phase, state: index < at ? "done" : index === at ? "now" : "open" }) as ShownPhase)
  const from = Math.max(0, Math.min(at - 1, way.length - most))
  return way.slice(from, from + most)
}

function usualIn(view: View, id: string): boolean {
  return view.started?.legend.phases.some((phase) => phase.id === id && phase.is_usual) ?? false
}

/** The phase at hand; null before the first. */
export function phaseNow(view: View): ShownPhase | null {
  return phasesOf(view).find(({ id }) => id === view.phase) ?? null
}
