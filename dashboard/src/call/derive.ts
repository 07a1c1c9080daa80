/** What follows from a view at a moment of audio time. Pure; components only draw what is decided here. */
import type { Channel } from "../api/events"
import type { Guess, HintLife, SilentStep, View, Wait } from "./view"

export const DONE_MS = 2000
export const OVER_MS = 2000
export const RETURN_FROM_S = 5
export const LATE_WORDS_MS = 3000
/** Later than this a hint by words is no help any more. */
const USELESS_WORDS_MS = 10_000

export function areWordsUseless(view: View): boolean {
  return (view.lagMs ?? 0) > USELESS_WORDS_MS
}
export type Stage =
  | { show: "idle" }
  | { show: "hint"; life: HintLife; counter: Counter | null }
  | { show: "done"; life: HintLife }
  | { show: "silent"; silent: SilentStep }
  | { show: "over" }
  | { show: "waiting"; waitedS: number; leftS: number; limitS: number }
  | { show: "ended" }
  | { show: "blind"; side: Channel }
  | { show: "no_words" }
  | { show: "offline" }
  | { show: "frozen" }
  | { show: "normal" }

/** What a hint goes on counting, in seconds. */
export interface Counter {
  of: "silence" | "wait"
  seconds: number
}

export interface Page {
  isOffline: boolean
  /** Nothing comes just now: what was last known may not be so any more. */
  isFrozen: boolean
  /** Seqs of hints this page put away before the server said so. */
  hidden: ReadonlySet<number>
}

/** The one thing on the stage. */
export function stageOf(view: View, nowMs: number, page: Page): Stage {
  if (!view.started) return { show: "idle" }
  if (view.ended || view.score) return { show: "ended" }
  if (page.isOffline) return { show: "offline" }
  if (view.lost.agent !== undefined) return { show: "blind", side: "agent" }
  const silent = silentOf(view)
  const isSilentCall = silent !== null && silent.state !== "over"
  const life = view.hints.at(-1)
  if (life && !page.hidden.has(life.seq)) {
    if (life.doneAtMs !== null && nowMs - life.doneAtMs < DONE_MS) return { show: "done", life }
    const isOpen = life.outcome === null && life.doneAtMs === null
    if (isOpen) return { show: "hint", life, counter: counterOf(life, view, nowMs) }
  }
  if (isSilentCall && view.lost.customer === undefined) return { show: "silent", silent }
  if (silent?.state === "over" && !page.isFrozen && silent.lastStep > 0 && nowMs - silent.atMs < OVER_MS) return { show: "over" }
  if (view.wait && waiterOf(view, nowMs) === "customer") return waitingOf(view.wait, nowMs)
  if (view.lost.customer !== undefined) return { show: "blind", side: "customer" }
  if (view.lost.mixed !== undefined) return { show: "blind", side: "mixed" }
  if (page.isFrozen) return { show: "frozen" }
  return isWithoutWords(view) ? { show: "no_words" } : { show: "normal" }
}

/** Of a side that is lost nobody knows whether it speaks: its turn ends in no record until it is back. */
export function isSpeaking(view: View, channel: Channel): boolean {
  return view.speaking[channel] !== undefined && view.lost[channel] === undefined
}

/** Of a customer who was asked to wait the whole wait: light talk in between makes it no shorter. */
function counterOf(life: HintLife, view: View, nowMs: number): Counter | null {
  const { silence, wait } = view
  if (!silence || life.raised.counts !== "silence") return null
  const isWait = wait !== null && waiterOf(view, nowMs) === "customer"
  return { of: isWait ? "wait" : "silence", seconds: Math.floor((nowMs - (isWait ? wait.fromMs : silence.startMs)) / 1000) }
}

function waitingOf({ fromMs, limitMs }: Wait, nowMs: number): Stage {
  const waitedS = Math.max(0, Math.floor((nowMs - fromMs) / 1000))
  const limitS = Math.round(limitMs / 1000)
  return { show: "waiting", waitedS, leftS: limitS - waitedS, limitS }
}

/**
 * Who waits, as was asked. The customer does until the agent is back with the matter: what is said meanwhile is light
 * talk, unless the time is up. The agent does while the customer is silent. In a mix nobody knows.
 */
export function waiterOf(view: View, nowMs: number): "agent" | "customer" | null {
  const { silence, wait } = view
  const isSilent = silence?.kind === "announced"
  if (wait?.channel === "agent") return isSilent || nowMs < wait.fromMs + wait.limitMs ? "customer" : null
  return wait?.channel === "customer" && isSilent ? "agent" : null
}

/** The step as it stands: whatever the agent says now, the wait is counted from its end, and nothing counts meanwhile. */
export function silentOf(view: View): SilentStep | null {
  const { silent } = view
  const isLast = silent !== null && silent.step >= (view.started?.legend.steps.length ?? 0)
  if (silent?.state !== "wait" || isLast || view.speaking.agent === undefined) return silent
  return { ...silent, state: "say", waitFromMs: null }
}

/** Seconds still to wait and how many of the segments are still full. */
export function countdown(silent: SilentStep, nowMs: number): { seconds: number; segments: number; full: number } {
  const segments = Math.max(1, Math.round(silent.waitMs / 1000))
  const left = (silent.waitFromMs ?? nowMs) + silent.waitMs - nowMs
  const seconds = Math.min(segments, Math.max(0, Math.ceil(left / 1000)))
  return { seconds, segments, full: seconds }
}

export function isWithoutWords(view: View): boolean {
  return view.started?.engine === "none" || view.failed.some((failure) => failure.stage === "asr")
}

/** Of the turns that go on, the words of the one begun last: there is one live line at most. */
export function liveLine(view: View): Guess | null {
  const guesses = Object.values(view.guesses).filter((guess) => guess !== undefined)
  return guesses.sort((a, b) => b.startMs - a.startMs)[0] ?? null
}

/** The channel whose pace and pitch are shown: the agent's, or the only one there is. */
export function voiceOf(view: View): Channel {
  return view.started?.channels.includes("agent") === false ? "mixed" : "agent"
}

export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5)
}

/** Nearest-rank quantile; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** 03:42.7 */
export function exact(ms: number): string {
  return `${clock(ms)}.${Math.floor((Math.max(0, ms) % 1000) / 100)}`
}

/** 03:42, or 1:02:03 from an hour on. */
/** A stretch; one time where both ends are told alike. */
export function clocks({ start_ms, end_ms }: { start_ms: number; end_ms: number }): string {
  const [from, to] = [clock(start_ms), clock(end_ms)]
  return from === to ? from : `${from}–${to}`
}

export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const mmss = `${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}`
  return h ? `${h}:${mmss}` : mmss
}
