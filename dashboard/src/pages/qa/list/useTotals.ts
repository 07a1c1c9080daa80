/** How many calls each of some lists has: asked for one after the other, behind what the page itself needs. */
import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from "vue"
import { ask } from "../../../api/ask"

/** By query; of those that are not known, or not yet, nothing. */
export function useTotals(queries: Ref<readonly string[]>): ShallowRef<Readonly<Record<string, number>>> {
  const totals = shallowRef<Readonly<Record<string, number>>>({})
  let asked = 0

  async function count(wanted: readonly string[]): Promise<void> {
    const mine = ++asked
    for (const query of wanted) {
      const reply = await ask("GET /api/qa/total", { query })
      if (mine !== asked) return
      if (reply.status === 200 && reply.body.calls !== null) totals.value = { ...totals.value, [query]: reply.body.calls }
    }
  }

  watch(
    () => queries.value.join("\n"),
    () => void count(queries.value),
    { immediate: true },
  )
  onScopeDispose(() => void asked++)
  return totals
}
