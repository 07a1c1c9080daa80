import { onBeforeUnmount, onMounted, useTemplateRef } from "vue"
import { hostDocument } from "./host"

/** Opens the component's `ref="dialog"` as a modal and gives the focus back when the component goes. */
export function useDialog(): void {
  const dialog = useTemplateRef<HTMLDialogElement>("dialog")
  const before = hostDocument().activeElement
  onMounted(() => dialog.value?.showModal())
  onBeforeUnmount(() => {
    dialog.value?.close()
    if (before && "focus" in before) (before as HTMLElement).focus()
  })
}
