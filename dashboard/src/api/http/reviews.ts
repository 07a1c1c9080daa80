// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { Citation, ScoreGroup, Span, Verdict } from "../events"
import type { Action, Fault, Role, Stage } from "./common"

/** The lead has looked at it, and would have it so or not. */
export interface AppealChecked {
  rule: string
  is_right: boolean
  reason: string
  kind: "checked"
}

/** QA has the last word. */
export interface AppealDecided {
  rule: string
  verdict: "met" | "partly" | "missed" | "not_applicable"
  reason: string
  kind: "decided"
}

/** On a span of the call (null: on all of it) or an item ("": none); `answers`: number of a comment, or 0. */
export interface Commented {
  text: string
  span: Span | null
  rule: string
  answers: number
  kind: "commented"
}

/** The agent has seen all comments up to entry number `upto`. */
export interface CommentsSeen {
  upto: number
  kind: "seen"
}

/** Where people found something else than the machine. `outcome`: a column of RuleJudged. `reason`: of people.
 *
 * `started_at`: seconds since 1970. `at_ms`: where its first evidence is, null without any. */
export interface DisputedCall {
  call_id: string
  started_at: number | null
  outcome: "agreed" | "false_faults" | "missed_faults" | "otherwise" | "confirmed" | "dismissed"
  heard: Verdict
  said: Verdict
  reason: string
  at_ms: number | null
}

/** The agent agrees. */
export interface ItemAccepted {
  rule: string
  kind: "accepted"
}

/** The agent does not, and says what it should be, why, and where that is heard. */
export interface ItemAppealed {
  rule: string
  verdict: "met" | "partly" | "not_applicable"
  reason: string
  evidence: Span[]
  kind: "appealed"
}

/** The lead lets the agent answer once more, after the time for it was over. `until`: as of ReviewFinished. */
export interface ItemReopened {
  rule: string
  reason: string
  until: number
  kind: "reopened"
}

/** `why`: changed (by somebody else; `review` is as it is now), not_now, reason, own, worse, unknown or wrong. */
export interface NotSaid {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  why: string
  review?: ReviewState | null
}

/** QA is done: it is the agent's turn, until `until` (seconds since 1970), by what the team had set then. */
export interface ReviewFinished {
  until: number
  kind: "finished"
}

/** How far the review of a call is. `seen`: to be told with what is said next. `may`: the actions of who asks.
 *
 * `total`, of people: null where nobody has judged, or too little is assessed. `assessed`, `offered`: weights.
 * `team`, `agent`: names of the call's, their ids where nobody has them any more, "" without one. */
export interface ReviewState {
  call_id: string
  team: string
  agent: string
  seen: number
  stage: Stage
  entries: SaidEntry[]
  items: ReviewedItem[]
  total: number | null
  fatal: number
  to_confirm: number
  assessed: number
  offered: number
  groups: ScoreGroup[]
  reviewer: string
  finished_at: number | null
  until: number | null
  unseen: number
  may: Action[]
}

/** An item as people judge it. `verdict` and `points` as on the card; the others are numbers of entries, or null.
 *
 * `answer`: what became of it at the agent: "" where there is nothing to answer, open, accepted, appealed, expired. */
export interface ReviewedItem {
  rule: string
  verdict: Verdict
  points: number | null
  is_judged: boolean
  answer: "" | "open" | "accepted" | "appealed" | "expired"
  until: number | null
  given: number | null
  accepted: number | null
  appeal: number | null
  check: number | null
  decision: number | null
  reopened: number | null
}

/** As of RuleAgreement. `share`: in which people found what the machine found; null where nobody has judged. */
export interface RuleJudged {
  rule: string
  title: string
  title_en: string
  judged: number
  agreed: number
  false_faults: number
  missed_faults: number
  otherwise: number
  confirmed: number
  dismissed: number
  of_no_use: number
  share: number | null
}

