/** A table beside dropped recordings: what is known of each, a line a file, as `score --facts FILE.csv` has it. Pure. */

export const COLUMNS = ["file", "started_at", "direction", "peer", "customer_name", "company", "agent_id", "agent_name", "team", "timezone", "recording_consent"] as const

/** `line` counts from 1; `value`: what stands there. */
export interface TableFault {
  kind: "no_file_column" | "unknown_column" | "column_twice" | "no_name" | "name_twice" | "too_many_cells" | "quote"
  line: number
  value: string
}

export type Cells = Readonly<Record<string, string>>

export interface Table {
  rows: ReadonlyMap<string, Cells> // by what stands under `file`, in one form
  fault: TableFault | null
}

export function tableOf(text: string): Table {
  const rows = new Map<string, Cells>()
  const wrong = (kind: TableFault["kind"], line: number, value = ""): Table => ({ rows: new Map(), fault: { kind, line, value } })
  const { lines, open } = linesOf(text.replace(/^\uFEFF/, ""))
  if (open) return wrong("quote", open)
  const [head, ...rest] = lines.filter(({ cells }) => cells.some((cell) => cell.trim()))
  const names = head?.cells.map((cell) => cell.trim().toLowerCase()) ?? []
  for (const name of names) {
    if (!(COLUMNS as readonly string[]).includes(name)) return wrong("unknown_column", head!.line, name)
    if (names.indexOf(name) !== names.lastIndexOf(name)) return wrong("column_twice", head!.line, name)
  }
  if (!names.includes("file")) return wrong("no_file_column", head?.line ?? 1)
  for (const { line, cells } of rest) {
    if (cells.length > names.length) return wrong("too_many_cells", line, String(cells.length))
    const { file = "", ...told } = Object.fromEntries(cells.map((cell, at) => [names[at]!, cell.trim()]))
    const name = formOf(file)
    if (!name) return wrong("no_name", line)
    if (rows.has(name)) return wrong("name_twice", line, file)
    rows.set(name, Object.fromEntries(Object.entries(told).filter(([, cell]) => cell)))
  }
  return { rows, fault: null }
}

/** The line that is about a file: by its name, or the end of its path, of which the longest counts. */
export function nameIn(table: Table, path: string): string | null {
  const parts = formOf(path).split("/")
  for (let first = 0; first < parts.length; first++) {
    const name = parts.slice(first).join("/")
    if (table.rows.has(name)) return name
  }
  return null
}

/** A table to be filled in: the names stand there already, but for those that a spreadsheet would take for formulas. */
export function emptyTable(names: readonly string[]): string {
  const safe = names.filter((name) => !/^[=+\-@＝＋－＠\t]/.test(name))
  const cells = ["file", "agent_id", "started_at", "direction", "peer"]
  return `\uFEFF${[cells.join(","), ...safe.map((name) => quoted(name) + ",".repeat(cells.length - 1))].join("\r\n")}\r\n`
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

function formOf(file: string): string {
  return file.replaceAll("\\", "/").split("/").filter((part) => part && part !== ".").join("/").normalize("NFC")
}

interface Line {
  line: number
  cells: string[]
}

/** `open`: the line in which a quote begins that never ends, else 0. */
function linesOf(text: string): { lines: Line[]; open: number } {
  const first = text.split(/\r?\n/, 1)[0]!
  const between = [",", ";", "\t", "，"].reduce((best, sign) => (first.split(sign).length > first.split(best).length ? sign : best))
  const lines: Line[] = []
  let [cell, isQuoted, line, begun, opened]: [string, boolean, number, Line | null, number] = ["", false, 1, null, 0]
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!
    begun ??= { line, cells: [] }
    if (isQuoted) {
      if (sign === '"' && text[at + 1] === '"') cell += text[++at]
      else if (sign === '"') isQuoted = false
      else cell += sign
    } else if (sign === '"' && !cell) [isQuoted, opened] = [true, line]
    else if (sign === between) {
      begun.cells.push(cell)
      cell = ""
    } else if (sign === "\n") {
      lines.push({ ...begun, cells: [...begun.cells, cell] })
      ;[cell, begun] = ["", null]
    } else if (sign !== "\r") cell += sign
    if (sign === "\n") line++
  }
  if (begun) lines.push({ ...begun, cells: [...begun.cells, cell] })
  return { lines, open: isQuoted ? opened : 0 }
}
