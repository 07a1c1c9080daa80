/** A moment of a call, heard from the list: pressed again it stops. */
import { onScopeDispose, ref, type Ref } from "vue"
import { pathOf } from "../../../api/ask"
import type { CallRow } from "../../../api/http"
import { LEAD_IN_MS } from "../../../call/sound"

const UNKNOWN_MS = 10_000 // heard of a moment of which nobody knows how long it is

export interface Snippet {
  /** Id of the call that is heard; "" for none. */
  playing: Ref<string>
  /** Id of the call of which nothing could be heard. */
  failed: Ref<string>
  /** Its first problem, or this moment of it. */
  toggle: (row: CallRow, from_ms?: number, to_ms?: number | null) => void
  stop: () => boolean
}

export function useSnippet(): Snippet {
  const playing = ref("")
  const failed = ref("")
  const media = new Audio()
  media.preload = "none"
  let untilS = Infinity
  let fromMs = 0

  function stop(): boolean {
    if (!playing.value) return false
    playing.value = ""
    media.pause()
    return true
  }

  function toggle(row: CallRow, from_ms = row.problem?.from_ms ?? 0, to_ms = row.problem?.to_ms ?? null): void {
    const isSame = playing.value === row.call_id && fromMs === from_ms
    stop()
    if (isSame) return
    fromMs = from_ms
    failed.value = ""
    playing.value = row.call_id
    untilS = (to_ms ?? from_ms + UNKNOWN_MS) / 1000
    media.src = pathOf("GET /api/calls/{call_id}/audio", { call_id: row.call_id })
    media.currentTime = Math.max(0, from_ms - LEAD_IN_MS) / 1000
    media.play().catch(() => {
      if (playing.value !== row.call_id) return
      failed.value = row.call_id
      playing.value = ""
    })
  }

  media.ontimeupdate = () => void (media.currentTime >= untilS && stop())
  media.onended = () => void stop()
  onScopeDispose(() => {
    stop()
    media.removeAttribute("src")
  })
  return { playing, failed, toggle, stop }
}
