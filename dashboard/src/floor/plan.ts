/** A team's plan while it is arranged: who sits at which place. Pure. */

export type Positions = Readonly<Record<string, number>>

/** With this person at that place; who sat there takes theirs. */
export function placed(positions: Positions, agentId: string, at: number): Positions {
  const before = positions[agentId]
  if (before === undefined || at < 0 || before === at) return positions
  const other = sitterAt(positions, at)
  return { ...positions, [agentId]: at, ...(other === null ? {} : { [other]: before }) }
}

export function sitterAt(positions: Positions, at: number): string | null {
  return Object.entries(positions).find(([, position]) => position === at)?.[0] ?? null
}

/** All places of whole rows, with a row that is free behind them. */
export function placesOf(positions: Positions, columns: number): (string | null)[] {
  const last = Math.max(-1, ...Object.values(positions))
  const places: (string | null)[] = Array.from({ length: (Math.floor(last / columns) + 2) * columns }, () => null)
  for (const [agentId, at] of Object.entries(positions)) places[at] = agentId
  return places
}

/** The place that an arrow key leads to; the same at an edge. */
export function stepped(at: number, key: string, columns: number, places: number): number {
  const to = at + ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0)
  return to < 0 || to >= places ? at : to
}

export function isSamePlan(a: Positions, b: Positions): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([agentId, at]) => b[agentId] === at)
}

/** Mine over a plan that somebody has changed meanwhile: who came since has the place they got, or the first that is free. */
export function over(mine: Positions, theirs: Positions): Positions {
  const positions: Record<string, number> = Object.fromEntries(Object.keys(theirs).flatMap((id) => (mine[id] === undefined ? [] : [[id, mine[id]]])))
  const taken = new Set(Object.values(positions))
  for (const [id, wanted] of Object.entries(theirs)) {
    if (positions[id] !== undefined) continue
    let at = taken.has(wanted) ? 0 : wanted
    while (taken.has(at)) at++
    positions[id] = at
    taken.add(at)
  }
  return positions
}

/** How many sit elsewhere, or in one of them alone. */
export function differing(a: Positions, b: Positions): number {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((id) => a[id] !== b[id]).length
}
