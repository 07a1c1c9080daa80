/** The one thing in the dock of the agent's page: the lead's sentence, then help, then what comes next. Pure. */
import { isWanted, type Help, type HelpReason, type Whisper } from "./help"
import { silentOf } from "./derive"
import type { HintLife, View } from "./view"

/** So long it is told that the help is closed. */
export const CLOSED_MS = 3000

/** In the order of a digit key each. */
export const REASONS = ["superior", "business", "dialect", "media"] as const satisfies readonly HelpReason[]

/**
 * `sending`: pressed, and no answer has come; `unsent`: it cannot get there now. `nobody`: it is there, and no lead
 * looks. `late`: nobody has taken it within the team's goal; `escalated`: the leads were called once more.
 */
export type HelpState = "sending" | "unsent" | "nobody" | "received" | "late" | "escalated" | "taken" | "closed"

export interface HelpShown {
  state: HelpState
  reason: HelpReason
  /** Since it was asked for; null before that is a record. */
  waitedMs: number | null
  /** Who has received or taken it. */
  by: readonly string[]
  /** Within which somebody is to take it; null before the centre has it. */
  goalS: number | null
}

export type Dock =
  | { show: "message"; whisper: Whisper; more: number; help: HelpShown | null }
  | { show: "help"; help: HelpShown }
  | { show: "next"; line: string; from: "script" | "hint" | null }

/** What this page has said and no record tells yet. */
export interface Said {
  /** Null: nothing; else what is wanted now. */
  help: { isWanted: boolean; reason: HelpReason } | null
  seen: ReadonlySet<string>
  /** The sentence that was asked for during a silent call. */
  opened: string | null
}

export interface Line {
  /** What is said now gets to the centre. */
  isThere: boolean
}

/** During the silent call a sentence waits: the agent reads out word for word, and the coach counts. */
export function dockOf(view: View, nowMs: number, said: Said, line: Line, active: HintLife | null): Dock {
  const help = helpShown(view.help, nowMs, said.help, line)
  const [whisper, ...more] = unseen(view, said.seen)
  if (whisper && (!isSilentCall(view) || said.opened === whisper.id)) return { show: "message", whisper, more: more.length, help }
  return help ? { show: "help", help } : nextOf(view, active)
}

export function helpOf(dock: Dock): HelpShown | null {
  return dock.show === "next" ? null : dock.help
}

/** How many sentences wait for the end of the silent call. */
export function waitingOf(view: View, said: Said): number {
  const whispers = unseen(view, said.seen)
  return isSilentCall(view) && said.opened !== whispers[0]?.id ? whispers.length : 0
}

export function isSilentCall(view: View): boolean {
  const silent = silentOf(view)
  return silent !== null && silent.state !== "over"
}

function unseen(view: View, seen: ReadonlySet<string>): Whisper[] {
  return view.whispers.filter(({ id }) => !seen.has(id))
}

function helpShown(help: Help | null, nowMs: number, said: Said["help"], line: Line): HelpShown | null {
  if (said && !said.isWanted) return null
  if (!isWanted(help)) {
    if (said) return { state: line.isThere ? "sending" : "unsent", reason: said.reason, waitedMs: null, by: [], goalS: null }
    const isNews = help?.closed?.because === "closed" && nowMs - help.closed.atMs < CLOSED_MS
    return isNews ? { state: "closed", reason: help.reason, waitedMs: null, by: [help.closed!.by], goalS: null } : null
  }
  const by = help.taken ? [help.taken.by] : (help.received ?? [])
  return { state: stateOf(help, nowMs, line), reason: said?.reason ?? help.reason, waitedMs: Math.max(0, nowMs - help.askedMs), by, goalS: help.received && help.goalMs / 1000 }
}

function stateOf(help: Help, nowMs: number, line: Line): HelpState {
  if (help.taken) return "taken"
  if (help.received === null) return line.isThere ? "sending" : "unsent"
  if (help.received.length === 0) return "nobody"
  if (help.isEscalated) return "escalated"
  return nowMs - help.askedMs >= help.goalMs ? "late" : "received"
}

/** The sentence to say next: of the silent call's script, or of the hint that stands there. */
function nextOf(view: View, active: HintLife | null): Dock {
  const silent = silentOf(view)
  if (silent && silent.state !== "over") {
    const isNext = silent.state === "wait"
    const isLast = silent.step + Number(isNext) >= (view.started?.legend.steps.length ?? 0)
    const line = isNext ? silent.nextSay : silent.say
    return { show: "next", line: isLast ? "" : line, from: line && !isLast ? "script" : null }
  }
  const isSpoken = active?.raised.form === "speak"
  return { show: "next", line: isSpoken ? active.raised.say : "", from: isSpoken ? "hint" : null }
}
