/** What follows from a view at a moment of audio time. Pure; components only draw what is decided here. */
import type { Channel, LevelMeasured, PaceMeasured, PitchMeasured, ScoreItem, Severity, WordsHeard } from "../api/events"
import { spansIn } from "./shownText"
import type { Guess, HintLife, Silence, SilentStep, View } from "./view"

export const DONE_MS = 2000
export const OVER_MS = 2000
export const RETURN_FROM_S = 5
export const LATE_WORDS_MS = 3000
export const PACE = { from: 60, to: 300, target: 150, low: 120, high: 180, leastMs: 3000 }
export const PITCH = { from: 0, to: 5, low: 0.6, high: 1.6, leastMs: 4000 }
/** Ours: a headset microphone at a normal distance. */
export const LEVEL = { from: -50, to: 0, low: -32, high: -12, clipped: 0.01 }

/** Rules whose hint stays with a silence: their seconds go on counting. */
const COUNTING = new Set(["midcall-dead-air", "hold-just-a-moment-30s"])

export type Stage =
  | { show: "idle" }
  | { show: "hint"; life: HintLife; counter: number | null }
  | { show: "done"; life: HintLife }
  | { show: "silent"; silent: SilentStep }
  | { show: "over" }
  | { show: "waiting"; silence: Silence; waitedS: number; leftS: number; limitS: number }
  | { show: "ended" }
  | { show: "blind"; side: Channel }
  | { show: "no_words" }
  | { show: "offline" }
  | { show: "normal" }

export interface Page {
  isOffline: boolean
  /** Seqs of hints this page put away before the server said so. */
  hidden: ReadonlySet<number>
}

/** The one thing on the stage. */
export function stageOf(view: View, nowMs: number, page: Page): Stage {
  if (!view.started) return { show: "idle" }
  if (view.ended || view.score) return { show: "ended" }
  if (page.isOffline) return { show: "offline" }
  if (view.lost.agent !== undefined) return { show: "blind", side: "agent" }
  const { silent, silence } = view
  const isSilentCall = silent !== null && silent.state !== "over"
  const life = view.hints.at(-1)
  if (life && !page.hidden.has(life.seq)) {
    if (life.doneAtMs !== null && nowMs - life.doneAtMs < DONE_MS) return { show: "done", life }
    const isOpen = life.outcome === null && life.doneAtMs === null
    if (isOpen && !(isSilentCall && life.raised.rule === "silent-call-sequence")) {
      return { show: "hint", life, counter: counterOf(life, silence, nowMs) }
    }
  }
  if (isSilentCall && view.lost.customer === undefined) return { show: "silent", silent }
  if (silent?.state === "over" && silent.lastStep > 0 && nowMs - silent.atMs < OVER_MS) return { show: "over" }
  if (silence?.kind === "announced" && silence.limitMs !== null) return waitingOf(silence, silence.limitMs, nowMs)
  if (view.lost.customer !== undefined) return { show: "blind", side: "customer" }
  if (view.lost.mixed !== undefined) return { show: "blind", side: "mixed" }
  return isWithoutWords(view) ? { show: "no_words" } : { show: "normal" }
}

function counterOf(life: HintLife, silence: Silence | null, nowMs: number): number | null {
  if (!silence || !COUNTING.has(life.raised.rule)) return null
  return Math.floor((nowMs - silence.startMs) / 1000)
}

