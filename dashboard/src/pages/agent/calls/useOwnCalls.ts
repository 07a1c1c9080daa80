/** The agent's own calls, page by page under a tab; what is shown stays where it is until another tab is chosen. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { ask } from "../../../api/ask"
import type { OwnCall, OwnCounts } from "../../../api/http"
import { failureOf } from "../../../people/useLoad"

export type Tab = keyof OwnCounts

export interface OwnList {
  tab: Ref<Tab>
  rows: ShallowRef<readonly OwnCall[]>
  /** Null until they came once. */
  counts: ShallowRef<OwnCounts | null>
  more: Ref<number | null>
  problem: Ref<string>
  isLoading: Ref<boolean>
  show: (tab: Tab) => Promise<void>
  goOn: () => Promise<void>
  /** The call as it is now, in its row where it has one; null where there is none of the agent's. */
  look: (callId: string) => Promise<OwnCall | null>
}

export function useOwnCalls(): OwnList {
  const tab = ref<Tab>("week")
  const rows = shallowRef<readonly OwnCall[]>([])
  const counts = shallowRef<OwnCounts | null>(null)
  const more = ref<number | null>(null)
  const problem = ref("")
  const isLoading = ref(false)
  let asked = 0
  onScopeDispose(() => void (asked = -1))

  async function load(after: number | null): Promise<void> {
    const mine = ++asked
    isLoading.value = true
    const query: Record<string, string> = { tab: tab.value, ...(after === null ? {} : { after: String(after) }) }
    const reply = await ask("GET /api/me/calls", { query })
    if (mine !== asked) return
    isLoading.value = false
    problem.value = failureOf(reply)
    if (reply.status !== 200) return
    rows.value = after === null ? reply.body.calls : [...rows.value, ...reply.body.calls]
    counts.value = reply.body.counts
    more.value = reply.body.more
  }

  async function look(callId: string): Promise<OwnCall | null> {
    const reply = await ask("GET /api/me/calls", { query: { call: callId } })
    if (asked < 0) return null
    if (reply.status !== 200) {
      if (reply.status !== 404) problem.value = failureOf(reply)
      return null
    }
    const one = reply.body.calls[0] ?? null
    counts.value = reply.body.counts
    rows.value = rows.value.map((row) => (row.call_id === one?.call_id ? one : row))
    return one
  }

  return {
    tab,
    rows,
    counts,
    more,
    problem,
    isLoading,
    show: (wanted) => {
      tab.value = wanted
      return load(null)
    },
    goOn: () => (more.value === null || isLoading.value ? Promise.resolve() : load(more.value)),
    look,
  }
}
