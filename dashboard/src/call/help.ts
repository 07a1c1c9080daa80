/** What the agent and the team lead tell each other in a call: help, sentences, who listens. Part of reduce(), so pure. */
import type { Event, HelpAsked, HelpReceived, HelpTaken, ListenEnded, ListenStarted } from "../api/events"

export type HelpReason = HelpAsked["reason"]

/** From when it was asked for until the next time; `closed` as long as that tells. */
export interface Help {
  /** Number of the record by which it was asked for first. */
  seq: number
  askedMs: number
  reason: HelpReason
  /** Names of the leads who see it; null: nobody has said yet that it has come. */
  received: readonly string[] | null
  /** Within which the team wants it taken, and whether they were called once more since. */
  goalMs: number
  isEscalated: boolean
  taken: { by: string; atMs: number } | null
  closed: { because: "withdrawn" | "closed"; by: string; atMs: number } | null
}

export interface Whisper {
  id: string
  text: string
  by: string
  atMs: number
}

export interface FloorView {
  /** Null while help was never asked for in this call. */
  help: Help | null
  /** Sentences of the lead that the agent has not seen, in order. */
  whispers: readonly Whisper[]
  /** Who hears the call now. */
  listeners: readonly { by: string; actor: string | null }[]
}

export const NO_FLOOR: FloorView = { help: null, whispers: [], listeners: [] }

export function floorChange(view: FloorView, event: Event, seq: number): Partial<FloorView> {
  switch (event.kind) {
    case "HelpAsked":
      return { help: asked(view.help, event, seq) }
    case "HelpReceived":
    case "HelpTaken":
      return wanted(view.help, (help) => ({ ...help, ...answer(event) }))
    case "HelpClosed":
      return wanted(view.help, (help) => ({ ...help, closed: { because: event.because, by: event.by, atMs: event.at_ms } }))
    case "WhisperSent":
      return view.whispers.some(({ id }) => id === event.whisper) ? {} : { whispers: [...view.whispers, { id: event.whisper, text: event.text, by: event.by, atMs: event.at_ms }] }
    case "WhisperSeen":
      return { whispers: view.whispers.filter(({ id }) => id !== event.whisper) }
    case "ListenStarted":
      return view.listeners.some((one) => isSame(one, event)) ? {} : { listeners: [...view.listeners, { by: event.by, actor: event.actor }] }
    case "ListenEnded":
      return { listeners: view.listeners.filter((one) => !isSame(one, event)) }
    default:
      return {}
  }
}

export function isWanted(help: Help | null): help is Help & { closed: null } {
  return help !== null && help.closed === null
}

function asked(before: Help | null, { at_ms, reason }: HelpAsked, seq: number): Help {
  return isWanted(before) ? { ...before, reason } : { seq, askedMs: at_ms, reason, received: null, goalMs: Infinity, isEscalated: false, taken: null, closed: null }
}

function answer(event: HelpReceived | HelpTaken): Partial<Help> {
  if (event.kind === "HelpTaken") return { taken: { by: event.by, atMs: event.at_ms } }
  return { received: event.by, goalMs: event.goal_s * 1000, isEscalated: event.is_escalated, taken: null }
}

/** Answers to help that nobody wants change nothing. */
function wanted(help: Help | null, change: (help: Help) => Help): Partial<FloorView> {
  return isWanted(help) ? { help: change(help) } : {}
}

function isSame(one: FloorView["listeners"][number], { by, actor }: ListenStarted | ListenEnded): boolean {
  return one.by === by && one.actor === actor
}
