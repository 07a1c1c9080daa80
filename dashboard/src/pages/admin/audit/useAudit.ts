/** Rows of the audit by filters, a page at a time, newest first. */
import { computed, reactive, shallowRef, watch, type ComputedRef, type ShallowRef } from "vue"
import { ask } from "../../../api/ask"
import type { Count, AuditEntry } from "../../../api/http"
import { useChange, useLoad, type Load } from "../../../people/useLoad"
import type { Names } from "./rows"

const PAGE = 50

export interface Filters {
  /** As a date field has it; "" for all days. */
  day: string
  actor: string
  action: string
  object: string
}

export interface AuditRows {
  filters: Filters
  rows: ShallowRef<AuditEntry[]>
  counts: ShallowRef<Count[]>
  hasOlder: ComputedRef<boolean>
  problem: Load<unknown>["problem"]
  older: () => Promise<void>
  names: ComputedRef<Names>
}

export function useAudit(): AuditRows {
  const filters = reactive<Filters>({ day: "", actor: "", action: "", object: "" })
  const rows = shallowRef<AuditEntry[]>([])
  const counts = shallowRef<Count[]>([])
  const wasFull = shallowRef(false)
  const { problem, make } = useChange()
  const users = useLoad(() => ask("GET /api/users"))
  const tokens = useLoad(() => ask("GET /api/tokens"))
  const teams = useLoad(() => ask("GET /api/teams"))
  let asked = 0

  async function load(before?: number): Promise<void> {
    const mine = ++asked
    const query = { ...wantedOf(filters), limit: String(PAGE), ...(before === undefined ? {} : { before: String(before) }) }
    const done = await make(ask("GET /api/audit", { query }))
    if (mine !== asked || done?.status !== 200) return
    rows.value = before === undefined ? done.body.rows : [...rows.value, ...done.body.rows]
    counts.value = done.body.counts
    wasFull.value = done.body.rows.length === PAGE
  }

  watch(filters, () => void load(), { immediate: true })
  return {
    filters,
    rows,
    counts,
    hasOlder: computed(() => wasFull.value),
    problem,
    older: () => load(rows.value.at(-1)?.number),
    names: computed(() => ({
      users: new Map((users.value.value ?? []).map((user) => [user.id, user])),
      tokens: new Map((tokens.value.value ?? []).map((token) => [token.id, token])),
      teams: new Map((teams.value.value ?? []).map(({ id, name }) => [id, name])),
    })),
  }
}

/** The filters that are set, as the server takes them; a day is this browser's own. */
export function wantedOf({ day, actor, action, object }: Filters): Record<string, string> {
  const [year, month, date] = day.split("-").map(Number)
  const at = (later: number): string => String(new Date(year!, month! - 1, date! + later).getTime() / 1000)
  return {
    ...(day ? { from: at(0), to: at(1) } : {}),
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(object.trim() ? { object: object.trim() } : {}),
  }
}
