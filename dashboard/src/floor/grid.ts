/** Moving over the seats by arrow keys. Pure. */

type Places = readonly (string | null)[]

const STEPS: Record<string, [rows: number, columns: number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }

/** Who sits next to `from` in that direction; `from` itself at an edge, the first seat where there is no such agent. */
export function neighbour(teams: readonly Places[], columns: number, from: string | null, key: string): string | null {
  const rows = teams.flatMap((places) => rowsOf(places, columns))
  const at = rows.findIndex((row) => from !== null && row.includes(from))
  if (at < 0) return rows.flat().find((id) => id !== null) ?? null
  const [down, right] = STEPS[key] ?? [0, 0]
  const column = rows[at]!.indexOf(from)
  if (right) return along(rows.flat(), rows.slice(0, at).flat().length + column, right) ?? from
  for (let row = at + down; rows[row]; row += down) {
    const nearest = nearestIn(rows[row]!, column)
    if (nearest !== null) return nearest
  }
  return from
}

function rowsOf(places: Places, columns: number): Places[] {
  return Array.from({ length: Math.ceil(places.length / columns) }, (_, row) => places.slice(row * columns, (row + 1) * columns))
}

function along(cells: Places, from: number, step: number): string | null {
  for (let at = from + step; at >= 0 && at < cells.length; at += step) if (cells[at]) return cells[at]!
  return null
}

function nearestIn(row: Places, column: number): string | null {
  const taken = row.flatMap((id, at) => (id === null ? [] : [{ id, far: Math.abs(at - column) }]))
  return taken.sort((a, b) => a.far - b.far)[0]?.id ?? null
}