/** One rule. `say`: words to say, or an order (`form`), and `why`, as of the newest hint in the calls that people
 * judged; "" where there was none. `note`: of the newest card. `cite`: null in cards of earlier versions.
 *
 * `calls`: the newest MOST_DISPUTES of `disputed`. */
export interface RuleLooked {
  rule: string
  title: string
  title_en: string
  say: string
  say_en: string
  form: string
  why: string
  why_en: string
  note: string
  note_en: string
  cite: Citation | null
  is_ban: boolean
  disputed: number
  calls: DisputedCall[]
}

/** One entry of the stream. `name`: "" of somebody who is here no more. `at`: seconds since 1970. */
export interface SaidEntry {
  number: number
  at: number
  name: string
  role: Role
  is_own: boolean
  is_undone: boolean
  act: VerdictGiven | ReviewFinished | ItemAccepted | ItemAppealed | AppealChecked | AppealDecided | ItemReopened | Commented | CommentsSeen | Undone
}

/** Somebody takes back their own entry of this number. */
export interface Undone {
  entry: number
  kind: "undone"
}

/** QA has judged an item. The reason may be "" where the verdict is what was heard. */
export interface VerdictGiven {
  rule: string
  verdict: "met" | "partly" | "missed" | "not_applicable"
  reason: string
  kind: "verdict"
}

/** `agent`, `team`: names, or their ids where nobody has them any more. `started_at`, `until`: seconds since 1970.
 *
 * `item`: null where none was asked for, or none is appealed. */
export interface WaitingCall {
  call_id: string
  agent: string
  team: string | null
  started_at: number | null
  stage: Stage
  until: number | null
  unseen: number
  item?: WaitingItem | null
}

/** What waits for whoever asks, by what they may do; each list with what ends first at its head.
 *
 * `reviewing`: what they have begun themselves. */
export interface WaitingCalls {
  to_answer: WaitingCall[]
  comments: WaitingCall[]
  to_check: WaitingCall[]
  to_decide: WaitingCall[]
  reviewing: WaitingCall[]
}

/** The appeal that waits longest: the rule with its titles, what the agent would have and why. `until`: the lead
 * checks it; `is_right`, `checked`: what the lead has found, and why; null and "" as long as nobody has. */
export interface WaitingItem {
  rule: string
  title: string
  title_en: string
  verdict: Verdict
  reason: string
  until: number
  is_right: boolean | null
  checked: string
}

export interface ReviewsRoutes {
  "GET /api/calls/{call_id}/review": {
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/review/judge": {
    takes: Partial<{ act: VerdictGiven | ReviewFinished | ItemAccepted | ItemAppealed | AppealChecked | AppealDecided | ItemReopened | Commented | CommentsSeen | Undone; seen: number }>
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: NotSaid; 413: Fault; 422: NotSaid | Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/review/answer": {
    takes: Partial<{ act: VerdictGiven | ReviewFinished | ItemAccepted | ItemAppealed | AppealChecked | AppealDecided | ItemReopened | Commented | CommentsSeen | Undone; seen: number }>
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: NotSaid; 413: Fault; 422: NotSaid | Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/review/check": {
    takes: Partial<{ act: VerdictGiven | ReviewFinished | ItemAccepted | ItemAppealed | AppealChecked | AppealDecided | ItemReopened | Commented | CommentsSeen | Undone; seen: number }>
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: NotSaid; 413: Fault; 422: NotSaid | Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/review/comment": {
    takes: Partial<{ act: VerdictGiven | ReviewFinished | ItemAccepted | ItemAppealed | AppealChecked | AppealDecided | ItemReopened | Commented | CommentsSeen | Undone; seen: number }>
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: NotSaid; 413: Fault; 422: NotSaid | Fault; 503: Fault }
  }
  "GET /api/reviews/waiting": {
    answers: { 200: WaitingCalls; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/reviews/agreement": {
    answers: { 200: RuleJudged[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/reviews/agreement.csv": {
    answers: { 200: null; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/reviews/agreement/{rule}": {
    answers: { 200: RuleLooked; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
}
