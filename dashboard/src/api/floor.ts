// Generated from pipeline/floor/messages.py and pipeline/digest.py by scripts/generate_types.py. Do not edit: run `make types`.

import type { Channel, Severity, SilenceKind } from "./events"

/** Of a channel: who speaks, or is not heard, and since when. */
export interface Since {
  channel: Channel
  since_ms: number
}

export interface HintNow {
  hint: number
  rule: string
  severity: Severity
  say: string
  since_ms: number
  is_fatal: boolean
}

export interface Line {
  channel: Channel
  text: string
}

/** `taken_by`: the lead's name, "" while nobody has taken it. */
export interface HelpNow {
  since_ms: number
  reason: "" | "superior" | "business" | "dialect" | "media"
  taken_by: string
}

/** The newest sentence of a lead. */
export interface WhisperNow {
  whisper: string
  is_seen: boolean
  text: string
}

/** Hints of one rule that went in a row without being followed. */
export interface Unheeded {
  rule: string
  count: number
}

/** `strip`: of each second of the last minute who spoke: a agent, c customer, b both, m unknown, . nobody, x lost.
 *
 * Its last sign is of the second of `at_ms`. `hints`: the most severe first, then the oldest. `step`: of the silent
 * call, 0 for none or the greeting, with which every call begins. `promised_ms`: until when the customer was asked to
 * wait. */
export interface Digest {
  call_id?: string
  agent_id?: string | null
  started_at?: string
  at_ms?: number
  speaking?: Since[]
  nobody_ms?: number
  silence?: SilenceKind | null
  silence_ms?: number
  pace?: number | null
  pace_low?: number | null
  pace_high?: number | null
  level?: number | null
  hints?: HintNow[]
  step?: number
  step_ms?: number
  blind?: Since[]
  failed?: string[]
  overload?: number
  phase?: string
  mode?: "" | "complaint"
  mode_ms?: number
  phase_ms?: number
  help?: HelpNow | null
  whisper?: WhisperNow | null
  listeners?: string[]
  unheeded?: Unheeded | null
  promised_ms?: number | null
  strip?: string
  is_quiet?: boolean
  ended_ms?: number | null
  line?: Line | null
}

/** A person's place in the team's plan: it stays where it is, whatever happens. `position`: from 0, with holes. */
export interface Seat {
  agent_id: string
  name: string
  team: string
  position: number
  state: "away" | "idle" | "wrap_up" | "ringing" | "call"
  since_at: number
}

/** A call that runs. `lost_at`: since when its desk is not heard, null while it is.
 *
 * `customer`, `peer`, `company`: as its facts tell them, "" where they do not; what is private is hidden in them. */
export interface CallNow {
  call_id: string
  agent_id: string
  heard_at: number
  lost_at: number | null
  digest: Digest
  customer: string
  peer: string
  company: string
}

/** `by_id`: the lead's user id. `is_here`: whether a page of theirs is open. */
export interface Taken {
  by_id: string
  by: string
  at: number
  is_here: boolean
}

/** An agent, a cause and since when. It is open until somebody closes it or it was calm for ten seconds.
 *
 * `detail`: what the cause alone does not tell, for words: the step, the stage, the rule or the reason of the help.
 * `calm_at`: since when the cause is gone; `escalated_at`: since when it waits for longer than the team wants. */
export interface Case {
  id: string
  agent_id: string
  call_id: string | null
  cause: "help" | "complaint" | "fatal" | "silent_call" | "dead_air" | "hold" | "hints" | "blind" | "lost"
  rank: "critical" | "warning" | "blind"
  since_at: number
  detail: string
  line: string
  taken: Taken | null
  escalated_at: number | null
  calm_at: number | null
}

/** `id`: what the seats call their team; `goal_s`: within which it wants a case taken. */
export interface Team {
  name: string
  leads: string[]
  id: string
  goal_s: number
}

/** Of the day's strip; `hour` 0 to 23 of the centre's day. What nothing was measured of is null. */
export interface Hour {
  hour: number
  calls: number
  silent: number
  score: number | null
  followed: number | null
  in_time: number | null
  take_s: number | null
  scored: number
}

/** Of today, from what is kept, of the teams that are watched; `before`: the mean score of the day before.
 *
 * `deleted`: calls that began on this day and were deleted since, with their cases: no figure counts them any more. */
export interface Day {
  total: Hour
  hours: Hour[]
  before: number | null
  deleted: number
}

/** All of it: what a page knew before is void. */
export interface Snapshot {
  clock_ms: number
  teams: Team[]
  seats: Seat[]
  calls: CallNow[]
  cases: Case[]
  day: Day
  words_room: number | null
  me: string
  type: "snapshot"
}

/** What stands in it is new or has changed, whole; `gone` and `closed`: ids of calls and cases that are no more. */
export interface Changes {
  clock_ms: number
  seats: Seat[]
  calls: CallNow[]
  gone: string[]
  cases: Case[]
  closed: string[]
  day: Day | null
  words_room: number | null
  type: "changes"
}

/** Twice a second, answered by the page with `{"type":"alive"}`. */
export interface FloorAlive {
  clock_ms: number
  type: "alive"
}
