/** How this desk and its centre get on, asked every two seconds where this is a desk. Null: it is none, or nobody knows. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from "vue"
import type { CentreStatus } from "../../../api/http"
import { ask } from "../../../api/ask"
import { everyInHost } from "../../../ui/host"
import type { CentreNow } from "../../../call/centre"

export const LOOK_MS = 2000

export function useCentre(isDesk: () => boolean): ComputedRef<CentreNow | null> {
  const status = shallowRef<CentreStatus | null>(null)
  const nowMs = ref(Date.now())
  let isClosed = false

  async function look(): Promise<void> {
    if (!isDesk()) return
    const reply = await ask("GET /api/centre")
    if (!isClosed && (reply.status === 200 || reply.status === 204)) status.value = reply.status === 200 ? reply.body : null
  }

  watch(isDesk, () => void look(), { immediate: true })
  everyInHost(LOOK_MS, () => void look())
  everyInHost(1000, () => void (nowMs.value = Date.now()))
  onScopeDispose(() => void (isClosed = true))
  return computed(() => status.value && { status: status.value, sinceMs: Math.max(0, nowMs.value - status.value.since * 1000) })
}
