/** The records of one call as a view that follows the socket: reconnects without gap, follows the latest call. */
import { onScopeDispose, readonly, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { ask, SIGNED_OUT } from "../api/ask"
import type { CallRecord } from "../api/events"
import type { Alive, CondensedPast, HelpMessage, PageMessage, Refusal, SeenMessage } from "../api/socket"
import { leaveOut, reduce } from "../call/reduce"
import { emptyView, type View } from "../call/view"
import { everyInHost, hostTimeout } from "../ui/host"

export const TOO_SLOW = 4008
export const UNKNOWN_CALL = 4404
/** The session ended, or the person may no longer see this call. */
export const SIGNED_OUT_LINE = 4401
/** Our own word for a line that says nothing; not on the wire. */
const SILENT = 4000
const BACK_OFF_MS = [250, 500, 1000, 2000, 4000]
const POLL_MS = 1000
const SIGNED_OUT_MS = 5000
const NOTICE_MS = 6000
const BURST_MS = 16
const STEADY_MS = 2000
/** The server says something twice a second (sockets.py): a line that is silent for so long is dead, closed or not. */
export const SILENT_MS = 2500
const CONNECT_MS = 5000
const WATCH_MS = 250
const READ_MS = 500

/** What a page tells a call. */
export type FromPage = PageMessage | HelpMessage | SeenMessage
type SocketMessage = CallRecord | CondensedPast | Alive | Refusal

export interface Connection {
  state: "idle" | "connecting" | "open" | "offline"
  /** performance.now() at which this state began; while offline, at which the line was lost. */
  since: number
  retries: number
  problem: "none" | "too_slow" | "unknown_call"
}

export interface Call {
  view: Readonly<ShallowRef<View>>
  connection: Readonly<Ref<Connection>>
  /** performance.now() when the last record came. */
  arrivedAt: () => number
  /** Kept while the line opens; false while there is none. */
  send: (message: FromPage) => boolean
  /** Shows this call at once, without waiting for the next look at what is the latest. */
  follow: (callId: string) => void
  /** Closed because nobody is signed in here: it is not tried again before somebody is. */
  isSignedOut: Readonly<Ref<boolean>>
  /** Opens the line anew where it stands. */
  reopen: () => void
}

/** `wanted` is a call's id, or "latest" to follow whatever call is the newest. */
export function useCall(wanted: string): Call {
  const view = shallowRef<View>(emptyView(wanted === "latest" ? "" : wanted))
  const connection = ref<Connection>({ state: "connecting", since: performance.now(), retries: 0, problem: "none" })
  let latest = view.value
  let arrived = performance.now()
  /** When anything came over the line, and when that was looked at. */
  let heardAt = 0
  let watchedAt = performance.now()
  /** What came last before the page was held up, and until when what came meanwhile may still be read. */
  let doubt = { heardAt: -1, until: 0 }
  let socket: WebSocket | null = null
  /** What was said while the line was opening: goes out as soon as it is open. */
  let unsaid: FromPage[] = []
  let isClosed = false
  const isSignedOut = ref(false)
  let cancelFlush: (() => void) | undefined
  let flushedAt = 0
  let lostAt = 0
  const timers = new Set<ReturnType<typeof setTimeout>>()

  function later(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!isClosed) then()
    }, ms)
    timers.add(timer)
  }

  function become(state: Connection["state"], change: Partial<Connection> = {}): void {
    const before = connection.value
    const since = before.state === state ? before.since : performance.now()
    connection.value = { ...before, since, ...change, state }
  }

  /** A line holds once something came over it or it lasted; one that opens only to close is still lost. */
  function settle(): void {
    if (connection.value.retries > 0 && connection.value.state === "open") become("open", { retries: 0 })
  }

  function flush(): void {
    cancelFlush?.()
    cancelFlush = undefined
    flushedAt = performance.now()
    view.value = latest
  }

  function take(text: unknown): void {
    heardAt = performance.now()
    settle()
    const message = read(text)
    if (isAlive(message)) say(message)
    const told = toldBy(message)
    if (told === null) return
    arrived = heardAt
    const records = "event" in told ? [told] : told.records
    const after = records.reduce(reduce, "event" in told ? latest : leaveOut(latest, told.left_out))
    if (after === latest) return
    latest = after
    // A hint goes out at once; a burst is drawn once a frame.
    if (arrived - flushedAt > BURST_MS || records.some(({ event }) => event.kind === "HintRaised")) flush()
    else cancelFlush ??= hostTimeout(BURST_MS, flush)
  }

  function open(callId: string): void {
    const opened = new WebSocket(addressOf(callId, latest.seq))
    socket = opened
    heardAt = performance.now()
    opened.onopen = () => {
      heardAt = performance.now()
      become("open")
      unsaid.splice(0).forEach(say)
      later(STEADY_MS, () => {
        if (socket === opened) settle()
      })
    }
    opened.onmessage = (message) => {
      if (socket === opened) take(message.data)
    }
    opened.onclose = (event) => {
      if (socket === opened && !isClosed) closed(callId, event.code)
    }
  }

  function closed(callId: string, code: number): void {
    socket = null
    if (code === SIGNED_OUT_LINE) {
      isSignedOut.value = true
      become("idle", { problem: "none", retries: 0 })
      return
    }
    if (code === UNKNOWN_CALL) {
      become("idle", { problem: "unknown_call", retries: 0 })
      if (wanted === "latest") show("")
      return
    }
    if (code === TOO_SLOW) {
      become("connecting", { problem: "too_slow" })
      later(NOTICE_MS, () => {
        if (connection.value.problem === "too_slow") become(connection.value.state, { problem: "none" })
      })
      open(callId)
      return
    }
    const retries = connection.value.retries + 1
    if (retries === 1) lostAt = performance.now()
    become("offline", { retries, since: lostAt })
    // A line that was silent has cost time enough.
    later(code === SILENT ? 0 : backOff(retries), () => {
      if (latest.callId === callId && socket === null) open(callId)
    })
  }

  function say(message: FromPage | Alive): boolean {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  function send(message: FromPage): boolean {
    if (socket?.readyState !== WebSocket.CONNECTING) return say(message)
    unsaid.push(message)
    return true
  }

  /** A proxy may swallow a line and leave it open: who hears nothing opens another one. */
  function watch(): void {
    const now = performance.now()
    const wasHeldUp = now - watchedAt > SILENT_MS / 2
    watchedAt = now
    const dead = socket
    if (!dead || now - heardAt < (dead.readyState === WebSocket.OPEN ? SILENT_MS : CONNECT_MS)) return
    // Only once of the same silence: the timers of a hidden tab are always late.
    if (wasHeldUp && doubt.heardAt !== heardAt) doubt = { heardAt, until: now + READ_MS }
    if (doubt.heardAt === heardAt && now < doubt.until) return
    closed(latest.callId, SILENT)
    dead.close()
  }

  function show(callId: string): void {
    const before = socket
    socket = null
    before?.close()
    unsaid = []
    latest = emptyView(callId)
    flush()
    if (callId !== "") {
      become("connecting", { problem: "none", retries: 0 })
      open(callId)
    }
  }

  async function lookOut(): Promise<void> {
    const isFree = latest.callId === "" || latest.ended !== null || latest.score !== null
    if (isFree) {
      const before = latest.callId
      const found = await latestCall()
      if (isClosed) return
      if (latest.callId !== before) return later(POLL_MS, () => void lookOut()) // another call was chosen meanwhile
      if (found === "signed_out") return later(SIGNED_OUT_MS, () => void lookOut())
      if (found === undefined && latest.callId === "") become("offline", { retries: connection.value.retries + 1 })
      if (found === null && latest.callId === "") become("idle", { retries: 0 })
      if (found && found !== latest.callId) show(found)
    }
    const delay = connection.value.state === "offline" ? backOff(connection.value.retries) : POLL_MS
    later(delay, () => void lookOut())
  }

  function reopen(): void {
    isSignedOut.value = false
    if (!latest.callId) return
    const before = socket
    socket = null
    before?.close()
    if (!before) become("connecting", { retries: 0 })
    open(latest.callId)
  }

  everyInHost(WATCH_MS, watch)
  if (wanted === "latest") void lookOut()
  else show(wanted)

  onScopeDispose(() => {
    isClosed = true
    cancelFlush?.()
    timers.forEach(clearTimeout)
    socket?.close()
  })

  return {
    view,
    connection: readonly(connection) as Readonly<Ref<Connection>>,
    arrivedAt: () => arrived,
    send,
    isSignedOut: readonly(isSignedOut),
    reopen,
    follow: (callId) => {
      if (wanted === "latest" && callId !== latest.callId) show(callId)
    },
  }
}

