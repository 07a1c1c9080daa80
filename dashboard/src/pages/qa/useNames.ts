/** What names and a table tell of the files that are chosen: asked of the server while somebody looks, before anything is sent. */
import { computed, onScopeDispose, shallowRef, watch, type Ref } from "vue"
import { ask } from "../../api/ask"
import type { NameTold } from "../../api/http"
import { whyNot, type Told } from "../../people/why"
import { people } from "../../texts/people"
import { hostTimeout } from "../../ui/host"
import { pathOf } from "./dropped"
import { nameIn, type Cells, type Table } from "./table"

const SETTLED_MS = 300
const MOST = 2000 // of which is told what is recognised
const MOST_BYTES = 40_000 // of one question: the server takes 64 KiB

/** `trouble`: why the file would not be imported, or of whom nobody would be told. */
export interface Row extends NameTold {
  trouble: "wrong" | "elsewhere" | "unknown" | "nobody" | null
}

/** The server does not import it. */
export function isRefused({ trouble }: Row): boolean {
  return trouble === "wrong" || trouble === "elsewhere"
}

export function cellsOf(file: File, table: Table | null): Cells {
  const name = table && nameIn(table, pathOf(file))
  return (name && table.rows.get(name)) || {}
}

export function useNames(files: () => readonly File[], pattern: () => string, table: Ref<Table | null>, team: () => string) {
  const told = shallowRef<readonly NameTold[]>([])
  const refused = shallowRef<Told | null>(null)
  const problem = computed(() => (refused.value ? whyNot(refused.value) || people.value.imports.away : ""))
  let call: (() => void) | undefined
  let asked = 0

  watch([files, pattern, table], () => {
    call?.()
    call = hostTimeout(SETTLED_MS, () => void look())
  }, { immediate: true })
  onScopeDispose(() => call?.())

  async function look(): Promise<void> {
    const mine = ++asked
    const found: NameTold[] = []
    refused.value = null
    if (!pattern().trim() && !table.value) return void (told.value = [])
    for (const { names, cells } of questions(files().slice(0, MOST), table.value)) {
      const reply = await ask("POST /api/imports/names", { takes: { pattern: pattern().trim(), names, cells } })
      if (mine !== asked) return
      if (reply.status !== 200) {
        refused.value = reply
        return void (told.value = [])
      }
      found.push(...reply.body)
    }
    told.value = found
  }

  const rows = computed<Row[]>(() => told.value.map((row) => ({ ...row, trouble: troubleOf(row, team()) })))
  return { rows, problem }
}

function* questions(files: readonly File[], table: Table | null): Generator<{ names: string[]; cells: Record<string, string>[] }> {
  let [names, cells, bytes]: [string[], Record<string, string>[], number] = [[], [], 0]
  for (const file of files) {
    const told = cellsOf(file, table)
    const size = new TextEncoder().encode(JSON.stringify([file.name, told])).length
    if (names.length && bytes + size > MOST_BYTES) {
      yield { names, cells }
      ;[names, cells, bytes] = [[], [], 0]
    }
    names.push(file.name)
    cells.push(told)
    bytes += size
  }
  if (names.length) yield { names, cells }
}

function troubleOf(row: NameTold, team: string): Row["trouble"] {
  if (row.wrong !== null) return "wrong"
  if (row.is_elsewhere || (row.agent_team !== null && row.agent_team !== (row.team ?? team))) return "elsewhere"
  if (!row.fits || row.facts.agent_id === null) return "unknown"
  return row.agent_name === null ? "nobody" : null
}
