/** What a seat shows, told by its person, the call and the case: words as keys, times by the centre's clock. Pure. */
import type { CallNow, Case, Digest, Seat } from "../api/floor"
import type { Channel } from "../api/events"

export type State =
  | "away"
  | "idle"
  | "wrap_up"
  | "ringing"
  | "agent"
  | "customer"
  | "both"
  | "mixed"
  | "nobody"
  | "quiet"
  | "waiting"
  | "hold"
  | "silent_call"
  | "dead_air"
  | "complaint"
  | "help"
  | "fatal"
  | "hints"
  | "blind"
  | "lost"

export type Tone = "none" | "plain" | "warning" | "critical" | "blind"

/** Under the state word: `seconds` counts up from `at`, `left` down to it; `say` is a hint in the coach's own words. */
export type Note =
  | { kind: "none" }
  | { kind: "say"; severity: "critical" | "warning" | "tip"; say: string }
  | { kind: "seconds" | "left"; of: "step" | "quiet" | "promise"; at: number }
  | { kind: "blind"; channels: readonly Channel[]; failed: readonly string[] }
  | { kind: "local" }

/** Of the agent's pace, within the band and beside it, 0 to 100 of the tile's scale. */
export interface PaceShown {
  at: number
  from: number
  to: number
  verdict: "low" | "ok" | "high"
}

export interface Shown {
  agentId: string
  name: string
  team: string
  position: number
  callId: string | null
  state: State
  /** What goes with the state word: a step's number, the case's detail. */
  detail: string
  tone: Tone
  mark: string | null
  /** Since when the clock runs, null where none does. */
  clockAt: number | null
  note: Note
  pace: PaceShown | null
  /** Bars of the level, 0 to 4; null where none was measured. */
  level: number | null
  needs: boolean
  takenBy: string
  takenAt: number | null
  listeners: readonly string[]
  caseId: string | null
  hint: string
  line: { channel: Channel; text: string } | null
  strip: string
}

/** Nobody speaks for so long before the seat says so. */
const QUIET_MS = 3000
const PACE = { from: 60, to: 300 }
/** Where each bar of the level begins, in dBFS. */
const BARS = [-60, -38, -30, -22]

export const MARKS: Partial<Record<State, string>> = {
  wrap_up: "pencil",
  ringing: "bell",
  agent: "agent",
  customer: "customer",
  both: "both",
  mixed: "mixed",
  quiet: "dots",
  waiting: "pause",
  hold: "pause",
  silent_call: "warning",
  dead_air: "warning",
  complaint: "complaint",
  help: "hand",
  fatal: "critical",
  hints: "warning",
  blind: "ear-off",
  lost: "waves-off",
}

/** `origin`: when the call's audio began, by the centre's clock. `worst`: the agent's most urgent open case. */
export function seatOf(seat: Seat, call: CallNow | null, worst: Case | null, origin: number): Shown {
  const digest = call?.digest ?? null
  const state = stateOf(seat, call, worst)
  const tone = toneOf(state, digest, worst)
  return {
    agentId: seat.agent_id,
    name: seat.name,
    team: seat.team,
    position: seat.position,
    callId: call?.call_id ?? null,
    state,
    detail: detailOf(state, digest, worst),
    tone,
    mark: MARKS[state] ?? null,
    clockAt: clockAt(seat, call, state, origin),
    note: noteOf(state, digest, origin),
    ...measuredIn(state === "lost" ? null : digest),
    ...toldBy(digest),
    ...hadBy(worst),
  }
}

function measuredIn(digest: Digest | null): Pick<Shown, "pace" | "level"> {
  if (!digest || digest.is_quiet) return { pace: null, level: null }
  return { pace: paceOf(digest), level: barsOf(digest.level ?? null) }
}

function toldBy(digest: Digest | null): Pick<Shown, "listeners" | "hint" | "line" | "strip"> {
  return { listeners: digest?.listeners ?? [], hint: digest?.hints?.[0]?.say ?? "", line: digest?.line ?? null, strip: digest?.strip ?? "" }
}

function hadBy(worst: Case | null): Pick<Shown, "needs" | "takenBy" | "takenAt" | "caseId"> {
  return { needs: worst !== null, takenBy: worst?.taken?.by ?? "", takenAt: worst?.taken?.at ?? null, caseId: worst?.id ?? null }
}

function stateOf(seat: Seat, call: CallNow | null, worst: Case | null): State {
  const lasting = worst?.calm_at === null || worst?.cause === "help" ? worst : null
  if (lasting?.rank === "critical") return caused(lasting, seat, call)
  if (call?.lost_at != null || lasting?.cause === "lost") return "lost"
  const digest = call?.digest
  if (!digest) return seat.state === "call" ? "nobody" : seat.state
  if (digest.mode === "complaint") return "complaint"
  if (digest.blind?.length || digest.failed?.includes("asr")) return "blind"
  if (lasting) return caused(lasting, seat, call)
  if (digest.step) return "silent_call"
  if (digest.silence === "hold" || digest.phase === "hold") return "hold"
  return heardOf(digest)
}

