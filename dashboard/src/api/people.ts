/** Stand-in for the types of the routes of people until the server has them. */
import type { Fault } from "./http"

export interface SignedInPerson {
  id: string
  login: string
  name: string
  role: "agent" | "qa" | "lead" | "admin"
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
}
