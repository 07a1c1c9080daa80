/** Whose agent page it is: the line of a call follows their session, and who sees no calls is led to other pages. */
import { watch } from "vue"
import { useRouter } from "vue-router"
import type { Call } from "../../connection/useCall"
import { useSession, type SignedIn } from "../../connection/useSession"
import { hostTimeout } from "../../ui/host"

const REOPEN_MS = 1000

export function usePerson({ isSignedOut, connection, reopen }: Pick<Call, "isSignedOut" | "connection" | "reopen">): SignedIn {
  const signedIn = useSession()
  const { person, hasEnded, look } = signedIn
  const router = useRouter()

  watch(hasEnded, (is) => {
    if (!is) reopen() // as one that is heard again
  })
  /** A line is closed, too, when the person may do other things than before. */
  watch(isSignedOut, async (is) => {
    if (!is) return
    await look()
    if (!hasEnded.value) hostTimeout(REOPEN_MS, reopen)
  })
  watch(
    () => connection.value.state,
    (state) => {
      if (state === "offline") void look()
    },
  )
  watch(person, (now) => {
    if (now && !now.may.includes("call.read")) void router.replace("/admin")
  })
  return signedIn
}