function waitingOf(silence: Silence, limitMs: number, nowMs: number): Stage {
  const waitedS = Math.max(0, Math.floor((nowMs - silence.startMs) / 1000))
  const limitS = Math.round(limitMs / 1000)
  return { show: "waiting", silence, waitedS, leftS: limitS - waitedS, limitS }
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

export type Verdict = "low" | "ok" | "high" | "none"

export function paceVerdict(pace: PaceMeasured | undefined): Verdict {
  if (!pace || pace.speaking_ms < PACE.leastMs) return "none"
  return within(pace.speaking_rate, PACE.low, PACE.high)
}

export function pitchVerdict(pitch: PitchMeasured | undefined): Verdict {
  if (!pitch || pitch.voiced_ms < PITCH.leastMs || pitch.baseline_sd === null) return "none"
  return within(pitch.sd_semitones, pitch.baseline_sd * PITCH.low, pitch.baseline_sd * PITCH.high)
}

/** What is usual for this voice: learned over calls and resting on so many minutes, or this call's own so far. */
export interface Usual {
  value: number
  minutes: number
  isProvisional: boolean
}

export function usualPitch(pitch: PitchMeasured | undefined): Usual | null {
  if (!pitch || pitch.baseline_sd === null) return null
  return { value: pitch.baseline_sd, minutes: minutesOf(pitch.baseline_voiced_ms), isProvisional: pitch.baseline_calls === 0 }
}

export function usualPace(pace: PaceMeasured | undefined): Usual | null {
  if (!pace || pace.baseline_rate === null) return null
  return { value: pace.baseline_rate, minutes: minutesOf(pace.baseline_speaking_ms), isProvisional: false }
}

function minutesOf(ms: number): number {
  return Math.max(1, Math.round(ms / 60_000))
}

export function levelVerdict(level: LevelMeasured | undefined): Verdict {
  if (!level) return "none"
  if (level.clipped_share > LEVEL.clipped) return "high"
  return within(level.speech_dbfs, LEVEL.low, LEVEL.high)
}

function within(value: number, low: number, high: number): Verdict {
  if (value < low) return "low"
  return value > high ? "high" : "ok"
}

/** Where a value stands on a scale, 0 to 100. */
export function percent(value: number, scale: { from: number; to: number }): number {
  return Math.min(100, Math.max(0, (100 * (value - scale.from)) / (scale.to - scale.from)))
}

export interface Part {
  text: string
  mark: { severity: Severity; title: string; hint: number } | null
}

/** A line of the transcript cut where a hint's evidence lies in it. */
export function partsOf(line: WordsHeard, hints: readonly HintLife[]): Part[] {
  for (const { raised } of hints) {
    const span = raised.evidence.find(
      (span) => span.channel === line.channel && span.start_ms < line.end_ms && span.end_ms > line.start_ms,
    )
    if (!span) continue
    const mark = { severity: raised.severity, title: raised.title, hint: raised.hint }
    const [from, to] = placeOf(line, span)
    if (from >= to) continue
    const text = readable(line)
    const spans = spansIn(line.text, text)
    const [begin, end] = [spans[from]![0], spans[to - 1]![1]]
    const parts = [
      { text: text.slice(0, begin), mark: null },
      { text: text.slice(begin, end), mark },
      { text: text.slice(end), mark: null },
    ]
    return parts.filter((part) => part.text !== "")
  }
  return [{ text: readable(line), mark: null }]
}

/** The words as a reader wants them, where the server made such a text. */
function readable(line: WordsHeard): string {
  return line.shown || line.text
}

/** Where the evidence lies in the text as recognised. */
function placeOf(line: WordsHeard, span: { start_ms: number; end_ms: number; quote: string }): [number, number] {
  const at = span.quote === "" ? -1 : line.text.indexOf(span.quote)
  if (at >= 0) return [at, at + span.quote.length]
  let cursor = 0
  let from = -1
  let to = -1
  for (const word of line.words) {
    const found = line.text.indexOf(word.text, cursor)
    if (found < 0) continue
    cursor = found + word.text.length
    if (word.start_ms < span.end_ms && word.end_ms > span.start_ms) {
      if (from < 0) from = found
      to = cursor
    }
  }
  return from < 0 ? [0, line.text.length] : [from, to]
}

/** What to say first about a scored call: the best thing done, and the worst missed. */
export function highlights(items: readonly ScoreItem[]): { good: ScoreItem | null; practise: ScoreItem | null } {
  // Praise needs something to point at: that a forbidden phrase was not said is no news.
  const praise = (item: ScoreItem): number => item.weight + (item.evidence.length ? 1000 : 0)
  const blame = (item: ScoreItem): number => item.weight + (item.fatal ? 1000 : 0)
  return { good: first(items, "met", praise), practise: first(items, "missed", blame) }
}

function first(items: readonly ScoreItem[], verdict: ScoreItem["verdict"], rank: (item: ScoreItem) => number): ScoreItem | null {
  return items.filter((item) => item.verdict === verdict).sort((a, b) => rank(b) - rank(a))[0] ?? null
}

/** A window this long that begins with the call is no "last seconds" any more but the call as a whole. */
const WHOLE_CALL_MS = 60_000

export function isWholeCall(measured: { start_ms: number; end_ms: number }): boolean {
  return measured.start_ms === 0 && measured.end_ms > WHOLE_CALL_MS
}

export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5)
}

/** Nearest-rank quantile; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** 03:42, or 1:02:03 from an hour on. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const mmss = `${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}`
  return h ? `${h}:${mmss}` : mmss
}
