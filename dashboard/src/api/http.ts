// Generated from the application's OpenAPI document by scripts/generate_types.py. Do not edit: run `make types`.

import type { CallFacts, Channel, Citation, ScoreGroup, Span, Verdict, WordsTrust } from "./events"
import type { Case, Day, Taken } from "./floor"

/** Everything that can be done here. */
export type Action = "call.read" | "call.listen" | "call.listen_unheard" | "call.listen_live" | "call.unmasked" | "call.control" | "call.speak" | "call.answer" | "call.import" | "call.consent" | "call.hold" | "review.read" | "review.judge" | "review.answer" | "review.check" | "review.comment" | "rules.read" | "headset.read" | "headset.change" | "floor.watch" | "floor.help" | "floor.arrange" | "people.read" | "people.change" | "tokens.read" | "tokens.change" | "team_settings.read" | "team_settings.change" | "audit.read" | "metrics.read" | "desk.connect" | "desks.read" | "desks.change" | "system.read" | "self"

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

/** Why no call begins; `call_id` is the call that runs, where that is why. */
export interface Busy {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  call_id?: string | null
}

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

/** The call that was meant; `latest` is answered with its id. */
export interface CallId {
  call_id: string
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
  private_gone: boolean
  unheard: boolean
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

/** Wall-clock of this server in milliseconds, so that a page can tell its own latency. */
export interface Clock {
  now_ms: number
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

/** This machine, whose agents sign in with their accounts of the centre. `state`, `reason`: of CentreStatus. */
export interface DeskOfCentre {
  name: string
  centre: string
  address: string
  state: "connecting" | "connected" | "away" | "refused"
  reason: "" | "token" | "version" | "certificate" | "taken" | "other"
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

/** `token`: the machine's, shown this once. `centre`: what the company is called. */
export interface Enrolled {
  desk_id: string
  token: string
  name: string
  centre: string
}

/** Where the agent did it well, as the machine heard it: the evidence of all else, bans too, is of the fault. */
export interface Example {
  call_id: string
  started_at: number
  span: Span
}

/** Body of an error response: what was given and wanted. `reason`: for pages that say it in another language. */
export interface Fault {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
}

/** What a new call has been scored with. Nulls where it has no score; `assessed_share` of the weights that count.
 *
 * `to_confirm`: fatal faults that nobody has heard yet. `is_mixed`: nobody knows who of it is the agent. */
export interface Figures {
  score: number | null
  assessed_share: number | null
  to_confirm: number
  is_mixed: boolean
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

/** What happened on a day of the centre's clock, of the teams that one may watch; `ahead_min`: that clock of UTC. */
export interface FloorDay {
  day: string
  ahead_min: number
  figures: Day
  cases: PastCase[]
}

/** The first line that has what was searched for, as whoever searches sees it. */
export interface FoundLine {
  channel: string
  start_ms: number
  text: string
}

/** What the page shows before a call: the self-check, and what a new call begins with. */
export interface HeadsetStatus {
  lines: SideStatus[]
  is_auto: boolean
  facts: CallFacts
  call_id: string | null
  by?: "machine" | "page"
  consent?: "never" | "asked" | "always"
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

/** Of a list; where a line was refused nothing was changed. */
export interface ImportResult {
  added: number
  changed: number
  refused: Refused[]
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

/** So many agents need a lead for longer than their team wants, and nobody has taken it. */
export interface Late {
  agents: number
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

/** As of CallCounts, alone. */
export interface ListTotal {
  calls: number | null
}

/** What a token is for. */
export type MachineRole = "telephone" | "records" | "metrics" | "desk" | "load"

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

/** One value of a filter, as a person reads it, and how many calls have it, the other filters as they are. */
export interface Named {
  id: string
  name: string
  name_en: string
  calls: number
}

/** Typed at the machine: `callcoach desk enrol ADDRESS CODE`. Times in seconds since 1970 and seconds. */
export interface NewDeskCode {
  code: string
  expires_at: number
  left_s: number
}

/** A one-time link, shown this once, to be handed over; `expires_at` in seconds since 1970. */
export interface NewLink {
  link: string
  expires_at: number
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

/** `why`: changed (by somebody else; `review` is as it is now), not_now, reason, own, worse, unknown or wrong. */
export interface NotSaid {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  why: string
  review?: ReviewState | null
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

/** `from_ms` told of the first of them alone, where they are heard somewhere. */
export interface OtherProblem {
  title: string
  title_en: string
  from_ms: number | null
  to_ms: number | null
}

/** `judged`: calls of the last four weeks with a verdict; advice from `needed` on. Null: nothing is lost. */
export interface OwnAdvice {
  judged: number
  needed: number
  practice: OwnPractice | null
}

/** One call of one's own. `number`: its place in the list. `started_at`: seconds since 1970. */
export interface OwnCall {
  number: number
  call_id: string
  started_at: number | null
  facts: CallFacts
  duration_ms: number | null
  score: number | null
  fatal: number | null
  to_confirm: number | null
  is_scored: boolean
  assessed_share: number | null
  strip: Strip
  review: OwnReview
}

/** `more`: behind which number it goes on; null at the end. */
export interface OwnCalls {
  counts: OwnCounts
  calls: OwnCall[]
  more: number | null
}

/** How many calls are to be found under each tab. */
export interface OwnCounts {
  week: number
  commented: number
  to_answer: number
  appealed: number
}

/** `say`: words that the rulebook has for it, or an order (`form`); "" where it has none. */
export interface OwnPractice {
  rule: string
  title: string
  title_en: string
  note: string
  note_en: string
  say: string
  say_en: string
  form: string
  cite: Citation | null
  weeks: PracticeWeek[]
  example: Example | null
}

/** What became of the items: `open` until `until` (seconds since 1970), accepted, appealed, out of time.
 *
 * `total`: of people. `undecided`, `changed`: of the appeals; changed where the verdict was another then. */
export interface OwnReview {
  stage: Stage
  total: number | null
  until: number | null
  unseen: number
  open: number
  accepted: number
  expired: number
  appealed: number
  undecided: number
  changed: number
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

/** So many times it was done, of those in which it was judged. */
export interface PracticeWeek {
  done: number
  of: number
}

/** The recogniser of this process as it is now, whatever heard the last call. */
export interface RecogniserStatus {
  engine: string
  notice: string
  fault: string
  words_trust: WordsTrust | null
}

/** A line of the list, counted from 1, and why it cannot be taken over. */
export interface Refused {
  line: number
  reason: string
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

/** What a person is here for. */
export type Role = "agent" | "qa" | "lead" | "admin"

/** Of the automatic card, as of ScoreGroup. */
export interface RowGroup {
  name: string
  name_en: string
  points: number
  weight: number
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

/** `query`: of the list's address. */
export interface SavedView {
  name: string
  query: string
}

/** Of which objects an action is permitted. */
export type Scope = "own" | "team" | "assigned" | "all"

/** Its id: the digest of the call tells whether it was seen. */
export interface SentWhisper {
  whisper: string
}

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

/** One side of the headset as it is now, also between calls. */
export interface SideStatus {
  channel: Channel
  state: "absent" | "opening" | "ok" | "idle" | "lost"
  device: string
  reason: string
  since_s: number
  level_dbfs: number | null
}

/** Who has begun a shift there. `name`: null for somebody who was removed. */
export interface Sitting {
  user_id: string
  agent_id: string
  name: string | null
  since: number
}

/** `wait_s`: until a password is looked at again. */
export interface Slowed {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  wait_s: number
}

/** From `start_ms` to `end_ms` of the call. */
export interface SpanMs {
  start_ms: number
  end_ms: number
}

/** Whose turn it is, with what waits longest first. None: nobody has begun.
 *
 * Appeals are checked and decided while the agent may still answer other items. */
export type Stage = "" | "reviewing" | "to_answer" | "to_check" | "to_decide" | "done"

/** Places from, to, one behind the other, in thousandths of the call; `turns` by channel. */
export interface Strip {
  turns: Record<string, number[]>
  silences: number[]
  marks: StripMark[]
}

/** A hint. `place`: in thousandths of the call. */
export interface StripMark {
  place: number
  severity: string
}

/** A team; `id` is what calls carry, `name` is shown. */
export interface TeamEntry {
  id: string
  name: string
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

/** A token without its secret. Times in seconds since 1970. */
export interface TokenEntry {
  id: string
  name: string
  role: MachineRole
  added_at: number
  used_at: number | null
  revoked_at: number | null
}

/** Somebody takes back their own entry of this number. */
export interface Undone {
  entry: number
  kind: "undone"
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

/** `tries_left`: before it gets slow, which lasts `wait_s`; the same whether there is such a name or not. */
export interface WrongSecret {
  detail: string
  reason?: "cell" | "centre_away" | "centre_busy" | "column" | "common" | "desk_away" | "desk_busy" | "desk_role" | "encoding" | "first" | "held" | "last_admin" | "like_name" | "long" | "name" | "no_room" | "no_team" | "not_empty" | "not_first" | "other_team" | "outdated" | "pattern" | "reason" | "role" | "short" | "taken" | "too_large" | "unchanged" | "unknown" | "unknown_field" | "value" | null
  tries_left: number
  wait_s?: number
}

export interface Routes {
  "GET /api/health": {
    answers: { 403: null }
  }
  "GET /api/clock": {
    answers: { 200: Clock; 401: Fault; 403: null; 503: Fault }
  }
  "GET /api/calls": {
    answers: { 200: CallSummary[]; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls": {
    takes: Partial<CallFacts>
    answers: { 201: CallId; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "GET /api/calls/latest": {
    answers: { 200: CallSummary; 204: null; 401: Fault; 403: null; 503: Fault }
  }
  "GET /api/calls/{call_id}/records": {
    answers: { 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/headset": {
    answers: { 200: HeadsetStatus; 204: null; 401: Fault; 403: null }
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
    answers: { 206: null; 400: Fault; 401: Fault; 403: null; 404: Fault; 416: null; 422: Fault; 503: Fault }
  }
  "DELETE /api/calls/{call_id}/audio": {
    answers: { 202: CallFacts; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
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
  "GET /api/calls/{call_id}/review": {
    answers: { 200: ReviewState; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/calls/{call_id}/printed": {
    answers: { 204: null; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
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
  "GET /api/me/calls": {
    answers: { 200: OwnCalls; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/me/practice": {
    answers: { 200: OwnAdvice; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/headset/trial": {
    answers: { 200: DeviceTrial; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
  "PUT /api/headset/devices": {
    takes: Partial<{ mic: string; far: string }>
    answers: { 200: DeviceChoice; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Busy; 413: Fault; 422: Fault; 429: Fault; 503: Fault }
  }
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
  "GET /api/recogniser": {
    answers: { 200: RecogniserStatus; 204: null; 401: Fault; 403: null; 503: Fault }
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
  "GET /api/permissions": {
    answers: { 200: Record<string, Record<string, Scope>>; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/audit": {
    answers: { 200: AuditPage; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "GET /api/audit/state": {
    answers: { 200: AuditState; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
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
  "GET /api/floor/late": {
    answers: { 200: Late; 401: Fault; 403: null; 404: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/floor/cases/{id}/take": {
    answers: { 200: Case; 401: Fault; 403: null; 404: Fault; 408: Fault; 409: Fault; 413: Fault; 422: Fault; 503: Fault }
  }
  "POST /api/floor/cases/{id}/close": {
    takes: Partial<{ reason: string | null }>
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
