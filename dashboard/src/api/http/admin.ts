// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { Fault, Slowed } from "./common"

/** A row. `at` in seconds since 1970; `details`: ids and numbers; `mac`: its link in the chain. */
export interface AuditEntry {
  number: number
  at: number
  actor: string | null
  action: string
  object: string | null
  outcome: string
  address: string
  agent: string
  details: Record<string, unknown>
  mac: string
}

/** Rows, the newest first; `counts`: of all rows that were asked for, by action and outcome. */
export interface AuditPage {
  rows: AuditEntry[]
  counts: Count[]
}

/** `broken`: null where the chain is whole. `verified_at` in seconds since 1970. */
export interface AuditState {
  rows: number
  verified_at: number
  broken: BrokenLink | null
}

/** The first row that does not fit, and `what`: changed, missing, cut, rewritten, begun_anew or no_heads. */
export interface BrokenLink {
  number: number
  what: string
}

/** The centre as this desk sees it now. `since`: of the state; like all times in seconds since 1970, by the clock
 * of this machine. `detail`: one line in English. `waiting_*`: what it has not got yet. `offset_ms`: how far this
 * machine's clock is ahead of its; null before that is known. `words`: from it. */
export interface CentreStatus {
  state: "connecting" | "connected" | "away" | "refused"
  since: number
  reason: "" | "token" | "version" | "certificate" | "taken" | "other"
  detail: string
  name: string
  address: string
  desk: string
  waiting_records: number
  waiting_recordings: number
  waiting_utterances: number
  offset_ms: number | null
  words: "ok" | "late" | "none"
}

/** So many rows have this action and outcome. */
export interface Count {
  action: string
  outcome: "done" | "refused"
  rows: number
}

/** An agent's machine. Times in seconds since 1970; `offset_ms`: how far its clock was ahead when it was seen. */
export interface DeskEntry {
  id: string
  name: string
  machine: string
  program: string
  enrolled_at: number
  seen_at: number | null
  offset_ms: number | null
  revoked_at: number | null
  is_here: boolean
  agent: Sitting | null
}

/** What a machine is told of its own token. `version`: of the messages spoken here; `clock_ms` since 1970. */
export interface DeskItself {
  id: string
  name: string
  centre: string
  version: string
  program: string
  clock_ms: number
}

/** `token`: the machine's, shown this once. `centre`: what the company is called. */
export interface Enrolled {
  desk_id: string
  token: string
  name: string
  centre: string
}

/** What a token is for. */
export type MachineRole = "telephone" | "records" | "metrics" | "desk" | "load"

/** Typed at the machine: `callcoach desk enrol ADDRESS CODE`. Times in seconds since 1970 and seconds. */
export interface NewDeskCode {
  code: string
  expires_at: number
  left_s: number
}

/** `token`: the secret, which is shown this once. */
export interface NewToken {
  id: string
  name: string
  role: MachineRole
  added_at: number
  used_at: number | null
  revoked_at: number | null
  token: string
}

/** Who has begun a shift there. `name`: null for somebody who was removed. */
export interface Sitting {
  user_id: string
  agent_id: string
  name: string | null
  since: number
}

/** A token without its secret. Times in seconds since 1970. */
export interface TokenEntry {
  id: string
  name: string
  role: MachineRole
  added_at: number
  used_at: number | null
  revoked_at: number | null
}

export interface AdminRoutes {
  "GET /api/tokens": {
    answers: { 200: TokenEntry[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/tokens": {
    takes: Partial<{ name: string; role: string }>
    answers: { 201: NewToken; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/tokens/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/audit": {
    answers: { 200: AuditPage; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/audit/state": {
    answers: { 200: AuditState; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/desks": {
    answers: { 200: DeskEntry[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/desks/codes": {
    answers: { 201: NewDeskCode; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/desks/enrol": {
    takes: Partial<{ code: string; name: string; installation: string; machine: string; program: string }>
    answers: { 201: Enrolled; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Slowed; 503: Fault }
  }
  "GET /api/desks/self": {
    answers: { 200: DeskItself; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/desks/self": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/desks/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/centre": {
    answers: { 200: CentreStatus; 204: null; 401: Fault; 403: null; 503: Fault }
  }
}
