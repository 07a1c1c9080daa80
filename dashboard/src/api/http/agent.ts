// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { CallFacts, Channel, Citation, Span, WordsTrust } from "../events"
import type { Fault, Stage, Strip } from "./common"

/** Why no call begins; `call_id` is the call that runs, where that is why. */
export interface Busy {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  call_id?: string | null
}

/** The call that was meant; `latest` is answered with its id. */
export interface CallId {
  call_id: string
}

/** One call in the list. `ended` and `duration_ms` are null while it runs.
 *
 * `score`, `fatal`, `to_confirm` and `unscored_reason` are null until it is scored; `score` stays null where
 * `unscored_reason` says why there is no total (CallScored).
 * `started_at` is "" where the record of its start cannot be read. */
export interface CallSummary {
  call_id: string
  started_at: string
  facts: CallFacts
  ended: "finished" | "interrupted" | null
  duration_ms: number | null
  score: number | null
  fatal: number | null
  to_confirm: number | null
  unscored_reason: "" | "nothing" | "too_short" | "too_little" | null
  unkept: number
  private_gone: boolean
  unheard: boolean
}

/** Wall-clock of this server in milliseconds, so that a page can tell its own latency. */
export interface Clock {
  now_ms: number
}

/** What is chosen from now on. `kept_in`: the settings file; "" where it could not be kept, and `fault` says why. */
export interface DeviceChoice {
  mic: string
  far: string
  kept_in: string
  fault: string
}

/** One device of the desk's machine, as it sounds now. */
export interface DeviceStatus {
  name: string
  label: string
  kind: "microphone" | "loopback"
  is_default: boolean
  state: "opening" | "ok" | "idle" | "lost"
  reason: string
  level_dbfs: number | null
}

/** All devices, and which are chosen: names, or `default`, `auto` and `none` as in [capture]. */
export interface DeviceTrial {
  devices: DeviceStatus[]
  mic: string
  far: string
}

/** Where the agent did it well, as the machine heard it: the evidence of all else, bans too, is of the fault. */
export interface Example {
  call_id: string
  started_at: number
  span: Span
}

/** What the page shows before a call: the self-check, and what a new call begins with. */
export interface HeadsetStatus {
  lines: SideStatus[]
  is_auto: boolean
  facts: CallFacts
  call_id: string | null
  by?: "machine" | "page"
  consent?: "never" | "asked" | "always"
}

/** `judged`: calls of the last four weeks with a verdict; advice from `needed` on. Null: nothing is lost. */
export interface OwnAdvice {
  judged: number
  needed: number
  practice: OwnPractice | null
}

/** One call of one's own. `number`: its place in the list. `started_at`: seconds since 1970. */
export interface OwnCall {
  number: number
  call_id: string
  started_at: number | null
  facts: CallFacts
  duration_ms: number | null
  score: number | null
  fatal: number | null
  to_confirm: number | null
  is_scored: boolean
  assessed_share: number | null
  strip: Strip
  review: OwnReview
}

/** `more`: behind which number it goes on; null at the end. */
export interface OwnCalls {
  counts: OwnCounts
  calls: OwnCall[]
  more: number | null
}

/** How many calls are to be found under each tab. */
export interface OwnCounts {
  week: number
  commented: number
  to_answer: number
  appealed: number
}

/** `say`: words that the rulebook has for it, or an order (`form`); "" where it has none. */
export interface OwnPractice {
  rule: string
  title: string
  title_en: string
  note: string
  note_en: string
  say: string
  say_en: string
  form: string
  cite: Citation | null
  weeks: PracticeWeek[]
  example: Example | null
}

/** What became of the items: `open` until `until` (seconds since 1970), accepted, appealed, out of time.
 *
 * `total`: of people. `undecided`, `changed`: of the appeals; changed where the verdict was another then. */
export interface OwnReview {
  stage: Stage
  total: number | null
  until: number | null
  unseen: number
  open: number
  accepted: number
  expired: number
  appealed: number
  undecided: number
  changed: number
}

/** So many times it was done, of those in which it was judged. */
export interface PracticeWeek {
  done: number
  of: number
}

/** The recogniser of this process as it is now, whatever heard the last call. */
export interface RecogniserStatus {
  engine: string
  notice: string
  fault: string
  words_trust: WordsTrust | null
}

/** One side of the headset as it is now, also between calls. */
export interface SideStatus {
  channel: Channel
  state: "absent" | "opening" | "ok" | "idle" | "lost"
  device: string
  reason: string
  since_s: number
  level_dbfs: number | null
}

export interface AgentRoutes {
  "GET /api/health": {
    answers: { 403: null }
  }
  "GET /api/clock": {
    answers: { 200: Clock; 401: Fault; 403: null; 503: Fault }
  }
  "GET /api/calls": {
    answers: { 200: CallSummary[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls": {
    takes: Partial<CallFacts>
    answers: { 201: CallId; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/calls/latest": {
    answers: { 200: CallSummary; 204: null; 401: Fault; 403: null; 503: Fault }
  }
  "GET /api/calls/{call_id}/records": {
    answers: { 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/headset": {
    answers: { 200: HeadsetStatus; 204: null; 401: Fault; 403: null }
  }
  "POST /api/calls/{call_id}/end": {
    answers: { 200: CallId; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "PUT /api/calls/{call_id}/facts": {
    takes: Partial<CallFacts>
    answers: { 202: CallFacts; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/announcement": {
    answers: { 202: CallId; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/calls/{call_id}/audio": {
    answers: { 206: null; 400: Fault; 401: Fault; 403: null; 404: Fault; 416: null; 422: Fault; 503: Fault }
  }
  "DELETE /api/calls/{call_id}/audio": {
    answers: { 202: CallFacts; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/me/calls": {
    answers: { 200: OwnCalls; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/me/practice": {
    answers: { 200: OwnAdvice; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/headset/trial": {
    answers: { 200: DeviceTrial; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "PUT /api/headset/devices": {
    takes: Partial<{ mic: string; far: string }>
    answers: { 200: DeviceChoice; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/recogniser": {
    answers: { 200: RecogniserStatus; 204: null; 401: Fault; 403: null; 503: Fault }
  }
}
