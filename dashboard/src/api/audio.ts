// Generated from pipeline/server/audio_messages.py by scripts/generate_types.py. Do not edit: run `make types`.

import type { Alive, Refusal } from "./socket"

/** One side that the page hears; `device`: as the browser calls it. */
export interface HeardSide {
  channel: "agent" | "customer"
  device: string
  rate_hz: number
}

/** The page's first message, and again when it hears other sides than before.
 *
 * `key`: the page's own, the same after a reload. `take_over`: also where another page listens: somebody was asked. */
export interface Listens {
  type: "listens"
  key: string
  sides: HeardSide[]
  take_over?: boolean
}

/** How loud a side is, once a second; null for digital silence. */
export interface SideLevel {
  type: "level"
  channel: "agent" | "customer"
  dbfs: number | null
}

/** The page listens now. `call_id`: of a call that runs: sound is wanted at once. */
export interface Ready {
  call_id: string | null
  type: "ready"
}

/** Another page of this agent listens: ask whether this one is to take over. `call_id`: of a call that runs. */
export interface HeldElsewhere {
  call_id: string | null
  type: "held"
}

/** Sound is wanted from now on. */
export interface CallBegun {
  call_id: string
  type: "started"
}

/** No sound is wanted any more. */
export interface CallOverHere {
  call_id: string
  type: "ended"
}

/** Another page of this agent listens from now on; the line is closed. */
export interface TakenOver {
  type: "taken_over"
}

export type Told = Ready | HeldElsewhere | CallBegun | CallOverHere | TakenOver | Alive | Refusal
