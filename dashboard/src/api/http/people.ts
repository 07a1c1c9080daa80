// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { Action, Fault, Role, Slowed, TeamEntry } from "./common"

/** This machine, whose agents sign in with their accounts of the centre. `state`, `reason`: of CentreStatus. */
export interface DeskOfCentre {
  name: string
  centre: string
  address: string
  state: "connecting" | "connected" | "away" | "refused"
  reason: "" | "token" | "version" | "certificate" | "taken" | "other"
}

/** Of a list; where a line was refused nothing was changed. */
export interface ImportResult {
  added: number
  changed: number
  refused: Refused[]
}

/** What a one-time link is for. */
export type LinkPurpose = "desk" | "first" | "invite" | "reset"

/** What a one-time link is for; `login` and `name` are "" for the first administrator's. */
export interface LinkStatus {
  purpose: LinkPurpose
  login: string
  name: string
  expires_at: number
}

/** A one-time link, shown this once, to be handed over; `expires_at` in seconds since 1970. */
export interface NewLink {
  link: string
  expires_at: number
}

/** Somebody has opened or heard a call of one's own; `name`: "" where they are here no more.
 *
 * `actor`: "" for whoever did so at the machine where callcoach runs. */
export interface Opening {
  call_id: string
  actor: string
  name: string
  action: string
  at: number
}

/** A session that is open. `is_here`: the one that asks. Times in seconds since 1970. */
export interface OwnSession {
  id: string
  begun_at: number
  seen_at: number
  address: string
  agent: string
  is_here: boolean
}

/** A line of the list, counted from 1, and why it cannot be taken over. */
export interface Refused {
  line: number
  reason: string
}

/** Of which objects an action is permitted. */
export type Scope = "own" | "team" | "assigned" | "all"

/** `person`: null while nobody is signed in. `is_first_run`: there is no administrator yet. `desk`: null where this
 * is no desk of a centre. */
export interface Session {
  person: SessionPerson | null
  company: string
  is_first_run: boolean
  desk?: DeskOfCentre | null
}

/** Who is signed in. `may`: the actions that are permitted for some object at least. */
export interface SessionPerson {
  id: string
  login: string
  name: string
  role: Role
  team: string | null
  agent_id: string | null
  may: Action[]
}

/** What a team has set: now, and all versions, the newest first. `acted_on`: by which something is done today. */
export interface SettingsHistory {
  current: SettingsVersion
  versions: SettingsVersion[]
  acted_on: string[]
}

/** `version` 0: nobody has set anything; `at` (seconds since 1970) is 0 then. `settings` are as UNSET then. */
export interface SettingsVersion {
  version: number
  at: number
  actor: string | null
  reason: string
  settings: TeamSettings
}

/** Of one team. 0 of a band: as the rulebook has it.
 *
 * `consent`: `never` records no call; `asked` records one once its fact `recording_consent` says so; `always` begins
 * with that fact, as the customers have agreed by contract, unless it is told otherwise. */
export interface TeamSettings {
  retention_audio_days?: number
  retention_private_days?: number
  retention_words_days?: number
  retention_records_days?: number
  consent?: "never" | "asked" | "always"
  masking?: boolean
  alerts?: boolean
  alert_step?: number
  alert_dead_air_s?: number
  alert_blind_s?: number
  alert_fatal?: boolean
  alert_help?: boolean
  alert_escalate_s?: number
  wrap_up_s?: number
  appeal_days?: number
  overlay?: string
  pace_low?: number
  pace_high?: number
  pitch_share?: number
  hint_holdout?: number
}

/** A user in the list. Times in seconds since 1970; `wait_s`: until a password of theirs is looked at again. */
export interface UserEntry {
  id: string
  login: string
  name: string
  role: Role
  team: string | null
  assigned: string[]
  agent_id: string | null
  telephone_id: string | null
  is_disabled: boolean
  has_password: boolean
  signed_in_at: number | null
  wait_s: number
}

/** `tries_left`: before it gets slow, which lasts `wait_s`; the same whether there is such a name or not. */
export interface WrongSecret {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  tries_left: number
  wait_s?: number
}

export interface PeopleRoutes {
  "GET /api/session": {
    answers: { 200: Session; 403: null; 503: Fault }
  }
  "POST /api/session": {
    takes: Partial<{ login: string; password: string }>
    answers: { 200: Session; 401: WrongSecret; 403: null; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Slowed; 503: Fault }
  }
  "DELETE /api/session": {
    answers: { 204: null; 403: null; 503: Fault }
  }
  "POST /api/links/look": {
    takes: Partial<{ secret: string }>
    answers: { 200: LinkStatus; 403: null; 404: Fault; 408: Fault; 410: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/links/use": {
    takes: Partial<{ secret: string; password: string; company: string; name: string; login: string }>
    answers: { 200: Session; 403: null; 404: Fault; 408: Fault; 410: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/users": {
    answers: { 200: UserEntry[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/users": {
    takes: Partial<{ login: string; name: string; role: string; team: string | null; agent_id: string | null; telephone_id: string | null; assigned: string[]; is_disabled: boolean }>
    answers: { 201: UserEntry; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/users/import": {
    takes: Partial<{ csv: string }>
    answers: { 200: ImportResult; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "PATCH /api/users/{id}": {
    takes: Partial<{ login: string | null; name: string | null; role: string | null; team: string | null; agent_id: string | null; telephone_id: string | null; assigned: string[]; is_disabled: boolean }>
    answers: { 200: UserEntry; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/users/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/users/{id}/link": {
    answers: { 201: NewLink; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/users/{id}/release": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/teams": {
    answers: { 200: TeamEntry[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/teams": {
    takes: Partial<{ name: string; id: string | null }>
    answers: { 201: TeamEntry; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "PATCH /api/teams/{id}": {
    takes: Partial<{ name: string }>
    answers: { 200: TeamEntry; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/teams/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/teams/{id}/settings": {
    answers: { 200: SettingsHistory; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/teams/{id}/settings": {
    takes: Partial<{ reason: string; expected_version: number; settings: TeamSettings }>
    answers: { 200: SettingsVersion; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/permissions": {
    answers: { 200: Record<string, Record<string, Scope>>; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/me/sessions": {
    answers: { 200: OwnSession[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/me/sessions": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/me/sessions/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/me/password": {
    takes: Partial<{ old: string; new: string }>
    answers: { 204: null; 401: WrongSecret | Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Slowed; 503: Fault }
  }
  "GET /api/me/opened": {
    answers: { 200: Opening[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/me/data": {
    answers: { 200: Record<string, unknown>; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
}
