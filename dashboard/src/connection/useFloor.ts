/** The floor as a wall that follows `/ws/floor`: whole again with each new line, and stale as soon as nothing is heard. */
import { onScopeDispose, readonly, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import type { Changes, FloorAlive, Snapshot } from "../api/floor"
import { changed, EMPTY, wallOf, type Wall } from "../floor/wall"
import { everyInHost } from "../ui/host"
import { SIGNED_OUT_LINE } from "./useCall"

/** The server says something twice a second: what was last heard longer ago than this is told as old. */
export const STALE_MS = 1500
/** A line that is silent for so long is dead, closed or not. */
const SILENT_MS = 2500
const CONNECT_MS = 3000
const WATCH_MS = 250
/** Right again within three seconds of the line's return: it is tried each second. */
const BACK_OFF_MS = [0, 250, 500, 1000]

export interface Floor {
  wall: Readonly<ShallowRef<Wall>>
  /** False until the first snapshot came. */
  isKnown: Readonly<Ref<boolean>>
  /** By the centre's clock, when nothing newer is known; null while all is as it is. */
  staleAt: Readonly<Ref<number | null>>
  retries: Readonly<Ref<number>>
  isSignedOut: Readonly<Ref<boolean>>
  /** Milliseconds since 1970 by the centre's clock; stands still while the wall is stale. */
  nowMs: () => number
  /** How long ago something was heard. */
  heardAgoMs: () => number
  /** Opens the line anew. */
  reopen: () => void
}

/** `then` is called with the agents who may look different, with null when all may. */
export function useFloor(then: (wall: Wall, touched: ReadonlySet<string> | null) => void): Floor {
  const wall = shallowRef<Wall>(EMPTY)
  const isKnown = ref(false)
  const staleAt = ref<number | null>(null)
  const retries = ref(0)
  const isSignedOut = ref(false)
  let socket: WebSocket | null = null
  let heardAt = performance.now()
  /** The centre's clock less ours: what comes late makes it too small, so the largest is the nearest. */
  let offset = Date.now() - performance.now()
  /** Whether this line has told all of it. */
  let isWhole = false
  let watchedAt = heardAt
  let isClosed = false
  let retry: ReturnType<typeof setTimeout> | undefined

  const centreNow = (): number => offset + performance.now()

  function take(text: unknown, opened: WebSocket): void {
    const message = read(text)
    if (!message) return
    heardAt = performance.now()
    const told = message.clock_ms - heardAt
    offset = message.type === "snapshot" ? told : Math.max(offset, told)
    if (message.type === "alive") opened.send('{"type":"alive"}')
    else if (message.type === "snapshot") show(wallOf(message), null)
    else if (isWhole) showChange(message)
    if (!isWhole) return
    staleAt.value = null
    retries.value = 0
  }

  function showChange(message: Changes): void {
    const after = changed(wall.value, message)
    show(after.wall, after.touched)
  }

  function show(after: Wall, touched: ReadonlySet<string> | null): void {
    isWhole = true
    isKnown.value = true
    wall.value = after
    then(after, touched)
  }

  function open(): void {
    clearTimeout(retry)
    const scheme = location.protocol === "https:" ? "wss" : "ws"
    const opened = new WebSocket(`${scheme}://${location.host}/ws/floor`)
    socket = opened
    isWhole = false
    heardAt = performance.now()
    opened.onmessage = ({ data }) => {
      if (socket === opened) take(data, opened)
    }
    opened.onclose = ({ code }) => {
      if (socket === opened && !isClosed) lost(code)
    }
  }

  function lost(code: number): void {
    socket = null
    stop()
    if (code === SIGNED_OUT_LINE) {
      isSignedOut.value = true
      return
    }
    retry = setTimeout(open, BACK_OFF_MS[Math.min(retries.value, BACK_OFF_MS.length - 1)])
    retries.value += 1
  }

  /** What was heard last over a line that told all is how old the wall is. */
  function stop(): void {
    if (isKnown.value && isWhole) staleAt.value ??= offset + heardAt
  }

  /** A proxy may swallow a line and leave it open; a machine that slept finds it open and dead. */
  function watch(): void {
    const now = performance.now()
    const wasHeldUp = now - watchedAt > 4 * WATCH_MS // what came meanwhile is read first
    watchedAt = now
    if (!socket || wasHeldUp) return
    const silence = now - heardAt
    if (socket.readyState === WebSocket.OPEN && silence >= STALE_MS) stop()
    if (silence < (socket.readyState === WebSocket.OPEN ? SILENT_MS : CONNECT_MS)) return
    const dead = socket
    lost(0)
    dead.close()
  }

  function reopen(): void {
    isSignedOut.value = false
    const before = socket
    open()
    before?.close()
  }

  const back = (): void => {
    if (!socket && !isSignedOut.value) open()
  }
  window.addEventListener("online", back)
  everyInHost(WATCH_MS, watch)
  open()
  onScopeDispose(() => {
    isClosed = true
    clearTimeout(retry)
    window.removeEventListener("online", back)
    socket?.close()
  })

  return {
    wall,
    isKnown: readonly(isKnown),
    staleAt: readonly(staleAt),
    retries: readonly(retries),
    isSignedOut: readonly(isSignedOut),
    nowMs: () => staleAt.value ?? centreNow(),
    heardAgoMs: () => performance.now() - heardAt,
    reopen,
  }
}

function read(text: unknown): Snapshot | Changes | FloorAlive | null {
  try {
    const message: unknown = JSON.parse(String(text))
    return typeof message === "object" && message !== null && "type" in message ? (message as Snapshot) : null
  } catch {
    return null
  }
}
