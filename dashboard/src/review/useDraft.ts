/** A text that is being written, and what is chosen beside it, kept on this computer until it is sent. */
import { ref, watch, type Ref } from "vue"
import { dropDraft, keepDraft, readDraft, recoverDrafts } from "./drafts"

export interface OwnDraft {
  text: Ref<string>
  choice: Ref<string>
  /** When it was kept last, in ms since 1970; null: nothing is written. */
  keptAt: Ref<number | null>
  /** The browser keeps nothing: what is written here is lost with it. */
  isLost: Ref<boolean>
  drop: () => void
}

/** What a crash took from localStorage, once for each opening of the page. */
let recovered: Promise<void> | null = null

/** `key`: of keyOf(); where it changes, the draft of that place is taken up. */
export function useDraft(key: Ref<string>): OwnDraft {
  const text = ref("")
  const choice = ref("")
  const keptAt = ref<number | null>(null)
  const isLost = ref(false)
  let isTaking = false

  function take(): void {
    const draft = readDraft(key.value)
    isTaking = true
    text.value = draft?.text ?? ""
    choice.value = draft?.choice ?? ""
    isTaking = false
    keptAt.value = draft?.at_ms ?? null
  }

  watch(key, take, { immediate: true })
  recovered ??= recoverDrafts()
  void recovered.then(() => void (text.value || choice.value || take()))
  watch(
    [text, choice],
    () => {
      if (isTaking) return
      const at_ms = Date.now()
      isLost.value = !keepDraft(key.value, { text: text.value, choice: choice.value, at_ms })
      keptAt.value = text.value || choice.value ? at_ms : null
    },
    { flush: "sync" },
  )

  return {
    text,
    choice,
    keptAt,
    isLost,
    drop: () => {
      dropDraft(key.value)
      take()
    },
  }
}
