/** Routes of the floor as the page asks them, until the server's own stand in http.ts. */
import type { Case, Day } from "./floor"
import type { Fault } from "./http"

/** A case that is over. `closed_by`: the lead who closed it, "" where it calmed by itself. Milliseconds since 1970. */
export interface PastCase extends Case {
  name: string
  closed_at: number | null
  closed_by: string
  closed_reason: string
}

/** Who sits where in a team's plan. */
export interface Plan {
  team: string
  name: string
  seats: { agent_id: string; name: string; position: number }[]
}

/** What happened on a day, of the teams that are watched. */
export interface Shift {
  day: string
  figures: Day
  cases: PastCase[]
}

type FloorFaults = { 401: Fault; 403: Fault; 404: Fault; 409: Fault; 422: Fault; 503: Fault }

declare module "./http" {
  interface Routes {
    "POST /api/floor/cases/{id}/take": { answers: { 200: object } & FloorFaults }
    "POST /api/floor/cases/{id}/close": { takes: { reason: string }; answers: { 200: object } & FloorFaults }
    "POST /api/calls/{call_id}/whispers": { takes: { text: string }; answers: { 200: object } & FloorFaults }
    "GET /api/floor/cases": { answers: { 200: { cases: PastCase[] } } & FloorFaults }
    "GET /api/floor/plan": { answers: { 200: { teams: Plan[] } } & FloorFaults }
    "PUT /api/floor/plan": { takes: { team: string; positions: Record<string, number> }; answers: { 200: object } & FloorFaults }
    "GET /api/floor/day": { answers: { 200: Shift } & FloorFaults }
    "GET /api/floor/day.csv": { answers: { 200: null } & FloorFaults }
  }
}
