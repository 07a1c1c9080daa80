/** A soft tone and a short buzz with a hint that was just painted. Both are off until somebody wants them. */
import { ref, watch, type ComputedRef, type Ref } from "vue"
import type { HintLife, View } from "../../../call/view"
import { painted } from "../../../ui/host"

const KEY = { sound: "callcoach.sound", vibration: "callcoach.vibration" }
/** An older hint is history that came with a reload. */
const NEW_MS = 3000

export interface Nudge {
  sound: Ref<boolean>
  vibration: Ref<boolean>
  canVibrate: boolean
  set: (what: "sound" | "vibration", on: boolean) => void
}

export function useNudge(view: Readonly<Ref<View>>, shown: ComputedRef<HintLife | null>): Nudge {
  const sound = ref(localStorage.getItem(KEY.sound) === "on")
  const vibration = ref(localStorage.getItem(KEY.vibration) === "on")
  const canVibrate = typeof navigator !== "undefined" && "vibrate" in navigator
  const told = new Set<string>()
  let context: AudioContext | null = null

  /** Two quiet sines falling off within 300 ms; below the loudness of speech in a headset. */
  function tone(): void {
    context ??= new AudioContext()
    void context.resume()
    const from = context.currentTime + 0.01
    for (const [at, hertz] of [[0, 660], [0.09, 880]] as const) {
      const [voice, gain] = [context.createOscillator(), context.createGain()]
      voice.frequency.value = hertz
      gain.gain.setValueAtTime(0, from + at)
      gain.gain.linearRampToValueAtTime(0.06, from + at + 0.015)
      gain.gain.exponentialRampToValueAtTime(0.0005, from + at + 0.2)
      voice.connect(gain).connect(context.destination)
      voice.start(from + at)
      voice.stop(from + at + 0.22)
    }
  }

  function set(what: "sound" | "vibration", on: boolean): void {
    const setting = what === "sound" ? sound : vibration
    setting.value = on
    localStorage.setItem(KEY[what], on ? "on" : "off")
    if (on && what === "sound") tone() // to hear what it is like, and because a browser wants a click before the first sound
    if (on && what === "vibration" && canVibrate) navigator.vibrate(60)
  }

  watch(
    () => (shown.value ? `${view.value.callId}/${shown.value.seq}` : null),
    async (key) => {
      const life = shown.value
      if (key === null || !life || life.isShown || told.has(key)) return
      told.add(key)
      if (view.value.atMs - life.raised.at_ms > NEW_MS) return
      await painted()
      if (sound.value) tone()
      if (vibration.value && canVibrate) navigator.vibrate(60)
    },
    { flush: "post" },
  )
  return { sound, vibration, canVibrate, set }
}
