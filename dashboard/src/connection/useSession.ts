/** Who is signed in here, as the server says: looked at every five seconds, and when an answer says that nobody is. */
import { computed, onScopeDispose, readonly, ref, type ComputedRef, type Ref } from "vue"
import { ask, whenSignedOut } from "../api/ask"
import type { Action, Session, SessionPerson } from "../api/http"
import { everyInHost } from "../ui/host"

export const LOOK_MS = 5000

export interface SignedIn {
  /** Null until the server has answered once. */
  session: Readonly<Ref<Session | null>>
  /** The server has answered, be it that it knows no people. */
  isKnown: Readonly<Ref<boolean>>
  /** Who is signed in, or was until the session ended: what is shown is theirs. */
  person: ComputedRef<SessionPerson | null>
  /** The server says that nobody is signed in. */
  hasEnded: ComputedRef<boolean>
  /** Whether an action of the table of permissions is open to this person at all; nothing is refused before it is known. */
  may: (action: Action) => boolean
  look: () => Promise<void>
  /** What an answer to a sign-in says of it. */
  take: (told: Session) => void
}

export function useSession(): SignedIn {
  const session = ref<Session | null>(null)
  const last = ref<SessionPerson | null>(null)
  const isKnown = ref(false)
  let isClosed = false

  function take(told: Session): void {
    if (isClosed) return
    session.value = told
    last.value = told.person ?? last.value
  }

  async function look(): Promise<void> {
    const reply = await ask("GET /api/session")
    if (reply.status === 200 && reply.body.person !== undefined) take(reply.body) // a server without people says nothing of them
    isKnown.value = true
  }

  const hasEnded = computed(() => session.value !== null && session.value.person === null)
  void look()
  everyInHost(LOOK_MS, () => void look())
  const leave = whenSignedOut(() => void (hasEnded.value || look())) // once is enough: from then on the clock asks
  onScopeDispose(() => {
    isClosed = true
    leave()
  })
  return {
    session: readonly(session) as Readonly<Ref<Session | null>>,
    isKnown: readonly(isKnown),
    person: computed(() => session.value?.person ?? last.value),
    hasEnded,
    may: (action) => session.value === null || (session.value.person?.may.includes(action) ?? false),
    look,
    take,
  }
}