function backOff(retries: number): number {
  return BACK_OFF_MS[Math.min(retries, BACK_OFF_MS.length) - 1] ?? POLL_MS
}

function addressOf(callId: string, after: number): string {
  const scheme = location.protocol === "https:" ? "wss" : "ws"
  return `${scheme}://${location.host}/ws/calls/${encodeURIComponent(callId)}?after=${after}&condensed=true`
}

/** The newest call's id; null when there is none, undefined when the server does not answer. */
async function latestCall(): Promise<string | "signed_out" | null | undefined> {
  const reply = await ask("GET /api/calls/latest")
  if ((reply.status as number) === SIGNED_OUT) return "signed_out"
  if (reply.status === 204) return null
  return reply.status === 200 ? reply.body.call_id : undefined
}

function read(text: unknown): SocketMessage | null {
  try {
    const message: unknown = JSON.parse(String(text))
    return typeof message === "object" ? (message as SocketMessage | null) : null
  } catch {
    return null
  }
}

function isAlive(message: SocketMessage | null): message is Alive {
  return message !== null && "type" in message && message.type === "alive"
}

/** Null for what is neither records nor the past in short. */
function toldBy(message: SocketMessage | null): CallRecord | CondensedPast | null {
  if (message === null) return null
  if ("event" in message) return typeof message.event === "object" ? message : null
  return message.type === "condensed" ? message : null
}
