/** The rows of the list: page by page as one goes down, and how many there are of each kind. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue"
import { ask } from "../../../api/ask"
import type { CallCounts, CallPage, CallRow } from "../../../api/http"
import { failureOf } from "../../../people/useLoad"
import { isTodo, todoIn } from "../../../review/todo"
import { queryOf, type Filters } from "./filters"

export type Order = "latest" | "lowest" | "longest"

export interface CallList {
  /** Null until the first page has come; old rows stay until new ones are there. */
  rows: ShallowRef<CallRow[] | null>
  counts: ShallowRef<CallCounts | null>
  problem: Ref<string>
  isLoading: Ref<boolean>
  /** Of the last page, from question to answer. */
  tookMs: Ref<number | null>
  hasMore: Ref<boolean>
  more: () => Promise<void>
  reload: () => Promise<void>
  /** The next call that nobody has judged, behind this row, also where that one is not loaded; else the first there is. */
  nextTodo: (row: CallRow | null) => Promise<CallRow | null>
  mark: (row: CallRow) => Promise<void>
}

/** As many as a screen shows: what is searched for is looked at line by line where some may not see all of it. */
const FIRST_PAGE = 25
const PAGE = 50
const LARGE_PAGE = 200
/** The rows stand so long before what is counted beside them is asked for: who goes on meanwhile does not wait for it. */
const QUIET_MS = 200
/** So far down a call is sought to which one comes back. */
const SOUGHT_ROWS = 2000

/** `sought`: id of the call to which one comes back, as far as it is to be on the first rows that show; "" for none. */
export function useCallList(filters: Ref<Filters>, order: Ref<Order>, sought: string): CallList {
  const rows = shallowRef<CallRow[] | null>(null)
  const counts = shallowRef<CallCounts | null>(null)
  const problem = ref("")
  const isLoading = ref(false)
  const tookMs = ref<number | null>(null)
  const next = ref<string | null>(null)
  let asked = 0
  let counted: string | null = null
  onScopeDispose(() => void (asked = -1))

  /** Null where another list is asked for by now, or there was no answer. */
  async function page(mine: number, after: string | null, limit: number): Promise<CallPage | null> {
    isLoading.value = true
    const began = performance.now()
    const query = `${queryOf(filters.value)}&order=${order.value}&limit=${limit}${after ? `&after=${encodeURIComponent(after)}` : ""}`
    const reply = await ask("GET /api/qa/calls", { query })
    if (mine !== asked) return null
    isLoading.value = false
    problem.value = failureOf(reply)
    if (reply.status !== 200) return null
    tookMs.value = Math.round(performance.now() - began)
    return reply.body
  }

  async function more(): Promise<void> {
    if (next.value === null || isLoading.value) return
    const found = await page(asked, next.value, PAGE)
    if (!found) return
    rows.value = [...(rows.value ?? []), ...found.rows]
    next.value = found.next
  }

  async function reload(): Promise<void> {
    const mine = ++asked
    const target = sought
    sought = ""
    const found: CallRow[] = []
    let after: string | null = null
    do {
      const one = await page(mine, after, target ? LARGE_PAGE : FIRST_PAGE)
      if (!one) return
      found.push(...one.rows)
      after = one.next
    } while (target && after !== null && found.length < SOUGHT_ROWS && !found.some((row) => row.call_id === target))
    rows.value = found
    next.value = after
    await count(mine)
  }

  /** What is counted costs the server more than the rows, and is the same in any order. */
  async function count(mine: number): Promise<void> {
    const query = queryOf(filters.value)
    if (query === counted) return
    await new Promise((done) => setTimeout(done, QUIET_MS))
    if (mine !== asked) return
    const reply = await ask("GET /api/qa/counts", { query })
    if (mine !== asked || reply.status !== 200) return
    counts.value = reply.body
    counted = query
  }

  async function nextTodo(row: CallRow | null): Promise<CallRow | null> {
    const loaded = rows.value ?? []
    const near = loaded.slice(row ? loaded.indexOf(row) + 1 : 0).find(isTodo)
    return near ?? (await farTodo()) ?? loaded.find(isTodo) ?? null
  }

  /** Behind all that is loaded. */
  async function farTodo(): Promise<CallRow | null> {
    const mine = asked
    const { stage } = filters.value
    if (next.value === null || (stage && !stage.includes("none"))) return null
    const found = await todoIn(`${queryOf(filters.value)}&order=${order.value}`, next.value, () => mine === asked)
    problem.value = found.problem
    return found.row
  }

  async function mark(row: CallRow): Promise<void> {
    const is_marked = !row.is_marked
    const reply = await ask("PUT /api/qa/calls/{call_id}/mark", { call_id: row.call_id, takes: { is_marked } })
    problem.value = failureOf(reply)
    if (!problem.value) rows.value = rows.value?.map((one) => (one.call_id === row.call_id ? { ...one, is_marked } : one)) ?? null
  }

  watch([computed(() => queryOf(filters.value)), order], () => void reload(), { immediate: true })
  return { rows, counts, problem, isLoading, tookMs, hasMore: computed(() => next.value !== null), more, reload, nextTodo, mark }
}
