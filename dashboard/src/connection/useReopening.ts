/** A line that the server has closed because its session ended is opened again for whoever signs in. */
import { onScopeDispose, watch } from "vue"
import { hostTimeout } from "../ui/host"
import type { Call } from "./useCall"
import type { SignedIn } from "./useSession"

export const REOPEN_MS = 1000

export function useReopening({ isSignedOut, reopen }: Pick<Call, "isSignedOut" | "reopen">, { hasEnded, look }: Pick<SignedIn, "hasEnded" | "look">): void {
  let isOver = false
  let cancel: (() => void) | undefined

  watch(hasEnded, (is) => {
    if (!is) reopen() // as one that is heard again
  })
  /** It is closed, too, when the person may do other things than before, or sees another team. */
  watch(isSignedOut, async (is) => {
    if (!is) return
    await look()
    if (!hasEnded.value && !isOver) cancel = hostTimeout(REOPEN_MS, reopen)
  })
  onScopeDispose(() => {
    isOver = true
    cancel?.()
  })
}
