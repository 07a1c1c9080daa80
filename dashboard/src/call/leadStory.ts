/** What the agent's page showed of the team lead and of help, in order. Pure. */
import type { CallRecord, Event } from "../api/events"
import type { HelpReason } from "./help"

export type LeadTold =
  | { what: "asked"; reason: HelpReason }
  | { what: "received" | "escalated"; by: readonly string[] }
  | { what: "taken" | "closed" | "listens" | "listensNoMore"; by: string }
  | { what: "withdrawn" }
  | { what: "sentence"; by: string; text: string }
  | { what: "seen"; text: string }

export type LeadEntry = LeadTold & { seq: number; atMs: number }

/** `upToMs`: as it was known then. */
export function leadStoryOf(records: readonly CallRecord[], upToMs = Infinity): LeadEntry[] {
  const sentences = new Map<string, string>()
  const entries: LeadEntry[] = []
  for (const { event, seq } of records) {
    if (event.at_ms > upToMs) continue
    if (event.kind === "WhisperSent") sentences.set(event.whisper, event.text)
    const told = toldOf(event, sentences)
    if (told && seq !== null) entries.push({ ...told, seq, atMs: event.at_ms })
  }
  return entries
}

function toldOf(event: Event, sentences: ReadonlyMap<string, string>): LeadTold | null {
  switch (event.kind) {
    case "HelpAsked":
      return { what: "asked", reason: event.reason }
    case "HelpReceived":
      return { what: event.is_escalated ? "escalated" : "received", by: event.by }
    case "HelpTaken":
      return { what: "taken", by: event.by }
    case "HelpClosed":
      return event.because === "withdrawn" ? { what: "withdrawn" } : { what: "closed", by: event.by }
    case "WhisperSent":
      return { what: "sentence", by: event.by, text: event.text }
    case "WhisperSeen":
      return { what: "seen", text: sentences.get(event.whisper) ?? "" }
    case "ListenStarted":
      return { what: "listens", by: event.by }
    case "ListenEnded":
      return { what: "listensNoMore", by: event.by }
    default:
      return null
  }
}
