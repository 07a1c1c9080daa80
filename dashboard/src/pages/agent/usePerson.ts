/** Whose agent page it is: the line of a call follows their session, and who sees no calls is led to other pages. */
import { watch } from "vue"
import { useRouter } from "vue-router"
import type { Call } from "../../connection/useCall"
import { useReopening } from "../../connection/useReopening"
import { useSession, type SignedIn } from "../../connection/useSession"

export function usePerson(call: Pick<Call, "isSignedOut" | "connection" | "reopen">): SignedIn {
  const signedIn = useSession()
  const { person, look } = signedIn
  const router = useRouter()

  useReopening(call, signedIn)
  watch(
    () => call.connection.value.state,
    (state) => {
      if (state === "offline") void look()
    },
  )
  watch(person, (now) => {
    if (now && !now.may.includes("call.read")) void router.replace("/admin")
  })
  return signedIn
}
