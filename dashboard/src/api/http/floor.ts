// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { Case, Day, Taken } from "../floor"
import type { Fault } from "./common"

/** What happened on a day of the centre's clock, of the teams that one may watch; `ahead_min`: that clock of UTC. */
export interface FloorDay {
  day: string
  ahead_min: number
  figures: Day
  cases: PastCase[]
}

/** So many agents need a lead for longer than their team wants, and nobody has taken it. */
export interface Late {
  agents: number
}

/** A case of a day. `name`: of the agent; `closed_by`: of the lead, "" where none closed it. */
export interface PastCase {
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
  name: string
  closed_at: number | null
  closed_because: string
  closed_by: string
  closed_reason: string
}

export interface PastCases {
  cases: PastCase[]
}

/** Who sits where; `team` is its id.
 *
 * `version` is another one as soon as anybody has another place, also by somebody who has come or left. `by`, `at`:
 * who arranged it last and when (seconds since 1970), "" and null where nobody has. */
export interface Plan {
  team: string
  name: string
  seats: PlannedSeat[]
  version: string
  by: string
  at: number | null
}

/** Somebody was quicker. `plan`: as it is now. */
export interface PlanOutdated {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  plan: Plan
}

export interface PlannedSeat {
  agent_id: string
  name: string
  position: number
}

export interface Plans {
  teams: Plan[]
}

/** Its id: the digest of the call tells whether it was seen. */
export interface SentWhisper {
  whisper: string
}

export interface FloorRoutes {
  "GET /api/floor/late": {
    answers: { 200: Late; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/floor/cases/{id}/take": {
    answers: { 200: Case; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/floor/cases/{id}/close": {
    takes: Partial<{ reason: string | null; also: string[] }>
    answers: { 200: Case; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/whispers": {
    takes: Partial<{ text: string; whisper: string | null; transfer: boolean }>
    answers: { 200: SentWhisper; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "POST /api/ringing": {
    takes: Partial<{ agent_id: string; ringing: boolean }>
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/floor/plan": {
    answers: { 200: Plans; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/floor/plan": {
    takes: Partial<{ team: string; version: string; positions: Record<string, number> }>
    answers: { 200: Plan; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: PlanOutdated; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/floor/cases": {
    answers: { 200: PastCases; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/floor/day": {
    answers: { 200: FloorDay; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/floor/day.csv": {
    answers: { 200: null; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
}
