/** Whether this page may change anything. It may once it was opened by a link that callcoach printed, or has shown the token. */
import { onScopeDispose, readonly, ref, watch, type Ref } from "vue"
import { ask } from "../api/ask"
import { everyInHost } from "../ui/host"
import type { Connection } from "./useCall"

export const LOOK_MS = 5000

/** `shown`: changes when the page has shown the token, and asks at once. `opened`: that was right, or a link was opened in another tab, so the line has to be opened anew as one that is heard. */
export function useSession(connection: Readonly<Ref<Connection>>, opened: () => void, shown: Readonly<Ref<number>> = ref(0)): Readonly<Ref<boolean>> {
  const mayWrite = ref(true)
  let isClosed = false

  async function look(): Promise<void> {
    const reply = await ask("GET /api/session")
    if (isClosed || reply.status !== 200 || reply.body.may_write === mayWrite.value) return
    mayWrite.value = reply.body.may_write
    if (mayWrite.value) opened()
  }

  watch(
    () => connection.value.state,
    (state, before) => {
      if (before === undefined || (before === "offline" && state !== "offline")) void look()
    },
    { immediate: true },
  )
  watch(shown, () => void look())
  everyInHost(LOOK_MS, () => void look())
  onScopeDispose(() => void (isClosed = true))
  return readonly(mayWrite)
}
