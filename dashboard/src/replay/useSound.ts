/** The recording of a call: played, at another speed without another pitch, one side or both, a span in a loop. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue"
import { pathOf } from "../api/ask"
import { seekingIn } from "../call/seeking"
import type { Sides } from "../call/sides"
import { LEAD_IN_MS, whyNoSound, type Mute, type NoSound } from "../call/sound"
import type { View } from "../call/view"

export const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const

export interface Loop {
  startMs: number
  endMs: number
}

export interface Sound {
  media: HTMLAudioElement
  /** Where one is, whether there is sound or not. */
  atMs: Ref<number>
  isPlaying: Ref<boolean>
  speed: Ref<number>
  sides: Ref<Sides>
  loop: Ref<Loop | null>
  /** What is heard before the span that is played; null while none is. */
  leadIn: Ref<Loop | null>
  /** Why nothing can be heard; "" where something can. */
  mute: ComputedRef<Mute | "">
  toggle: () => void
  stop: () => boolean
  seek: (ms: number) => void
  /** Plays a span with its lead-in, and stops behind it. */
  play: (span: Loop) => void
  /** A step along SPEEDS. */
  faster: (by: 1 | -1) => void
}

export function useSound(callId: Ref<string>, whole: () => View | null, durationMs: () => number, mayListen: () => boolean): Sound {
  const media = new Audio()
  media.preload = "none"
  const seeking = seekingIn(media)
  const atMs = ref(0)
  const isPlaying = ref(false)
  const speed = ref(1)
  const sides = ref<Sides>("both")
  const loop = ref<Loop | null>(null)
  const leadIn = ref<Loop | null>(null)
  const failed = ref<Mute | "">("")
  let untilMs = Infinity
  let frame = 0
  let graph: { context: AudioContext; mix: (sides: Sides) => void } | null = null

  const mute = computed<Mute | "">(() => (mayListen() ? failed.value || missingBy(whole()) : "no_right"))
  const address = (): string => pathOf("GET /api/calls/{call_id}/audio", { call_id: callId.value })

  /** While it plays the position is read once a frame; a hidden page has none, and hears `timeupdate`. */
  function follow(): void {
    if (media.paused) return
    look()
    frame = requestAnimationFrame(follow)
  }

  function look(): void {
    if (media.paused || seeking.isWaiting()) return
    atMs.value = Math.round(media.currentTime * 1000)
    if (loop.value && atMs.value >= loop.value.endMs) jump(loop.value.startMs)
    else if (atMs.value >= untilMs) media.pause()
  }

  function toEnd(): void {
    untilMs = Infinity
    leadIn.value = null
  }

  function jump(ms: number): void {
    atMs.value = Math.round(Math.min(Math.max(0, ms), durationMs()))
    if (media.src) seeking.to(atMs.value)
  }

  function start(): void {
    if (mute.value) return
    if (!media.src) {
      media.src = address()
      seeking.to(atMs.value)
    }
    graph ??= graphOf(media)
    graph?.mix(sides.value)
    void graph?.context.resume()
    media.playbackRate = speed.value
    void media.play().catch(() => void (isPlaying.value = false))
  }

  function stop(): boolean {
    toEnd()
    if (media.paused) return false
    media.pause()
    return true
  }

  function unload(): void {
    seeking.forget()
    media.removeAttribute("src")
    media.load()
  }

  media.onplay = () => {
    isPlaying.value = true
    frame = requestAnimationFrame(follow)
  }
  media.onpause = () => {
    isPlaying.value = false
    toEnd()
    cancelAnimationFrame(frame)
  }
  media.onended = () => {
    // it has paused
    if (!loop.value) return
    jump(loop.value.startMs)
    start()
  }
  media.ontimeupdate = look
  media.onerror = () => void (media.getAttribute("src") && explain())

  async function explain(): Promise<void> {
    const asked = callId.value
    unload()
    let status = 0
    try {
      const leave = new AbortController()
      status = (await fetch(address(), { headers: { Range: "bytes=0-1" }, signal: leave.signal })).status
      leave.abort()
    } catch {
      // no server
    }
    if (asked !== callId.value) return
    isPlaying.value = false
    failed.value = status === 403 ? "unsettled" : whyNoSound(status, whole())
  }

  /** Taken back while the page stands open: what the player has of it plays no further. */
  watch(mute, (why) => {
    if (!why || !media.src) return
    stop()
    unload()
  })
  watch(speed, (rate) => void (media.playbackRate = rate))
  watch(sides, (wanted) => graph?.mix(wanted))
  watch(callId, () => {
    stop()
    unload()
    atMs.value = 0
    loop.value = null
    failed.value = ""
  })
  onScopeDispose(() => {
    stop()
    cancelAnimationFrame(frame)
    unload()
    void graph?.context.close()
  })

  return {
    media,
    atMs,
    isPlaying,
    speed,
    sides,
    loop,
    leadIn,
    mute,
    toggle: () => void (stop() || start()),
    stop,
    seek: (ms) => {
      toEnd()
      jump(ms)
    },
    play: (span) => {
      loop.value = null
      jump(span.startMs - LEAD_IN_MS)
      start()
      if (mute.value) return
      leadIn.value = { startMs: atMs.value, endMs: span.startMs }
      untilMs = span.endMs
    },
    faster: (by) => {
      const place = SPEEDS.indexOf(speed.value as (typeof SPEEDS)[number]) + by
      speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))]!
    },
  }
}

/** By the records alone: to ask for the sound is to hear it, and noted so. */
function missingBy(view: View | null): NoSound | "" {
  if (!view) return "none"
  if (view.recording) return view.recording.state === "withdrawn" ? "withdrawn" : ""
  if (view.facts?.recording_consent === true) return ""
  return view.facts?.recording_consent === false || Object.values(view.capture).some(Boolean) ? "no_consent" : "none"
}

/** Agent left, customer right, as recorded; heard in both ears, whoever is chosen. Null where the browser has none. */
function graphOf(media: HTMLAudioElement): { context: AudioContext; mix: (sides: Sides) => void } | null {
  if (typeof AudioContext === "undefined") return null
  const context = new AudioContext()
  const splitter = context.createChannelSplitter(2)
  const gains = { agent: context.createGain(), customer: context.createGain() }
  const source = context.createMediaElementSource(media)
  source.channelInterpretation = "discrete"
  source.connect(splitter)
  splitter.connect(gains.agent, 0)
  splitter.connect(gains.customer, 1)
  gains.agent.connect(context.destination)
  gains.customer.connect(context.destination)
  const mix = (sides: Sides): void => {
    gains.agent.gain.value = sides === "customer" ? 0 : 1
    gains.customer.gain.value = sides === "agent" ? 0 : 1
  }
  return { context, mix }
}
