/** What hears the words of the next call, looked at between calls: the last one may have had another. Null: nobody knows. */
import { onScopeDispose, shallowReadonly, shallowRef, watch, type Ref } from "vue"
import type { RecogniserStatus } from "../../../api/http"
import { ask } from "../../../api/ask"
import { everyInHost } from "../../../ui/host"

export const LOOK_MS = 2000

/** `isWanted`: no call runs, whose own records would tell. */
export function useRecogniser(isWanted: Readonly<Ref<boolean>>): Readonly<Ref<RecogniserStatus | null>> {
  const status = shallowRef<RecogniserStatus | null>(null)
  let isClosed = false

  async function look(): Promise<void> {
    if (!isWanted.value) return
    const reply = await ask("GET /api/recogniser")
    if (!isClosed) status.value = reply.status === 200 && reply.body.engine ? reply.body : null
  }

  watch(isWanted, () => void look(), { immediate: true })
  everyInHost(LOOK_MS, () => void look())
  onScopeDispose(() => void (isClosed = true))
  return shallowReadonly(status)
}
