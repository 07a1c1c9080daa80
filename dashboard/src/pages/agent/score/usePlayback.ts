/** One player for all evidence of a finished call; chips are plain text where no recording was kept. */
import { onScopeDispose, ref, watch, type Ref } from "vue"
import { pathOf } from "../../../api/ask"
import type { Span } from "../../../api/events"
import type { View } from "../../../call/view"
import type { NoSound } from "../../../texts/shape"
import { hostTimeout } from "../../../ui/host"

/** So that the first word is not cut. */
export const LEAD_IN_MS = 1000
const TRIES = 4
const AGAIN_MS = 2000

export interface Playback {
  state: Ref<"unknown" | "ready" | "none">
  /** Why it is `none`. */
  because: Ref<NoSound>
  /** Key of what plays now, "" when nothing does. */
  playing: Ref<string>
  toggle: (span: Span) => void
  stop: () => boolean
}

export function keyOf(span: Span): string {
  return `${span.channel}/${span.start_ms}/${span.end_ms}`
}

/** `status`: of the answer to who asked for the sound, 0 without an answer. */
function reasonOf(status: number, { recording, facts, capture }: View): NoSound {
  if (status === 0) return "offline"
  if (status === 401 || status === 403) return "no_right"
  if (recording?.state === "on") return "unfinished"
  if (recording) return "broken"
  const isLive = Object.values(capture).some(Boolean)
  return isLive && facts?.recording_consent !== true ? "no_consent" : "none"
}

/** Asks for the recording once the call is scored; one that was recorded may need a moment to be written. */
export function usePlayback(view: Readonly<Ref<View>>): Playback {
  const state = ref<"unknown" | "ready" | "none">("unknown")
  const because = ref<NoSound>("none")
  const playing = ref("")
  let audio: HTMLAudioElement | null = null
  let endMs = 0
  let cancel: (() => void) | undefined

  const address = (): string => pathOf("GET /api/calls/{call_id}/audio", { call_id: view.value.callId })

  async function probe(callId: string, tries: number): Promise<void> {
    const leave = new AbortController()
    let status = 0
    try {
      status = (await fetch(address(), { headers: { Range: "bytes=0-1" }, signal: leave.signal })).status
      leave.abort()
    } catch {
      // no server: as good as no recording
    }
    if (view.value.callId !== callId || view.value.recording?.state === "withdrawn") return
    const found = status >= 200 && status < 300
    if (!found && tries > 1 && view.value.recording?.state === "on") {
      cancel = hostTimeout(AGAIN_MS, () => void probe(callId, tries - 1))
      return
    }
    if (found) state.value = "ready"
    else miss(reasonOf(status, view.value))
  }

  function miss(why: NoSound): void {
    state.value = "none"
    because.value = why
  }

  function stop(): boolean {
    if (!playing.value) return false
    playing.value = ""
    audio?.pause()
    return true
  }

  function player(): HTMLAudioElement {
    if (audio) return audio
    audio = new Audio()
    audio.preload = "auto"
    audio.ontimeupdate = () => void (audio && audio.currentTime * 1000 >= endMs && stop())
    audio.onended = () => void stop()
    audio.onerror = () => void (stop(), miss("broken"))
    return audio
  }

  function toggle(span: Span): void {
    const key = keyOf(span)
    if (playing.value === key) return void stop()
    const sound = player()
    if (!sound.src.endsWith(address())) sound.src = address()
    endMs = span.end_ms
    playing.value = key
    const from = Math.max(0, span.start_ms - LEAD_IN_MS) / 1000
    if (sound.readyState >= 1) sound.currentTime = from
    else sound.onloadedmetadata = () => void (sound.currentTime = from)
    sound.play().catch(() => void (playing.value === key && stop()))
  }

  watch(
    () => (view.value.score ? view.value.callId : ""),
    (callId) => {
      stop()
      cancel?.()
      state.value = "unknown"
      if (!callId) return
      if (view.value.recording?.state === "withdrawn") miss("withdrawn")
      else void probe(callId, TRIES)
    },
    { immediate: true },
  )
  // Consent may be withdrawn while it plays: nothing of it is heard from then on, nor what the player holds already.
  watch(
    () => view.value.recording?.state === "withdrawn",
    (isWithdrawn) => {
      if (!isWithdrawn) return
      cancel?.()
      stop()
      audio?.removeAttribute("src")
      audio?.load()
      audio = null
      miss("withdrawn")
    },
  )
  onScopeDispose(() => {
    cancel?.()
    stop()
  })
  return { state, because, playing, toggle, stop }
}