/** A case stands for what the seat says while its cause lasts; of hints unheeded the seat goes on saying who speaks. */
function caused(worst: Case, seat: Seat, call: CallNow | null): State {
  if (worst.cause === "hints" && call) return heardOf(call.digest)
  if (worst.cause === "hints") return seat.state === "call" ? "nobody" : seat.state
  return worst.cause
}

/** Where the customer is not heard, an agent who is silent may well listen. */
function heardOf(digest: Digest): State {
  const speaking = new Set((digest.speaking ?? []).map(({ channel }) => channel))
  if (speaking.has("agent") && speaking.has("customer")) return "both"
  for (const channel of ["agent", "customer", "mixed"] as const) if (speaking.has(channel)) return channel
  if (digest.silence === "announced") return "waiting"
  const isQuiet = digest.silence != null && digest.silence !== "agent" && (digest.at_ms ?? 0) - (digest.silence_ms ?? 0) >= QUIET_MS
  return isQuiet ? "quiet" : "nobody"
}

function toneOf(state: State, digest: Digest | null, worst: Case | null): Tone {
  if (state === "idle" || state === "wrap_up" || state === "away") return worst && worst.calm_at === null ? worst.rank : "none"
  if (state === "help" || state === "complaint" || state === "fatal") return "critical"
  if (state === "lost" || state === "blind") return "blind"
  if (worst) return worst.rank
  if (state === "silent_call" || state === "dead_air") return "warning"
  return digest?.hints?.some(({ severity }) => severity === "critical") ? "warning" : "plain" // red is who needs a lead
}

function detailOf(state: State, digest: Digest | null, worst: Case | null): string {
  if (state === "silent_call") return String(digest?.step || worst?.detail || "")
  if (state === "help") return digest?.help?.reason ?? worst?.detail ?? ""
  if (state === "blind") return (digest?.blind ?? []).map(({ channel }) => channel).join(" ") || "words"
  return worst && worst.cause === state ? worst.detail : ""
}

function clockAt(seat: Seat, call: CallNow | null, state: State, origin: number): number | null {
  if (state === "lost" && call?.lost_at != null) return call.lost_at
  if (call) return origin
  return seat.state === "away" || !seat.since_at ? null : seat.since_at
}

function noteOf(state: State, digest: Digest | null, origin: number): Note {
  if (state === "lost") return { kind: "local" }
  if (!digest) return { kind: "none" }
  if (state === "blind") return { kind: "blind", channels: (digest.blind ?? []).map(({ channel }) => channel), failed: digest.failed ?? [] }
  if (state === "silent_call") return { kind: "seconds", of: "step", at: origin + (digest.step_ms ?? 0) }
  if ((state === "hold" || state === "waiting") && digest.promised_ms != null) return { kind: "left", of: "promise", at: origin + digest.promised_ms }
  if ((state === "quiet" || state === "dead_air") && digest.silence != null) return { kind: "seconds", of: "quiet", at: origin + (digest.silence_ms ?? 0) }
  const first = digest.hints?.[0]
  return first ? { kind: "say", severity: first.severity, say: first.say } : { kind: "none" }
}

function paceOf({ pace, pace_low, pace_high }: Digest): PaceShown | null {
  if (pace == null || pace_low == null || pace_high == null) return null
  const [from, to] = [Math.min(PACE.from, pace_low), Math.max(PACE.to, pace_high)]
  const place = (value: number): number => Math.round(Math.min(100, Math.max(0, (100 * (value - from)) / (to - from))))
  return { at: place(pace), from: place(pace_low), to: place(pace_high), verdict: pace < pace_low ? "low" : pace > pace_high ? "high" : "ok" }
}

function barsOf(level: number | null): number | null {
  return level === null ? null : BARS.filter((from) => level >= from).length
}

/** The four sizes of seats, by how many there are: with line and strip, with pace and level, with a clock, a mark alone. */
export type Size = "large" | "medium" | "small" | "tiny"

export function sizeOf(seats: number): Size {
  return seats <= 12 ? "large" : seats <= 60 ? "medium" : seats <= 160 ? "small" : "tiny"
}

/** Without what a seat of this size has no room for: what is not shown makes none be drawn again. */
export function trimmed(shown: Shown, size: Size): Shown {
  if (size === "large") return shown
  const rest = { ...shown, strip: "", hint: "", line: null }
  return size === "medium" ? rest : { ...rest, note: { kind: "none" }, pace: null, level: null }
}

/** Whether two look the same, so that what did not change is not drawn again. */
export function isSame(a: Shown | undefined, b: Shown): boolean {
  return a !== undefined && isAlike(a, b)
}

function isAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  for (const name in b) if (!isAlike(a[name as never], b[name as never])) return false
  return !Array.isArray(a) || a.length === (b as unknown[]).length
}
