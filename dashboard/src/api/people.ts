/** Stand-in for the types of the routes of people until the server has them. Times in seconds since 1970. */
import type { Fault } from "./http"

export type Role = "agent" | "qa" | "lead" | "admin"
export type MachineRole = "telephone" | "records" | "metrics"

export interface SignedInPerson {
  id: string
  login: string
  name: string
  role: Role
  team: string | null
  agent_id: string | null
  may: string[]
}

export interface Session {
  person: SignedInPerson | null
  company: string
  is_first_run: boolean
}

export interface Slowed {
  detail: string
  wait_s: number
}

export interface WrongPassword {
  detail: string
  tries_left: number
}

export interface LinkLook {
  purpose: "first" | "invite" | "reset" | "desk"
  login: string
  name: string
  expires_at: number
}

/** `team`: id of a team. `wait_s`: until a password of theirs is looked at again. */
export interface User {
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

export interface UserChange {
  login: string
  name: string
  role: Role
  team: string | null
  assigned: string[]
  agent_id: string | null
  telephone_id: string | null
  is_disabled: boolean
}

export interface NewLink {
  link: string
  expires_at: number
}

export interface Imported {
  added: number
  changed: number
  refused: { line: number; reason: string }[]
}

export interface Team {
  id: string
  name: string
}

export interface Token {
  id: string
  name: string
  role: MachineRole
  added_at: number
  used_at: number | null
  revoked_at: number | null
}

export interface NewToken extends Token {
  token: string
}

export interface OwnSession {
  id: string
  begun_at: number
  seen_at: number
  address: string
  agent: string
  is_here: boolean
}

export interface Opening {
  call_id: string
  actor: string
  name: string
  action: string
  at: number
}

export type Permissions = Record<string, Record<string, string>>

/** `details`: ids and numbers only. */
export interface AuditRow {
  number: number
  at: number
  actor: string | null
  action: string
  object: string | null
  outcome: "done" | "refused"
  address: string
  agent: string
  details: Record<string, unknown>
  mac: string
}

export interface AuditCount {
  action: string
  outcome: "done" | "refused"
  rows: number
}

export interface AuditState {
  rows: number
  verified_at: number | null
  broken: { number: number; what: string } | null
}

export interface TeamSettings {
  retention_audio_days: number
  retention_words_days: number
  retention_records_days: number
  consent: "never" | "asked" | "always"
  [name: string]: unknown
}

export interface SettingsVersion {
  version: number
  at: number
  actor: string | null
  reason: string
  settings: TeamSettings
}

export interface PeopleRoutes {
  "GET /api/session": { answers: { 200: Session } }
  "POST /api/session": {
    takes: { login: string; password: string }
    answers: { 200: Session; 401: WrongPassword; 422: Fault; 429: Slowed }
  }
  "DELETE /api/session": { answers: { 204: null } }
  "POST /api/links/look": { takes: { secret: string }; answers: { 200: LinkLook; 404: Fault; 410: Fault } }
  "POST /api/links/use": {
    takes: { secret: string; password: string; company?: string; name?: string; login?: string }
    answers: { 200: Session; 404: Fault; 409: Fault; 410: Fault; 422: Fault }
  }
  "GET /api/me/sessions": { answers: { 200: OwnSession[]; 401: Fault } }
  "DELETE /api/me/sessions/{id}": { answers: { 204: null; 401: Fault; 404: Fault } }
  "DELETE /api/me/sessions": { answers: { 204: null; 401: Fault } }
  "PUT /api/me/password": { takes: { old: string; new: string }; answers: { 204: null; 401: Fault; 422: Fault; 429: Slowed } }
  "GET /api/me/data": { answers: { 200: object; 401: Fault } }
  "GET /api/me/opened": { answers: { 200: Opening[]; 401: Fault } }
  "GET /api/users": { answers: { 200: User[]; 401: Fault; 403: Fault } }
  "POST /api/users": { takes: Partial<UserChange>; answers: { 201: User; 401: Fault; 403: Fault; 409: Fault; 422: Fault } }
  "PATCH /api/users/{id}": { takes: Partial<UserChange>; answers: { 200: User; 401: Fault; 403: Fault; 404: Fault; 409: Fault; 422: Fault } }
  "DELETE /api/users/{id}": { answers: { 204: null; 401: Fault; 403: Fault; 404: Fault; 409: Fault } }
  "POST /api/users/{id}/link": { answers: { 201: NewLink; 401: Fault; 403: Fault; 404: Fault; 409: Fault } }
  "POST /api/users/{id}/release": { answers: { 204: null; 401: Fault; 403: Fault; 404: Fault } }
  "POST /api/users/import": { takes: { csv: string }; answers: { 200: Imported; 401: Fault; 403: Fault; 422: Fault } }
  "GET /api/teams": { answers: { 200: Team[]; 401: Fault; 403: Fault } }
  "POST /api/teams": { takes: { id: string; name: string }; answers: { 201: Team; 401: Fault; 403: Fault; 409: Fault; 422: Fault } }
  "PATCH /api/teams/{id}": { takes: { name: string }; answers: { 200: Team; 401: Fault; 403: Fault; 404: Fault; 409: Fault; 422: Fault } }
  "DELETE /api/teams/{id}": { answers: { 204: null; 401: Fault; 403: Fault; 404: Fault; 409: Fault } }
  "GET /api/teams/{id}/settings": { answers: { 200: { current: SettingsVersion; versions: SettingsVersion[] }; 401: Fault; 403: Fault; 404: Fault } }
  "PUT /api/teams/{id}/settings": {
    takes: { expected_version: number; reason: string; settings: TeamSettings }
    answers: { 200: SettingsVersion; 401: Fault; 403: Fault; 404: Fault; 409: Fault; 422: Fault }
  }
  "GET /api/tokens": { answers: { 200: Token[]; 401: Fault; 403: Fault } }
  "POST /api/tokens": { takes: { name: string; role: MachineRole }; answers: { 201: NewToken; 401: Fault; 403: Fault; 409: Fault; 422: Fault } }
  "DELETE /api/tokens/{id}": { answers: { 204: null; 401: Fault; 403: Fault; 404: Fault } }
  "GET /api/permissions": { answers: { 200: Permissions; 401: Fault; 403: Fault } }
  "GET /api/audit": { answers: { 200: { rows: AuditRow[]; counts: AuditCount[] }; 401: Fault; 403: Fault; 422: Fault } }
  "GET /api/audit/state": { answers: { 200: AuditState; 401: Fault; 403: Fault } }
}
