/** Whether the line is lost, and for how many seconds. A line that breaks is lost until it is open again. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue"
import { everyInHost } from "../ui/host"
import type { Connection } from "./useCall"

export function useOfflineSeconds(connection: Readonly<Ref<Connection>>): {
  isOffline: ComputedRef<boolean>
  offlineS: Readonly<Ref<number>>
} {
  const isOffline = computed(() => connection.value.state === "offline")
  const offlineS = ref(0)

  function tick(): void {
    offlineS.value = isOffline.value ? Math.floor((performance.now() - connection.value.since) / 1000) : 0
  }

  watch(isOffline, tick)
  everyInHost(250, tick)
  return { isOffline, offlineS }
}
