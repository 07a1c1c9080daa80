/** What is being written in a field, kept on this computer with every letter. */
import { ref, watch, type Ref } from "vue"
import { dropDraft, keepDraft, readDraft } from "./drafts"

export interface Writing {
  text: Ref<string>
  choice: Ref<string>
  /** When it was last written, in milliseconds since 1970; null where nothing is, or the browser keeps nothing. */
  kept_ms: Ref<number | null>
  /** The browser keeps nothing. */
  isRefused: Ref<boolean>
  /** It is sent. */
  drop: () => void
}

/** `key`: as of keyOf; what was written under another is kept there. */
export function useDraft(key: Ref<string>): Writing {
  const text = ref("")
  const choice = ref("")
  const kept_ms = ref<number | null>(null)
  const isRefused = ref(false)
  let isReading = false

  function put(draft: { text: string; choice: string; at_ms: number } | null): void {
    isReading = true
    text.value = draft?.text ?? ""
    choice.value = draft?.choice ?? ""
    isReading = false
    kept_ms.value = draft?.at_ms ?? null
  }

  function keep(): void {
    if (isReading) return
    const at_ms = Date.now()
    isRefused.value = !keepDraft(key.value, { text: text.value, choice: choice.value, at_ms })
    kept_ms.value = !isRefused.value && (text.value || choice.value) ? at_ms : null
  }

  watch(key, (key) => put(readDraft(key)), { immediate: true, flush: "sync" })
  watch([text, choice], keep, { flush: "sync" })
  return {
    text,
    choice,
    kept_ms,
    isRefused,
    drop: () => {
      dropDraft(key.value)
      put(null)
    },
  }
}
