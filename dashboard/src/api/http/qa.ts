// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { Fault, Strip } from "./common"

/** `total`: of the list as it is filtered; null where what was searched for may be private to who asks.
 *
 * `mean`: of their scores, `scores`: so many in each ten points. All values of a filter that have calls. */
export interface CallCounts {
  total: number | null
  mean: number | null
  fatal: number
  teams: Named[]
  agents: Named[]
  directions: Named[]
  stages: Named[]
  rules: Named[]
  scores: number[]
  unscored: number
}

/** `next`: to be told as `after` for the next page; null: this is the last one. */
export interface CallPage {
  rows: CallRow[]
  next: string | null
}

/** A call at a glance. Times in seconds since 1970. What is not known, or not yet, is null.
 *
 * `others`: what was missed besides. `good`: null too once people have judged. `team`: its name. `fatal`: by people
 * where they have judged. `stage` and what follows: of its review. */
export interface CallRow {
  call_id: string
  agent_id: string | null
  agent: string
  team: string | null
  started_at: number | null
  direction: string | null
  peer: string | null
  ending: string | null
  duration_ms: number | null
  score: number | null
  fatal: number | null
  to_confirm: number | null
  unscored_reason: "" | "nothing" | "too_short" | "too_little" | null
  assessed_share: number | null
  strip: Strip
  problem: FirstProblem | null
  others: OtherProblem[]
  groups: RowGroup[]
  good: string | null
  good_en: string | null
  stage: string
  total: number | null
  reviewer: string
  until: number | null
  unseen: number
  is_held: boolean
  is_marked: boolean
  found: FoundLine | null
}

/** A rule that was missed, or waits to be confirmed; `from_ms` null: it is heard nowhere in particular. */
export interface FirstProblem {
  rule: string
  title: string
  title_en: string
  is_fatal: boolean
  is_to_confirm: boolean
  channel: string | null
  from_ms: number | null
  to_ms: number | null
}

/** The first line that has what was searched for, as whoever searches sees it. */
export interface FoundLine {
  channel: string
  start_ms: number
  text: string
}

/** Why nothing of a call is deleted, since when (seconds since 1970, by the database's clock), and who wants it. */
export interface Hold {
  reason: string
  at: number
  actor: string | null
}

/** `hold`: null where the call is not held. */
export interface Holding {
  call_id: string
  hold: Hold | null
}

/** As of CallCounts, alone. */
export interface ListTotal {
  calls: number | null
}

/** One value of a filter, as a person reads it, and how many calls have it, the other filters as they are. */
export interface Named {
  id: string
  name: string
  name_en: string
  calls: number
}

/** `from_ms` told of the first of them alone, where they are heard somewhere. */
export interface OtherProblem {
  title: string
  title_en: string
  from_ms: number | null
  to_ms: number | null
}

/** Of the automatic card, as of ScoreGroup. */
export interface RowGroup {
  name: string
  name_en: string
  points: number
  weight: number
}

/** `query`: of the list's address. */
export interface SavedView {
  name: string
  query: string
}

/** From `start_ms` to `end_ms` of the call. */
export interface SpanMs {
  start_ms: number
  end_ms: number
}

/** Lowest and highest sample, from -128 to 127, of each `per_ms` from `start_ms` on.
 *
 * `low` and `high` have a list for each channel, the agent's first. `duration_ms`: of the whole recording. `muted`:
 * where in all of it whoever asks hears nothing. */
export interface Waveform {
  per_ms: number
  start_ms: number
  duration_ms: number
  low: number[][]
  high: number[][]
  muted: SpanMs[]
}

export interface QaRoutes {
  "GET /api/calls/{call_id}/audio/peaks": {
    answers: { 200: Waveform; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/calls/{call_id}/found": {
    answers: { 200: number[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/calls/{call_id}/hold": {
    answers: { 200: Holding; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/calls/{call_id}/hold": {
    takes: Partial<{ reason: string }>
    answers: { 200: Holding; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/calls/{call_id}/hold": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/printed": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/qa/calls": {
    answers: { 200: CallPage; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/qa/counts": {
    answers: { 200: CallCounts; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/qa/total": {
    answers: { 200: ListTotal; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/qa/calls.{kind}": {
    answers: { 200: null; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/qa/calls/{call_id}/mark": {
    takes: Partial<{ is_marked: boolean }>
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/qa/views": {
    answers: { 200: SavedView[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "PUT /api/qa/views": {
    takes: Partial<{ name: string; query: string }>
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "DELETE /api/qa/views": {
    takes: Partial<{ name: string }>
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
}
