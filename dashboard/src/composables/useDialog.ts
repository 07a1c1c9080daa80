import { onBeforeUnmount, onMounted, useTemplateRef } from "vue"

/** Opens the component's `ref="dialog"` as a modal and gives the focus back when the component goes. */
export function useDialog(): void {
  const dialog = useTemplateRef<HTMLDialogElement>("dialog")
  const before = document.activeElement
  onMounted(() => dialog.value?.showModal())
  onBeforeUnmount(() => {
    dialog.value?.close()
    if (before instanceof HTMLElement) before.focus()
  })
}
