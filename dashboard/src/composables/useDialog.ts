import { onBeforeUnmount, onMounted, ref, type Ref } from "vue"

/** A modal dialog that opens with its component and gives the focus back when it goes. */
export function useDialog(): Ref<HTMLDialogElement | null> {
  const dialog = ref<HTMLDialogElement | null>(null)
  const before = document.activeElement
  onMounted(() => dialog.value?.showModal())
  onBeforeUnmount(() => {
    dialog.value?.close()
    if (before instanceof HTMLElement) before.focus()
  })
  return dialog
}
