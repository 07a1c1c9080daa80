/** All records of one call, and what the page knows from them. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue"
import { pathOf } from "../api/ask"
import type { CallRecord } from "../api/events"
import { historyOf, type History } from "../call/history"

export interface Records {
  records: ShallowRef<readonly CallRecord[]>
  history: ComputedRef<History | null>
  /** Why there are none: the status of the answer, 0 for none; null while they come or are there. */
  failed: Ref<number | null>
  /** Takes in what came since: a consent that was taken back, a new card. */
  look: () => Promise<void>
}

export function useRecords(callId: Ref<string>): Records {
  const records = shallowRef<readonly CallRecord[]>([])
  const failed = ref<number | null>(null)
  let leave = new AbortController()
  onScopeDispose(() => leave.abort())

  function fetched(signal: AbortSignal, after = 0): Promise<Response> {
    const path = pathOf("GET /api/calls/{call_id}/records", { call_id: callId.value })
    return fetch(after ? `${path}?after=${after}` : path, { cache: "no-store", signal })
  }

  async function look(): Promise<void> {
    const { signal } = leave
    const known = records.value
    const last = known.at(-1)?.seq
    if (!last) return
    try {
      const answer = await fetched(signal, last)
      const told = answer.ok ? ((await answer.json()) as CallRecord[]) : []
      if (told.length && known === records.value && !signal.aborted) records.value = [...known, ...told]
    } catch {
      // no server, or another call by now: it is looked for again
    }
  }

  async function load(): Promise<void> {
    leave.abort()
    leave = new AbortController()
    const { signal } = leave
    records.value = []
    failed.value = null
    try {
      const answer = await fetched(signal)
      if (!answer.ok) failed.value = answer.status
      else {
        const told = (await answer.json()) as CallRecord[]
        if (!signal.aborted) records.value = told
      }
    } catch {
      if (!signal.aborted) failed.value = 0
    }
  }

  watch(callId, () => void load(), { immediate: true })
  const history = computed(() => (records.value.length ? historyOf(callId.value, records.value) : null))
  return { records, history, failed, look }
}
