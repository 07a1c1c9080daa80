/** The line of a page's microphone to the centre: opened again when it breaks, until it is closed for good. */
import type { HeardSide, Listens, SideLevel, Told } from "../../../api/audio"

export const TAKEN_OVER = 4409
const SILENT_MS = 2500
const RETRY_MS = 1000
/** What waits to be sent after a network that stood still: more is left out, and is a gap. */
const MOST_WAITING_BYTES = 96_000
/** Codes after which another try changes nothing. */
const FOR_GOOD = [4403, 4404, TAKEN_OVER]

export interface Listener {
  /** What the page hears, told whenever the line is there. */
  sides: () => HeardSide[]
  told: (message: Exclude<Told, { type: "alive" }>) => void
  /** Not by us: `isOver` when it is not opened again. */
  lost: (code: number, isOver: boolean) => void
}

export interface AudioLine {
  /** What is heard has changed, or the page is to take over. */
  listens: (takeOver?: boolean) => void
  sound: (message: ArrayBuffer) => void
  level: (level: Omit<SideLevel, "type">) => void
  /** Looks whether the line is dead; called a few times a second. */
  watch: () => void
  close: () => void
}

export function openLine(key: string, listener: Listener): AudioLine {
  let socket: WebSocket | null = null
  let heardAt = 0
  let watchedAt = performance.now()
  let isOver = false
  let retryAt = Infinity

  function say(message: Listens | SideLevel): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function listens(takeOver = false): void {
    say({ type: "listens", key, sides: listener.sides(), take_over: takeOver })
  }

  function open(): void {
    retryAt = Infinity
    heardAt = performance.now()
    const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/agent/audio`)
    socket = opened
    opened.onopen = () => void (socket === opened && listens())
    opened.onmessage = ({ data }) => void (socket === opened && take(String(data)))
    opened.onclose = ({ code }) => void (socket === opened && lost(code))
  }

  function take(text: string): void {
    heardAt = performance.now()
    const message = JSON.parse(text) as Told
    if (message.type === "alive") socket?.send(text)
    else if (message.type === "taken_over") {
      socket?.close()
      lost(TAKEN_OVER)
    } else listener.told(message)
  }

  function lost(code: number): void {
    socket = null
    isOver ||= FOR_GOOD.includes(code)
    if (!isOver) retryAt = performance.now() + RETRY_MS
    listener.lost(code, isOver)
  }

  function watch(): void {
    const now = performance.now()
    if (now - watchedAt > SILENT_MS / 2) heardAt = now // the page was held up: what came meanwhile is not read yet
    watchedAt = now
    if (!isOver && socket === null && now >= retryAt) open()
    if (socket !== null && now - heardAt > SILENT_MS) {
      const dead = socket
      lost(0)
      dead.close()
    }
  }

  open()
  return {
    listens,
    sound: (message) => {
      if (socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < MOST_WAITING_BYTES) socket.send(message)
    },
    level: (level) => say({ type: "level", ...level }),
    watch,
    close: () => {
      isOver = true
      const last = socket
      socket = null
      last?.close()
    },
  }
}
