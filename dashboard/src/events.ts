// Generated from pipeline/events/ by scripts/generate_types.py. Do not edit: run `make types`.
// All times are integer milliseconds of audio since the call's start.

/** Who is heard. `mixed` is a one-channel recording: roles unknown, never guessed. */
export type Channel = "agent" | "customer" | "mixed"

/** What a source got for a channel in one slice. */
export type Heard = "yes" | "idle" | "lost"

/** Why it is quiet, which decides the limit. */
export type SilenceKind = "both" | "agent" | "announced" | "hold"

export type Severity = "critical" | "warning" | "tip"

export type Verdict = "met" | "missed" | "not_applicable"

/** What is known about a call besides its sound. Unknown facts make rules not applicable, never failed. */
export interface CallFacts {
  direction: "inbound" | "outbound"
  peer: string | null
  customer_name: string | null
  company: string | null
  agent_id: string | null
  agent_name: string | null
  team: string | null
  timezone: string | null
  recording_consent: boolean | null
}

/** What somebody must know about where a call's sound came from; the call is heard all the same. */
export interface SourceNotice {
  code: "short" | "length" | "joined" | "damaged" | "no_numbers" | "one_signal" | "only_left" | "only_right" | "only_agent" | "only_customer"
  detail: string
}

export interface CallStarted {
  kind: "CallStarted"
  version?: 2
  at_ms: number
  call_id: string
  started_at: string
  channels: Channel[]
  facts: CallFacts
  rulebook_id: string
  rulebook_version: string
  settings_hash: string
  engine: string
  engine_notice: string
  notices: SourceNotice[]
  actor: string | null
}

export interface CallEnded {
  kind: "CallEnded"
  version?: 2
  at_ms: number
  reason: "finished" | "interrupted"
  actor: string | null
}

/** Facts told during the call (form, CTI); they replace the earlier ones at once. */
export interface FactsNoted {
  kind: "FactsNoted"
  version?: 2
  at_ms: number
  facts: CallFacts
  actor: string | null
}

/** `phase` is an id of the call's rulebook; the shipped one has opening, body, hold, complaint and closing. */
export interface PhaseChanged {
  kind: "PhaseChanged"
  at_ms: number
  phase: string
}

/** The audio clock while nothing else is to be said; display only, never stored, has no seq. */
export interface ClockTicked {
  kind: "ClockTicked"
  at_ms: number
}

/** How a live device delivers: told when the call starts and when a figure has changed, at most once a second.
 *
 * `late_ms`: how long its audio takes to come at worst; counted since the call's start: `inserted_ms` of silence in
 * place of audio that never came, `dropped_ms` of audio that came doubled, in surplus or too late. */
export interface CaptureMeasured {
  kind: "CaptureMeasured"
  at_ms: number
  channel: Channel
  device: string
  heard: Heard
  late_ms: number
  inserted_ms: number
  dropped_ms: number
}

/** No data for a second: the coach is blind on this side since `start_ms`. */
export interface ChannelLost {
  kind: "ChannelLost"
  at_ms: number
  channel: Channel
  start_ms: number
}

