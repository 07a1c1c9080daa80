/** One player for all evidence of a finished call; chips are plain text where no recording was kept. */
import { onScopeDispose, ref, watch, type Ref } from "vue"
import { pathOf } from "../../../api/ask"
import type { Span } from "../../../api/events"
import { seekingIn, type Seeking } from "../../../call/seeking"
import { spanKey, LEAD_IN_MS, whyNoSound, type NoSound } from "../../../call/sound"
import type { View } from "../../../call/view"
import { hostTimeout } from "../../../ui/host"

/** After which one that was not there may be asked for again. */
const AGAIN_MS = 5000

export interface Playback {
  state: Ref<"unknown" | "ready" | "none">
  /** Why it is `none`. */
  because: Ref<NoSound>
  /** Key of what plays now, "" when nothing does. */
  playing: Ref<string>
  toggle: (span: Span) => void
  stop: () => boolean
}

/** By the records alone; null: there may be one. */
function missingBy({ recording, facts, capture }: View): NoSound | null {
  if (recording) return recording.state === "withdrawn" ? "withdrawn" : null
  const isLive = Object.values(capture).some(Boolean)
  return isLive && facts?.recording_consent !== true ? "no_consent" : "none"
}

/** Whether there is a recording, the records say: to ask for it is to hear it, and noted so in the audit. */
export function usePlayback(view: Readonly<Ref<View>>): Playback {
  const state = ref<"unknown" | "ready" | "none">("unknown")
  const because = ref<NoSound>("none")
  const playing = ref("")
  let audio: HTMLAudioElement | null = null
  let seeking: Seeking
  let endMs = 0
  let cancel: (() => void) | undefined

  const address = (): string => pathOf("GET /api/calls/{call_id}/audio", { call_id: view.value.callId })

  /** Why what somebody wanted to hear did not come. One that is being written, or a server that was away, may come yet. */
  async function explain(callId: string): Promise<void> {
    const leave = new AbortController()
    let status = 0
    try {
      status = (await fetch(address(), { headers: { Range: "bytes=0-1" }, signal: leave.signal })).status
      leave.abort()
    } catch {
      // no server
    }
    if (view.value.callId !== callId || view.value.recording?.state === "withdrawn") return
    const why = whyNoSound(status, view.value)
    miss(why)
    if (why === "unfinished" || why === "offline") cancel = hostTimeout(AGAIN_MS, () => void (state.value = "ready"))
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
    audio.preload = "none"
    seeking = seekingIn(audio)
    audio.ontimeupdate = () => void (audio && !seeking.isWaiting() && audio.currentTime * 1000 >= endMs && stop())
    audio.onended = () => void stop()
    audio.onerror = () => {
      stop()
      seeking.forget()
      audio?.removeAttribute("src") // what failed would stay so
      void explain(view.value.callId)
    }
    return audio
  }

  function toggle(span: Span): void {
    const key = spanKey(span)
    if (playing.value === key) return void stop()
    const sound = player()
    if (!sound.src.endsWith(address())) sound.src = address()
    endMs = span.end_ms
    playing.value = key
    seeking.to(Math.max(0, span.start_ms - LEAD_IN_MS))
    sound.play().catch(() => void (playing.value === key && stop()))
  }

  watch(
    () => (view.value.score ? view.value.callId : ""),
    (callId) => {
      stop()
      cancel?.()
      state.value = "unknown"
      if (!callId) return
      const why = missingBy(view.value)
      if (why) miss(why)
      else state.value = "ready"
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
