// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { CallFacts } from "../events"
import type { Fault, TeamEntry } from "./common"

/** What a new call has been scored with. Nulls where it has no score; `assessed_share` of the weights that count.
 *
 * `to_confirm`: fatal faults that nobody has heard yet. `is_mixed`: nobody knows who of it is the agent. */
export interface Figures {
  score: number | null
  assessed_share: number | null
  to_confirm: number
  is_mixed: boolean
}

/** One recording. `share` of it is scored. `call_id`: once it is done; `is_known`: it was a call before.
 *
 * `figures`: of a call that it has become now. `ahead`: so many recordings, whoever's, come before one that waits;
 * null where its person has paused.
 * `reason`: why it was refused, `detail` the same in a sentence. */
export interface ImportJob {
  id: string
  name: string
  bytes: number
  state: "waiting" | "decoding" | "scoring" | "done" | "refused"
  share: number
  call_id: string | null
  is_known: boolean
  reason: "unreadable" | "cut_off" | "memory" | "time" | "died" | "store" | "taken" | "deleted" | "barred" | "failed" | null
  detail: string
  ahead: number | null
  figures: Figures | null
}

/** What somebody may drop, and what became of it. `teams`: to which their calls may belong.
 *
 * `others`: so many recordings of other people wait or are at work. */
export interface Imports {
  teams: TeamEntry[]
  jobs: ImportJob[]
  file_mb: number
  is_paused: boolean
  others: number
}

/** How many of one's recordings wait or are at work. */
export interface ImportsRunning {
  count: number
}

/** What a name and its cells tell; `fits`: the pattern does, or there are cells. `started_at`: with its zone.
 *
 * `shown`: the name without what identifies people.
 *
 * `agent_name`, `agent_team`: of the agent, where somebody has that id; `is_elsewhere`: in a team to which who asks
 * may not import. `team`: to which the call is told to go, as an id; null: nothing tells it. `wrong`: the column of
 * which the cell cannot be. */
export interface NameTold {
  name: string
  shown: string
  fits: boolean
  facts: CallFacts
  started_at: string | null
  team?: string | null
  agent_name?: string | null
  agent_team?: string | null
  is_elsewhere?: boolean
  wrong?: string | null
}

export interface ImportsRoutes {
  "GET /api/imports/running": {
    answers: { 200: ImportsRunning; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/imports": {
    answers: { 200: Imports; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/imports": {
    takes: Blob
    answers: { 201: ImportJob; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 411: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault; 507: Fault }
  }
  "DELETE /api/imports": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "POST /api/imports/names": {
    takes: Partial<{ pattern: string | null; names: string[]; cells: Record<string, string>[] }>
    answers: { 200: NameTold[]; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "PUT /api/imports/pause": {
    takes: Partial<{ is_wanted: boolean }>
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "DELETE /api/imports/{id}": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
}
