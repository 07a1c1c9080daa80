/** What the rail shows: the seat that is open, its case, and whether the case is being closed. */
import { computed, ref, type ComputedRef, type Ref } from "vue"
import type { Case } from "../../api/floor"
import type { Tab } from "./rail/FloorRail.vue"
import type { WallStore } from "./useWall"

export interface Rail {
  tab: Ref<Tab>
  opened: Ref<string | null>
  /** Whether it lies over the seats where it does not stand beside them. */
  isOpen: Ref<boolean>
  isClosing: Ref<boolean>
  /** Open cases of whoever is open, the most urgent first. */
  given: ComputedRef<readonly Case[]>
  open: (agentId: string) => void
  show: (tab: Tab) => void
  close: (agentId: string) => void
  /** One step back; false where there is none. */
  leave: () => boolean
}

export function useRail(store: WallStore): Rail {
  const tab = ref<Tab>("alerts")
  const opened = ref<string | null>(null)
  const isOpen = ref(false)
  const isClosing = ref(false)
  const given = computed(() => store.needs.value.get(opened.value ?? "") ?? [])

  function open(agentId: string): void {
    if (opened.value !== agentId) isClosing.value = false // a case is closed by nobody who opens another
    opened.value = agentId
    show("open")
  }

  function show(one: Tab): void {
    tab.value = one
    isOpen.value = true
  }

  function leave(): boolean {
    if (isClosing.value) isClosing.value = false
    else if (opened.value) {
      opened.value = null
      tab.value = "alerts"
      isOpen.value = false
    } else if (isOpen.value) isOpen.value = false
    else return false
    return true
  }

  return {
    tab,
    opened,
    isOpen,
    isClosing,
    given,
    open,
    show,
    close: (agentId) => {
      open(agentId)
      isClosing.value = true
    },
    leave,
  }
}
