/** Seconds since 1970, looked at often enough for "2 min left". */
import { ref, type Ref } from "vue"
import { everyInHost } from "../ui/host"

const LOOK_MS = 10_000

export function useNow(): Readonly<Ref<number>> {
  const now_s = ref(Date.now() / 1000)
  everyInHost(LOOK_MS, () => void (now_s.value = Date.now() / 1000))
  return now_s
}
