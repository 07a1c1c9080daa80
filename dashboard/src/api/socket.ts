// Generated from PageMessage, pipeline/server/messages.py and pipeline/store/condensed.py by scripts/generate_types.py. Do not edit: run `make types`.

import type { CallRecord } from "./events"

/** A message of a page about a hint. `hint_seq`: seq of the record with its HintRaised.
 *
 * `paint_ms`: from the end of the slice that raised it to the painted pixel, measured by the page. `useful`: only with
 * `dismissed`; False means that the hint was wrong. */
export interface PageMessage {
  type: "shown" | "painted" | "dismissed" | "done"
  hint_seq: number
  paint_ms?: number | null
  useful?: boolean | null
}

/** A message of the agent's page: help is wanted from the lead, or, withdrawn, no more. */
export interface HelpMessage {
  type: "help" | "help_withdrawn"
  reason?: "" | "superior" | "business" | "dialect" | "media"
}

/** A message of the agent's page: the lead's sentence was seen. */
export interface SeenMessage {
  type: "whisper_seen"
  whisper: string
}

/** So many entries of each list are not in it: too long ago. */
export interface LeftOut {
  lines: number
  hints: number
  suppressed: number
}

/** The records that a page opened late still needs, in one message so that it paints once; `seq` is the newest. */
export interface CondensedPast {
  seq: number
  left_out: LeftOut
  records: CallRecord[]
  type: "condensed"
}

/** The heartbeat: sent twice a second, and answered by the page with the same. A line that is silent is dead. */
export interface Alive {
  type: "alive"
}

/** What was wrong with the page's message, one line. */
export interface Refusal {
  message: string
  type: "error"
}

/** How many entries of its lists a page keeps of a call that lasts all day. */
export const MOST = { lines: 300, hints: 100, suppressed: 100, spans: 100 } as const