export interface ChannelBack {
  kind: "ChannelBack"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** The other side is heard in this channel, `lag_ms` after its source (negative: before), `gain_db` louder.
 *
 * Told once a call and channel. It is not counted as this side's speech, unless it is a copy nearly as loud as its
 * source (`is_copy`): of that nobody can tell whose voice it is. */
export interface BleedNoted {
  kind: "BleedNoted"
  at_ms: number
  channel: Channel
  lag_ms: number
  gain_db: number
  is_copy: boolean
}

export interface TurnStarted {
  kind: "TurnStarted"
  at_ms: number
  channel: Channel
  start_ms: number
}

export interface TurnEnded {
  kind: "TurnEnded"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** Sent once a silence is 1,000 ms long, or when its kind changes. `limit_ms` is null for hold. */
export interface SilenceStarted {
  kind: "SilenceStarted"
  at_ms: number
  start_ms: number
  silence: SilenceKind
  limit_ms: number | null
}

/** The limit is full while the silence lasts. */
export interface SilenceReached {
  kind: "SilenceReached"
  at_ms: number
  start_ms: number
  limit_ms: number
  silence: SilenceKind
}

export interface SilenceEnded {
  kind: "SilenceEnded"
  at_ms: number
  start_ms: number
  end_ms: number
  silence: SilenceKind
}

/** Both sides spoke; `interrupter` is null when nobody was cut off by it. */
export interface OverlapNoted {
  kind: "OverlapNoted"
  at_ms: number
  start_ms: number
  end_ms: number
  interrupter: Channel | null
}

/** A recording is played on `channel` from `start_ms` until `end_ms`: turns that begin in it are nobody's voice.
 *
 * By its sound `end_ms` is where the recording will end, and lies ahead; by its words it is the end of the turn. By
 * telephony it may lie far ahead; when the end is told, the same comes again with the true `end_ms`. */
export interface AnnouncementHeard {
  kind: "AnnouncementHeard"
  version?: 2
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  name: string
  by: "fingerprint" | "words" | "telephony"
  actor: string | null
}

/** The telephone system plays a recording, or no more: a note, of which the call makes an AnnouncementHeard. */
export interface AnnouncementTold {
  name: string
  duration_ms: number | null
  playing: boolean
  actor: string | null
}

export interface LevelMeasured {
  kind: "LevelMeasured"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  speech_dbfs: number
  snr_db: number | null
  clipped_share: number
}

/** Rates in characters a minute over the window start_ms..end_ms.
 *
 * `baseline_rate`: the agent's usual speaking rate by words, learned over calls; null until there is one. */
export interface PaceMeasured {
  kind: "PaceMeasured"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  speaking_rate: number
  articulation_rate: number
  characters: number
  speaking_ms: number
  articulation_ms: number
  basis: "words" | "acoustic"
  baseline_rate: number | null
  baseline_speaking_ms: number
}

/** f0 over the last 20 s of own speech, which began at start_ms; `baseline_sd` is the agent's own, null until known.
 *
 * `baseline_calls`: from how many earlier calls it was learned; 0: from this call's first minute, provisional. */
export interface PitchMeasured {
  kind: "PitchMeasured"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  median_hz: number
  sd_semitones: number
  range_semitones: number
  voiced_ms: number
  baseline_sd: number | null
  baseline_voiced_ms: number
  baseline_calls: number
}

/** What is usual for one agent, learned over calls: how pitch varies and how fast, nothing inferred from it.
 *
 * The times say what each figure rests on, as far as it is remembered; a figure is null until a call has taught it. */
export interface AgentBaseline {
  agent_id: string
  calls: number
  sd_semitones: number | null
  voiced_ms: number
  speaking_rate: number | null
  speaking_ms: number
}

/** One recognised word (for Mandarin usually one to three Han characters). */
export interface Word {
  text: string
  start_ms: number
  end_ms: number
  confidence: number
}

/** A caption not yet settled: display only, never stored, has no seq.
 *
 * Two successive guesses agree on its first `agreed` characters; later guesses of this turn never change those. */
export interface WordsGuessed {
  kind: "WordsGuessed"
  at_ms: number
  channel: Channel
  start_ms: number
  text: string
  agreed: number
}

/** The settled words of one turn. `lag_ms`: from the end of the turn to `at_ms`.
 *
 * `text` is as recognised; `shown` the same for reading, with punctuation and digits. */
export interface WordsHeard {
  kind: "WordsHeard"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  text: string
  words: Word[]
  lag_ms: number
  shown: string
}

/** What the recogniser wrote and nobody is believed to have said: kept for inspection, seen by no rule. */
export interface WordsSuppressed {
  kind: "WordsSuppressed"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  text: string
  reason: "no_speech" | "repetition" | "phantom_line" | "too_fast"
}

/** With the consent told by the facts. The recording lies on call time: what was before is silent in it. */
export interface RecordingStarted {
  kind: "RecordingStarted"
  at_ms: number
}

/** Before the call's end. `withdrawn`: consent was taken back and the recording is deleted. */
export interface RecordingStopped {
  kind: "RecordingStopped"
  version?: 2
  at_ms: number
  reason: "withdrawn" | "disk_full" | "failed"
  detail: string
  actor: string | null
}

/** A part of the coach stopped working; the rest goes on.
 *
 * `stage` is asr, store, score (a call that broke off has none) or record (this one cannot be read); `cause`, where
 * it is known, is what a page may say in its own words: full, locked, gone, replaced, read_only, damaged, rulebook. */
export interface StageFailed {
  kind: "StageFailed"
  at_ms: number
  stage: string
  reason: string
  cause: string
}

/** A part of the coach that had failed works again. */
export interface StageBack {
  kind: "StageBack"
  at_ms: number
  stage: string
}

/** The machine is too slow for its calls since `start_ms`: this one's slices come `behind_ms` late.
 *
 * What is left out for it at which `level`: 1 captions, 2 words come later, 3 pitch and the pace by sound. 0: all is
 * done again. Turns and the silence clock never suffer. */
export interface OverloadNoted {
  kind: "OverloadNoted"
  at_ms: number
  level: number
  behind_ms: number
  start_ms: number
}

/** So many published records are not in the store yet; display only, never stored, has no seq. */
export interface RecordsWaiting {
  kind: "RecordsWaiting"
  at_ms: number
  count: number
}

/** Evidence: what to play back, and the words or the figure it proves. */
export interface Span {
  channel: Channel
  start_ms: number
  end_ms: number
  quote: string
}

/** Where a rule comes from: handbook document and verbatim quote. */
export interface Citation {
  document: string
  quote: string
}

/** Step 1..4 of the silent-call procedure (document 002); step 0 says it is over: the customer spoke.
 *
 * `state` is `say` until the agent's words are heard, then `wait`: `wait_ms` from their end, `wait_from_ms`. */
export interface SilentCallStep {
  kind: "SilentCallStep"
  at_ms: number
  step: number
  state: "say" | "wait" | "over"
  say: string
  next_say: string
  wait_from_ms: number | null
  wait_ms: number
}

/** `hint` numbers the hints of a call from 1; `clears_when` is a sentence for the agent. */
export interface HintRaised {
  kind: "HintRaised"
  at_ms: number
  hint: number
  rule: string
  severity: Severity
  title: string
  say: string
  why: string
  clears_when: string
  cite: Citation
  start_ms: number
  end_ms: number
  evidence: Span[]
}

export interface HintShown {
  kind: "HintShown"
  at_ms: number
  hint: number
  paint_ms: number | null
}

export interface HintDismissed {
  kind: "HintDismissed"
  version?: 2
  at_ms: number
  hint: number
  useful: boolean | null
  actor: string | null
}

export interface HintDone {
  kind: "HintDone"
  version?: 2
  at_ms: number
  hint: number
  by: "coach" | "agent"
  note: string
  actor: string | null
}

export interface HintCleared {
  kind: "HintCleared"
  at_ms: number
  hint: number
  reason: "done" | "dismissed" | "cause_gone" | "replaced" | "expired" | "call_ended"
}

/** One line of the scorecard. `points` of `weight` earned; null when not applicable. */
export interface ScoreItem {
  rule: string
  title: string
  group: string
  verdict: Verdict
  weight: number
  points: number | null
  fatal: boolean
  evidence: Span[]
  note: string
}

/** Points of one group of the scorecard; `weight` counts applicable items only. */
export interface ScoreGroup {
  name: string
  points: number
  weight: number
}

export interface CallScored {
  kind: "CallScored"
  at_ms: number
  total: number | null
  fatal: number
  groups: ScoreGroup[]
  items: ScoreItem[]
}

export type Event =
  | CallStarted | CallEnded | FactsNoted | PhaseChanged | ChannelLost | ChannelBack | CaptureMeasured | RecordingStarted
  | RecordingStopped | StageFailed | StageBack | OverloadNoted | TurnStarted | TurnEnded | SilenceStarted
  | SilenceReached | SilenceEnded | OverlapNoted | BleedNoted | AnnouncementHeard | LevelMeasured | PaceMeasured
  | PitchMeasured | WordsGuessed | WordsHeard | WordsSuppressed | ClockTicked | RecordsWaiting | SilentCallStep
  | HintRaised | HintShown | HintDismissed | HintDone | HintCleared | CallScored

export type EventKind = Event["kind"]

/** What the store keeps, the bus carries and the socket sends. Captions not settled have seq null. */
export interface CallRecord {
  call_id: string
  seq: number | null
  event: Event
}
