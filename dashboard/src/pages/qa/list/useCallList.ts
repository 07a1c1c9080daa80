/** The rows of the list: page by page as one goes down, and how many there are of each kind. */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue"
import { ask } from "../../../api/ask"
import type { CallCounts, CallRow } from "../../../api/http"
import { failureOf } from "../../../people/useLoad"
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
  mark: (row: CallRow) => Promise<void>
}

const PAGE = 50

export function useCallList(filters: Ref<Filters>, order: Ref<Order>): CallList {
  const rows = shallowRef<CallRow[] | null>(null)
  const counts = shallowRef<CallCounts | null>(null)
  const problem = ref("")
  const isLoading = ref(false)
  const tookMs = ref<number | null>(null)
  const next = ref<string | null>(null)
  let asked = 0
  onScopeDispose(() => void (asked = -1))

  async function page(after: string | null): Promise<void> {
    const mine = after === null ? ++asked : asked
    isLoading.value = true
    const began = performance.now()
    const query = `${queryOf(filters.value)}&order=${order.value}&limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`
    const reply = await ask("GET /api/qa/calls", { query: query })
    if (mine !== asked) return
    isLoading.value = false
    problem.value = failureOf(reply)
    if (reply.status !== 200) return
    tookMs.value = Math.round(performance.now() - began)
    rows.value = after === null ? reply.body.rows : [...(rows.value ?? []), ...reply.body.rows]
    next.value = reply.body.next
  }

  async function count(): Promise<void> {
    const mine = asked
    const reply = await ask("GET /api/qa/counts", { query: queryOf(filters.value) })
    if (mine === asked && reply.status === 200) counts.value = reply.body
  }

  async function reload(): Promise<void> {
    await page(null)
    await count()
  }

  async function mark(row: CallRow): Promise<void> {
    const is_marked = !row.is_marked
    const reply = await ask("PUT /api/qa/calls/{call_id}/mark", { call_id: row.call_id, takes: { is_marked } })
    problem.value = failureOf(reply)
    if (!problem.value) rows.value = rows.value?.map((one) => (one.call_id === row.call_id ? { ...one, is_marked } : one)) ?? null
  }

  watch([computed(() => queryOf(filters.value)), order], () => void reload(), { immediate: true })
  return {
    rows,
    counts,
    problem,
    isLoading,
    tookMs,
    hasMore: computed(() => next.value !== null),
    more: async () => {
      if (next.value !== null && !isLoading.value) await page(next.value)
    },
    reload,
    mark,
  }
}
