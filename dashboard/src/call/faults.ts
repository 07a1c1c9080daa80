/** What the coach cannot do at a moment, and what is only worth a word beside. Pure. */
import { isWithoutWords } from "./derive"
import { foreignOf } from "./languages"
import type { Channel, LineNoiseRemoved, SourceNotice } from "../api/events"
import type { CentreStatus, SessionPerson } from "../api/http"
import type { Capture, View } from "./view"

type Role = SessionPerson["role"]

/** A microphone that delivers nothing but zeros for so long is muted, or the wrong one. */
export const MUTED_MS = 5000
/** From here on hints come noticeably after the words. */
export const LATE_SOUND_MS = 500

/** For so long the page says that one side is heard in the other. */
export const BLEED_SHOWN_MS = 60_000

export type Fault =
  | { what: "offline" }
  | { what: "read_only"; role: Role }
  | { what: "lost"; channel: Channel; sinceMs: number; device: string }
  | { what: "muted"; sinceMs: number }
  | { what: "recording"; reason: "disk_full" | "failed"; stoppedMs: number; detail: string }
  | { what: "no_words"; failure: { reason: string; sinceMs: number } | null }
  | { what: "language"; channel: Channel; language: string; isWritten: boolean; sinceMs: number }
  | { what: "unkept"; count: number | null; cause: string; reason: string }
  | { what: "overload"; level: number; behindMs: number; sinceMs: number }
  | { what: "centre_away"; lastsMs: number; hasWords: boolean; records: number; recordings: number }
  | { what: "centre_refused"; reason: CentreStatus["reason"] }
  | { what: "clock_off"; offsetMs: number }
  | { what: "stage"; stage: string; reason: string; cause: string; sinceMs: number }

/** What the coach cannot do now, the worst first. `readsOnly`: the role of a person who may only look; null for who may act. */
export function faultsOf(view: View, nowMs: number, isOffline: boolean, readsOnly: Role | null = null): Fault[] {
  const faults: Fault[] = isOffline ? [{ what: "offline" }] : []
  if (readsOnly) faults.push({ what: "read_only", role: readsOnly })
  if (!view.started) return faults
  if (view.ended) return [...faults, ...unkeptOf(view)]
  for (const channel of ["agent", "customer", "mixed"] as const) {
    const sinceMs = view.lost[channel]
    if (sinceMs !== undefined) faults.push({ what: "lost", channel, sinceMs, device: view.capture[channel]?.device ?? "" })
  }
  const mutedSince = mutedSinceMs(view, nowMs)
  if (mutedSince !== null) faults.push({ what: "muted", sinceMs: mutedSince })
  const { recording } = view
  if (recording && (recording.state === "disk_full" || recording.state === "failed")) {
    faults.push({ what: "recording", reason: recording.state, stoppedMs: recording.stoppedMs ?? 0, detail: recording.detail })
  }
  const failure = view.failed.find(({ stage }) => stage === "asr")
  if (isWithoutWords(view)) {
    faults.push({ what: "no_words", failure: failure ? { reason: failure.reason, sinceMs: failure.atMs } : null })
  }
  for (const channel of ["agent", "customer", "mixed"] as const) {
    const told = foreignOf(view, channel)
    if (told) faults.push({ what: "language", channel, language: told.language, isWritten: told.is_written, sinceMs: told.start_ms })
  }
  if (view.overload) faults.push({ what: "overload", ...view.overload })
  for (const { stage, reason, cause, atMs } of view.failed) {
    if (stage !== "asr" && stage !== "rule") faults.push({ what: "stage", stage, reason, cause, sinceMs: atMs })
  }
  return faults
}

/** Of a call that is over nothing can fail any more but the keeping of what is left of it. */
function unkeptOf(view: View): Fault[] {
  const failure = view.failed.find(({ stage }) => stage === "store")
  return failure ? [{ what: "unkept", count: view.unkept, cause: failure.cause, reason: failure.reason }] : []
}

/** Why a call that broke off has no score; null while it may still get one. */
export function scoreFailureOf(view: View): { cause: string; reason: string } | null {
  return view.score ? null : (view.failed.find(({ stage }) => stage === "score") ?? null)
}

