/** A call that begins takes the page back to the live one; what was being written is kept as a draft. */
import { onScopeDispose, ref, type Ref } from "vue"
import { useRouter } from "vue-router"
import { ask } from "../../../api/ask"
import { everyInHost } from "../../../ui/host"

const LOOK_MS = 1000
/** What began longer ago is a recording that is being heard, and rings nowhere. */
const FRESH_MS = 86_400_000

/** Whether the page is being left: nothing may lead elsewhere from then on. */
export function useIncoming(): Readonly<Ref<boolean>> {
  const router = useRouter()
  const isLeaving = ref(false)
  let isClosed = false
  onScopeDispose(() => void (isClosed = true))

  async function look(): Promise<void> {
    const reply = await ask("GET /api/calls/latest")
    if (isClosed || reply.status !== 200) return
    const { ended, unheard, started_at } = reply.body
    if (ended === null && !unheard && Date.now() - Date.parse(started_at) < FRESH_MS) {
      isLeaving.value = true
      void router.push("/agent")
    }
  }

  void look()
  everyInHost(LOOK_MS, () => void look())
  return isLeaving
}
