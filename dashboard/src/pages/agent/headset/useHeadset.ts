/** The headset this process listens on, looked at once a second between calls. Null where there is none. */
import { onScopeDispose, readonly, shallowRef, watch, type Ref, type ShallowRef } from "vue"
import type { HeadsetStatus } from "../../../api/http"
import { ask, SIGNED_OUT } from "../../../api/ask"
import { everyInHost } from "../../../ui/host"
import type { Connection } from "../../../connection/useCall"

export const LOOK_MS = 1000
const MISSES = 3

/**
 * `isWanted`: somebody looks at it. During a call it is looked at once, to know whose call it is.
 * A server without a headset is asked again only after it was away. `mayAsk`: whoever may not see it does not ask.
 */
export function useHeadset(
  isWanted: Readonly<Ref<boolean>>,
  callId: Readonly<Ref<string>>,
  connection: Readonly<Ref<Connection>>,
  mayAsk: () => boolean = () => true,
): Readonly<ShallowRef<HeadsetStatus | null>> {
  const headset = shallowRef<HeadsetStatus | null>(null)
  let hasNone = false
  let isAsking = false
  /** The answer under way may be older than the question. */
  let isAskedAgain = false
  let misses = 0
  let isClosed = false

  async function look(): Promise<void> {
    if (hasNone || !mayAsk()) return
    if (isAsking) return void (isAskedAgain = true)
    isAsking = true
    const reply = await ask("GET /api/headset")
    isAsking = false
    if (isClosed || reply.status === SIGNED_OUT) return // what is shown stays under the sign-in
    if (reply.status === 200) {
      headset.value = reply.body
      misses = 0
    } else if (reply.status !== 0 && reply.status < 500) hasNone = true
    else misses += 1
    // Nothing stays "ready" that nobody has heard of for a while.
    if (hasNone || (misses >= MISSES && isWanted.value)) headset.value = null
    if (isAskedAgain) {
      isAskedAgain = false
      void look()
    }
  }

  watch(callId, () => void look(), { immediate: true })
  watch(mayAsk, () => void look())
  watch(isWanted, (wanted) => void (wanted && look()))
  watch(
    () => connection.value.state,
    (state, before) => {
      if (state === "offline" && isWanted.value) headset.value = null
      if (before !== "offline") return
      hasNone = false
      void look()
    },
  )
  everyInHost(LOOK_MS, () => {
    if (isWanted.value) void look()
  })
  onScopeDispose(() => void (isClosed = true))
  return readonly(headset) as Readonly<ShallowRef<HeadsetStatus | null>>
}
