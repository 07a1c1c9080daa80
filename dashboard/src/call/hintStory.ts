/** What became of one hint: when its cause was, when it was known, shown, put away. Pure. */
import type { CallRecord, HintRaised } from "../api/events"
import type { Outcome } from "./view"

export interface HintStory {
  raised: HintRaised
  /** When a page painted it first, and how long after the sound; null: none said so. */
  shown: { atMs: number; paintMs: number | null } | null
  /** How it ended, and when; null while it stands. */
  ended: { atMs: number; outcome: Outcome } | null
  /** Said by the coach or the agent to be followed, which may be after it went. */
  done: { atMs: number; by: "coach" | "agent"; note: string; noteEn: string } | null
}

/** Of each hint that was raised, in order. `upToMs`: as it was known then. */
export function storiesOf(records: readonly CallRecord[], upToMs = Infinity): HintStory[] {
  const stories = new Map<number, HintStory>()
  const useless = new Set<number>()
  for (const { event } of records) {
    if (event.at_ms > upToMs) continue
    const story = "hint" in event ? stories.get(event.hint) : undefined
    switch (event.kind) {
      case "HintRaised":
        stories.set(event.hint, { raised: event, shown: null, ended: null, done: null })
        break
      case "HintShown":
        if (story && (!story.shown || (story.shown.paintMs === null && event.paint_ms !== null))) story.shown = { atMs: story.shown?.atMs ?? event.at_ms, paintMs: event.paint_ms }
        break
      case "HintDismissed":
        if (event.useful === false) useless.add(event.hint)
        break
      case "HintDone":
        if (story) story.done ??= { atMs: event.at_ms, by: event.by, note: event.note, noteEn: event.note_en }
        break
      case "HintCleared":
        if (story) story.ended ??= { atMs: event.at_ms, outcome: event.reason === "dismissed" && useless.has(event.hint) ? "useless" : event.reason }
        break
    }
  }
  return [...stories.values()]
}
