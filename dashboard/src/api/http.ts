// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { CallFacts, Channel, WordsTrust } from "./events"

/** Why no call begins; `call_id` is the call that runs, where that is why. */
export interface Busy {
  detail: string
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

/** Body of an error response: what was given and what was wanted. */
export interface Fault {
  detail: string
}

/** What the page shows before a call: the self-check, and what a new call begins with. */
export interface HeadsetStatus {
  lines: SideStatus[]
  is_auto: boolean
  facts: CallFacts
  call_id: string | null
}

/** Path of a one-time link on this server. */
export interface Link {
  path: string
}

/** The recogniser of this process as it is now, whatever heard the last call. */
export interface RecogniserStatus {
  engine: string
  notice: string
  fault: string
  words_trust: WordsTrust | null
}

/** Permissions of the client. A page that may not write shows everything and changes nothing. */
export interface Session {
  may_write: boolean
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

export interface Routes {
  "GET /api/health": {
    answers: { 403: null }
  }
  "GET /api/clock": {
    answers: { 200: Clock; 403: null }
  }
  "GET /api/calls": {
    answers: { 200: CallSummary[]; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls": {
    takes: Partial<CallFacts>
    answers: { 201: CallId; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/calls/latest": {
    answers: { 200: CallSummary; 204: null; 403: null; 503: Fault }
  }
  "GET /api/calls/{call_id}/records": {
    answers: { 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/headset": {
    answers: { 200: HeadsetStatus; 403: null; 404: Fault }
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
    answers: { 206: null; 400: Fault; 403: null; 404: Fault; 416: null; 422: Fault; 503: Fault }
  }
  "POST /api/headset/trial": {
    answers: { 200: DeviceTrial; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "PUT /api/headset/devices": {
    takes: Partial<{ mic: string; far: string }>
    answers: { 200: DeviceChoice; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/session": {
    answers: { 200: Session; 403: null }
  }
  "POST /api/session": {
    takes: Partial<{ token: string }>
    answers: { 200: Session; 401: Fault; 403: null; 408: Fault; 413: Fault; 422: Fault; 429: Fault }
  }
  "POST /api/links": {
    answers: { 201: Link; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/recogniser": {
    answers: { 200: RecogniserStatus; 204: null; 403: null }
  }
}
