/** A menu under its button: open until it is left. The element that holds both has `ref="root"`. */
import { ref, useTemplateRef, type Ref } from "vue"

export interface Menu {
  isOpen: Ref<boolean>
  leave: (event: FocusEvent) => void
}

export function useMenu(): Menu {
  const isOpen = ref(false)
  const root = useTemplateRef<HTMLElement>("root")

  function leave(event: FocusEvent): void {
    const to = event.relatedTarget as Node | null
    if (to && !root.value?.contains(to)) isOpen.value = false
  }

  return { isOpen, leave }
}
