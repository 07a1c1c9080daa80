/** This page as the microphone of its agent's calls: opened by a person, and again by itself after a reload. */
import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue"
import type { HeardSide } from "../../../api/audio"
import type { HeadsetStatus } from "../../../api/http"
import { newId } from "../../../api/newId"
import { everyInHost, hostDocument } from "../../../ui/host"
import { Loudness, messageOf, type Block, type Side } from "./block"
import { openLine, TAKEN_OVER, type AudioLine, type Listener } from "./line"
import { canShare, Ears, microphone, microphones, NotHeard, shared, soundFault, stop, type SoundFault } from "./sound"

export type MicrophoneFault = SoundFault | "taken_over" | "not_allowed"

export interface Microphone {
  /** Calls here are heard by pages: nobody but an agent is told so. */
  isOffered: ComputedRef<boolean>
  /** `held`: another page of this agent listens, and nobody has said yet that this one is to take over. */
  state: Readonly<Ref<"off" | "opening" | "on" | "held">>
  fault: Readonly<Ref<MicrophoneFault | null>>
  /** The call that is heard by this page, or that another one hears while this is `held`. */
  callId: Readonly<Ref<string | null>>
  devices: Readonly<Ref<readonly MediaDeviceInfo[]>>
  /** Id of the device, "" for the system's own. */
  chosen: Readonly<Ref<string>>
  /** Of each side that is heard: its device, and how loud it is in dBFS, null for digital silence. */
  heard: Readonly<Record<Side, { device: string; dbfs: number | null } | null>>
  canShare: boolean
  open: () => Promise<void>
  close: () => void
  takeOver: () => void
  choose: (deviceId: string) => Promise<void>
  /** The customer, as a tab or the system plays them; again: no more. */
  share: () => Promise<void>
}

const CHOSEN = "callcoach.microphone"
/** Only between a page and itself reloaded: a tab that is copied finds nothing, and is asked. */
const AGAIN = "callcoach.listened"
const WATCH_MS = 500
const TELL_MS = 1000
const SHOW_MS = 100
const ASLEEP_MS = 400

interface Open {
  stream: MediaStream
  device: string
  leave: () => void
}