/** What stays for the rest of the call makes room for the steps of a silent call. */
export function isLasting(fault: Fault): boolean {
  const lasting: Fault["what"][] = [
    "no_words", "language", "recording", "overload", "stage", "unkept", "read_only", "centre_away", "centre_refused", "clock_off",
  ]
  return lasting.includes(fault.what)
}

/** Since when a microphone that is there has given nothing; null while it has not lasted long enough to say so. */
export function mutedSinceMs(view: View, nowMs: number): number | null {
  const since = view.lost.agent === undefined ? (view.capture.agent?.idleSinceMs ?? null) : null
  return since !== null && nowMs - since >= MUTED_MS ? since : null
}

export type Note =
  | { what: "no_far_end" }
  | { what: "rule_off" }
  | { what: "late"; channel: Channel; lateMs: number }
  | { what: "bleed"; channel: "agent" | "customer" }
  | { what: "copy" }
  | { what: "removed"; channel: Channel; noises: LineNoiseRemoved["noise"][] }
  | { what: "source"; code: SourceNotice["code"]; isMixed: boolean; detail: string }

/** What is limited but hides nothing: it stands beside the phases. */
export function notesOf(view: View): Note[] {
  if (!view.started || view.ended) return []
  const notes: Note[] = isWithoutFarEnd(view) ? [{ what: "no_far_end" }] : []
  for (const channel of ["agent", "customer"] as const) {
    const lateMs = view.capture[channel]?.late_ms ?? 0
    if (lateMs > LATE_SOUND_MS) notes.push({ what: "late", channel, lateMs })
  }
  return [...notes, ...bleedNotes(view), ...removedNotes(view), ...sourceNotes(view), ...ruleNotes(view)]
}

/** A pattern of the rulebook was too slow and is off for this call: nothing that the agent could do anything about. */
function ruleNotes(view: View): Note[] {
  return view.failed.some(({ stage }) => stage === "rule") ? [{ what: "rule_off" }] : []
}

/** What is odd about the recording that is played: which sides there are goes before what is wrong with the file. */
function sourceNotes(view: View): Note[] {
  const notices = view.started?.notices ?? []
  const isMixed = view.started?.channels.includes("mixed") ?? false
  const isOfSides = (code: string): boolean => code === "one_signal" || code.startsWith("only_")
  const sorted = [...notices].sort((a, b) => Number(isOfSides(b.code)) - Number(isOfSides(a.code)))
  return sorted.map(({ code, detail }) => ({ what: "source", code, isMixed, detail }))
}

/** Told once: a leaky headset stays one, and nobody has to read so for the rest of the call. */
function bleedNotes(view: View): Note[] {
  const notes: Note[] = []
  for (const channel of ["agent", "customer"] as const) {
    const noted = view.bleed[channel]
    if (!noted || view.atMs - noted.at_ms >= BLEED_SHOWN_MS) continue
    if (noted.is_copy) return [{ what: "copy" }]
    notes.push({ what: "bleed", channel })
  }
  return notes
}

/** What was taken off a line, told as long as bleed is: one note a channel. */
function removedNotes(view: View): Note[] {
  return (["agent", "customer", "mixed"] as const).flatMap((channel) => {
    const recent = view.removed.filter((one) => one.channel === channel && view.atMs - one.at_ms < BLEED_SHOWN_MS)
    return recent.length ? [{ what: "removed" as const, channel, noises: recent.map(({ noise }) => noise) }] : []
  })
}

/** A call on the microphone alone: nobody may guess what the customer did. */
export function isWithoutFarEnd(view: View): boolean {
  const channels = view.started?.channels ?? []
  return channels.includes("agent") && !channels.includes("customer")
}

/** Audio that is not as it was spoken: silence put in, or sound left out. */
export function isPatched(capture: Capture | undefined): boolean {
  return capture !== undefined && capture.inserted_ms + capture.dropped_ms > 0
}

/** `none`: nothing is known of a recording, as in a demo, and nothing is said. */
export type RecordingMark = "none" | "on" | "off" | "deleted" | "stopped"

export function recordingOf(view: View): RecordingMark {
  const { recording } = view
  if (!recording) return Object.values(view.capture).some(Boolean) && !view.ended ? "off" : "none"
  if (recording.state === "on") return view.ended ? "none" : "on"
  return recording.state === "withdrawn" ? "deleted" : "stopped"
}
