/** Hearing a recording: how evidence begins, and why nothing is heard. Pure. */
import type { Span } from "../api/events"
import type { View } from "./view"

/** So that the first word is not cut. */
export const LEAD_IN_MS = 1000

export type NoSound = "withdrawn" | "no_consent" | "unfinished" | "no_right" | "offline" | "broken" | "none"
/** `unsettled`: they may listen, but not where nobody knows what is private. */
export type Mute = NoSound | "unsettled"

/** The same for a span that was read anew. */
export function spanKey(span: Span): string {
  return `${span.channel}/${span.start_ms}/${span.end_ms}`
}

/** `status`: of the answer to who asked for the sound, 0 without an answer. */
export function whyNoSound(status: number, view: View | null): NoSound {
  if (status === 0) return "offline"
  if (status === 401 || status === 403) return "no_right"
  if (status === 404 && !view?.recording) return "none"
  return status === 404 && view?.recording?.state === "on" ? "unfinished" : "broken"
}