export function useMicrophone(headset: Readonly<Ref<HeadsetStatus | null>>): Microphone {
  const state = ref<"off" | "opening" | "on" | "held">("off")
  const fault = ref<MicrophoneFault | null>(null)
  const callId = ref<string | null>(null)
  const devices = shallowRef<readonly MediaDeviceInfo[]>([])
  const chosen = ref(stored(() => localStorage.getItem(CHOSEN)) ?? "")
  const heard = reactive<Record<Side, { device: string; dbfs: number | null } | null>>({ agent: null, customer: null })
  const before = stored(() => sessionStorage.getItem(AGAIN))
  const key = before ?? newId()
  const sides = new Map<Side, Open>()
  let ears: Ears | null = null
  let line: AudioLine | null = null
  stored(() => sessionStorage.removeItem(AGAIN))

  const isOffered = computed(() => headset.value?.by === "page")

  async function open(): Promise<void> {
    if (state.value !== "off") return
    fault.value = soundFault()
    if (fault.value) return
    state.value = "opening"
    try {
      const stream = await microphone(chosen.value) // first: a page that captures may also run its sound untouched
      const opened = await Ears.open().catch((error: unknown) => {
        stop(stream)
        throw error
      })
      ears = opened
      await hear("agent", stream)
      opened.wake()
      void list()
      watchSleep(opened)
      line = openLine(key, listener)
    } catch (error) {
      failed(error)
    }
  }

  function close(): void {
    line?.close()
    line = null
    for (const side of [...sides.keys()]) forget(side)
    ears?.close()
    ears = null
    callId.value = null
    state.value = "off"
  }

  function failed(error: unknown): void {
    close()
    fault.value = error instanceof NotHeard ? error.fault : "failed"
  }

  async function hear(side: Side, stream: MediaStream): Promise<void> {
    if (!ears) return stop(stream) // closed meanwhile
    const track = stream.getAudioTracks()[0]!
    const [loudness, device] = [new Loudness(ears.rateHz), track.label]
    let shownAt = 0
    let toldAt = 0
    forget(side)
    const leave = ears.listen(stream, (block: Block) => {
      const now = performance.now()
      loudness.feed(block.pcm)
      if (state.value === "on" && callId.value) line?.sound(messageOf(side, block))
      if (now - shownAt > SHOW_MS) [shownAt, heard[side]] = [now, { device, dbfs: loudness.dbfs }]
      if (now - toldAt < TELL_MS) return
      toldAt = now
      line?.level({ channel: side, dbfs: loudness.dbfs })
      line?.watch() // the timers of a hidden tab come late
    })
    sides.set(side, { stream, device, leave })
    heard[side] = { device, dbfs: null }
    track.onended = () => ended(side)
  }

  function forget(side: Side): void {
    const open = sides.get(side)
    if (!open) return
    open.leave()
    stop(open.stream)
    sides.delete(side)
    heard[side] = null
  }

  /** The device is gone, or the browser's own button ended it. */
  function ended(side: Side): void {
    if (side === "agent") return failed(new NotHeard("gone"))
    forget(side)
    line?.listens()
  }

  async function choose(deviceId: string): Promise<void> {
    chosen.value = deviceId
    stored(() => localStorage.setItem(CHOSEN, deviceId))
    if (state.value === "off") return
    try {
      await hear("agent", await microphone(deviceId))
      line?.listens()
    } catch (error) {
      failed(error)
    }
  }

  async function share(): Promise<void> {
    if (sides.has("customer")) return ended("customer")
    fault.value = null
    try {
      const stream = await shared()
      if (!stream) return
      await hear("customer", stream)
      line?.listens()
    } catch (error) {
      fault.value = error instanceof NotHeard ? error.fault : "failed"
    }
  }

  async function list(): Promise<void> {
    devices.value = await microphones()
  }

  function watchSleep(opened: Ears): void {
    const look = (): void => {
      if (opened !== ears) return
      if (opened.isAsleep) fault.value = "asleep"
      else if (fault.value === "asleep") fault.value = null
    }
    opened.context.onstatechange = look
    setTimeout(look, ASLEEP_MS)
  }

  const listener: Listener = {
    sides: () => [...sides].map(([channel, { device }]): HeardSide => ({ channel, device: device.slice(0, 200), rate_hz: ears?.rateHz ?? 0 })),
    told: (message) => {
      if (message.type === "ready") [state.value, callId.value] = ["on", message.call_id]
      else if (message.type === "held") [state.value, callId.value] = ["held", message.call_id]
      else if (message.type === "started") callId.value = message.call_id
      else if (message.type === "ended") callId.value = null
    },
    lost: (code, isOver) => {
      if (!isOver) return void (state.value = "opening")
      close()
      fault.value = code === TAKEN_OVER ? "taken_over" : "not_allowed"
    },
  }

  function wake(): void {
    if (ears?.isAsleep) ears.wake()
  }

  function left(): void {
    if (state.value !== "off") stored(() => sessionStorage.setItem(AGAIN, key))
  }

  everyInHost(WATCH_MS, () => line?.watch())
  watch(isOffered, (is) => {
    if (is && before) void open()
  })
  const mediaDevices = globalThis.navigator?.mediaDevices
  mediaDevices?.addEventListener?.("devicechange", list)
  const page = hostDocument()
  for (const touch of ["pointerdown", "keydown"]) page.addEventListener(touch, wake)
  window.addEventListener("pagehide", left)
  onScopeDispose(() => {
    mediaDevices?.removeEventListener?.("devicechange", list)
    for (const touch of ["pointerdown", "keydown"]) page.removeEventListener(touch, wake)
    window.removeEventListener("pagehide", left)
    close()
  })
  return { isOffered, state, fault, callId, devices, chosen, heard, canShare: canShare(), open, close, takeOver: () => line?.listens(true), choose, share }
}

/** A browser that keeps nothing asks again next time. */
function stored<Value>(access: () => Value): Value | null {
  try {
    return access()
  } catch {
    return null
  }
}
