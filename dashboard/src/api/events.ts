// Generated from pipeline/events/ by scripts/generate_types.py. Do not edit: run `make types`.
// All times are integer milliseconds of audio since the call's start.

/** Who is heard. `mixed` is a one-channel recording: roles unknown, never guessed. */
export type Channel = "agent" | "customer" | "mixed"

/** What a source got for a channel in one slice. */
export type Heard = "yes" | "idle" | "lost"

/** Kind of a silence; it decides the limit. */
export type SilenceKind = "both" | "agent" | "announced" | "hold"

/** Order in which hints are shown: critical before warning before tip. */
export type Severity = "critical" | "warning" | "tip"

/** Result of one rule.
 *
 * To confirm: the words of a fatal fault were recognised, and nobody has listened yet; it counts for nothing until
 * then. Not applicable: there was no occasion, or it was not heard well enough to be judged. Partly: people alone
 * find that (reviews/); it counts half, and is never fatal. */
export type Verdict = "met" | "partly" | "missed" | "to_confirm" | "not_applicable"

/** How people read an id of the rulebook. `title_en`: in English, empty where the rulebook does not say. */
export interface Title {
  id: string
  title: string
  title_en: string
}

/** A phase of the rulebook. `is_usual`: calls go through it, so it is named before it has begun. */
export interface PhaseTitle {
  id: string
  title: string
  title_en: string
  is_usual: boolean
}

/** Speaking rate in characters a minute: from `low` to `high` nothing is said; `target` is what to aim at. */
export interface PaceBand {
  low: number
  high: number
  target: number | null
}

/** Variation under `share_of_baseline` of the agent's usual one, or under `floor_semitones`, is monotone. */
export interface PitchBand {
  share_of_baseline: number
  floor_semitones: number
}

/** Level of speech as it should be. `clipped_share`: of the samples, 0 to 1; more of them is too loud. */
export interface LevelBand {
  low_dbfs: number
  high_dbfs: number
  clipped_share: number
}

/** Phases, steps and groups in the order in which they are shown; what is null or empty is not shown.
 *
 * `steps`: of the silent call, the last one is hanging up. `come_back`: what to say to a customer who has waited.
 * `both_limit_ms`, `agent_limit_ms`: limits of silences where both sides are heard, and where only the agent is. */
export interface Legend {
  phases: PhaseTitle[]
  steps: Title[]
  groups: Title[]
  pace: PaceBand | null
  pitch: PitchBand | null
  level: LevelBand | null
  come_back: string
  both_limit_ms: number | null
  agent_limit_ms: number | null
}

/** What is known about a call besides its sound; null is unknown, which makes rules not applicable, never failed.
 *
 * `peer`: the other party's telephone number. `timezone`: IANA name. `recording_consent`: true lets the call be
 * recorded; false withdraws the consent, and what was recorded is deleted. */
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

/** An irregularity of the audio source that a user must know; the call is analysed all the same. */
export interface SourceNotice {
  code: "short" | "length" | "joined" | "damaged" | "no_numbers" | "one_signal" | "only_left" | "only_right" | "only_agent" | "only_customer"
  detail: string
}

/** What the words of a recogniser may be trusted with, as measured. Shares of 0 to 1, several in ascending order.
 *
 * `good_for`: hints are read by a person who hears the call; scores judge by words nobody has compared with it. */
export interface WordsTrust {
  good_for: "hints" | "scores"
  characters_wrong: number[]
  characters_wrong_in_noise: number[]
  bans_missed: number
}

/** The first event of a call. `settings_hash`: digest of all settings that influence its figures. */
export interface CallStarted {
  kind: "CallStarted"
  version?: 5
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
  legend: Legend
  words_trust: WordsTrust | null
  team_settings_version: number | null
}

/** `at_ms` is the call's duration. `interrupted`: processing broke off by an error or a kill. */
export interface CallEnded {
  kind: "CallEnded"
  version?: 2
  at_ms: number
  reason: "finished" | "interrupted"
  actor: string | null
}

/** Facts set during the call by the page or the telephone system; they replace all earlier facts at once. */
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
  version?: 2
  at_ms: number
  phase: string
}

/** The audio clock, sent while there are no other events; display only, never stored, has no seq. */
export interface ClockTicked {
  kind: "ClockTicked"
  at_ms: number
}

/** How a live device delivers: sent when the call starts and when a figure has changed, at most once a second.
 *
 * `late_ms`: worst latency of the last 15 to 30 s, from the sound to its arrival here. Counted since the call's start:
 * `inserted_ms` of silence in place of audio that never came, `dropped_ms` of audio that was duplicate, surplus or
 * too late. */
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

/** No data on this channel since `start_ms`, told in the first slice without: it is not known who speaks there. */
export interface GapStarted {
  kind: "GapStarted"
  at_ms: number
  channel: Channel
  start_ms: number
}

/** Data again, or the end of the call: there was none from `start_ms` to `end_ms`, however short that was. */
export interface GapEnded {
  kind: "GapEnded"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** No data on this channel since `start_ms`, sent after a second of it: nothing is concluded about this side. */
export interface ChannelLost {
  kind: "ChannelLost"
  at_ms: number
  channel: Channel
  start_ms: number
}

/** Data again after `ChannelLost`; there was none from `start_ms` to `end_ms`. */
export interface ChannelBack {
  kind: "ChannelBack"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** Crosstalk: the other side's voice is also in this channel, `lag_ms` later (negative: earlier), `gain_db` louder.
 *
 * Sent once per call and channel. From then on bleed does not count as this side's speech. `is_copy`: it is nearly as
 * loud as its source; whose voice it is cannot be decided then, so it does count. */
export interface BleedNoted {
  kind: "BleedNoted"
  at_ms: number
  channel: Channel
  lag_ms: number
  gain_db: number
  is_copy: boolean
}

/** A DC offset, rumble below the voice or mains hum is on this line; from now on it is removed before measuring.
 *
 * Sent once per call, channel and kind; the recording stays as it came. `dbfs`: level of that noise. */
export interface LineNoiseRemoved {
  kind: "LineNoiseRemoved"
  at_ms: number
  channel: Channel
  noise: "offset" | "rumble" | "hum"
  dbfs: number
}

/** `start_ms`: the first voiced slice; `at_ms` is at least 100 ms of voice later. */
export interface TurnStarted {
  kind: "TurnStarted"
  at_ms: number
  channel: Channel
  start_ms: number
}

/** `end_ms`: the end of the last voiced slice; it is known once the pause exceeds 300 ms, at `at_ms`. */
export interface TurnEnded {
  kind: "TurnEnded"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** Sound on `channel` may become a turn. Told in the slices in which it holds back a silence whose limit is full. */
export interface OnsetPending {
  kind: "OnsetPending"
  at_ms: number
  channel: Channel
}

/** The last slice of the call is over: turns and words that are told after this were open until then. */
export interface SoundEnded {
  kind: "SoundEnded"
  at_ms: number
}

/** `channel` asked the other side for patience, in words from `start_ms` to `end_ms`, which `text` holds.
 *
 * `wait_ms`: the time that was asked for, null when none was said. `limit_ms`: how long they may stay away.
 * `first_end_ms`: the end of the first request of the same wait, null when this is the first. */
export interface WaitRequested {
  kind: "WaitRequested"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  text: string
  wait_ms: number | null
  limit_ms: number
  first_end_ms: number | null
}

/** The agent, who asked for patience until `start_ms`, is back with the matter from `end_ms` on.
 *
 * Told by what is said then: light talk, a filler or a sound end no wait. A wait that the customer asked for ends with
 * the customer's next turn, and nothing tells it. */
export interface WaitEnded {
  kind: "WaitEnded"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
}

/** A wait of over two minutes is over in `left_ms`, and nobody speaks. It was asked for until `start_ms`. */
export interface WaitNearsEnd {
  kind: "WaitNearsEnd"
  at_ms: number
  start_ms: number
  left_ms: number
}

/** The agent asked something, in words from `start_ms` to `end_ms`: the customer may think for `limit_ms`.
 *
 * Told again with a later `end_ms` when the customer has said 嗯 and no more. */
export interface AnswerAwaited {
  kind: "AnswerAwaited"
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  limit_ms: number
}

/** Sent once a silence is 1,000 ms long, or when its kind or its limit changes. `limit_ms` is null for hold. */
export interface SilenceStarted {
  kind: "SilenceStarted"
  at_ms: number
  start_ms: number
  silence: SilenceKind
  limit_ms: number | null
}

/** The silence has lasted `limit_ms` and still lasts. */
export interface SilenceReached {
  kind: "SilenceReached"
  at_ms: number
  start_ms: number
  limit_ms: number
  silence: SilenceKind
}

/** The silence lasted from `start_ms` to `end_ms`, the onset of the next turn; `kind` as it was last sent. */
export interface SilenceEnded {
  kind: "SilenceEnded"
  at_ms: number
  start_ms: number
  end_ms: number
  silence: SilenceKind
}

/** Both sides spoke from `start_ms` to `end_ms`; `interrupter` is null when it was no interruption. */
export interface OverlapNoted {
  kind: "OverlapNoted"
  at_ms: number
  start_ms: number
  end_ms: number
  interrupter: Channel | null
}

/** A prompt plays on `channel` from `start_ms` to `end_ms`: turns that begin in it are not the customer's.
 *
 * `by` says how it was recognised. fingerprint: by its sound; `end_ms` is where it will end, usually in the future.
 * words: by its recognised text; `end_ms` is the end of the turn. telephony: told by the telephone system; `end_ms`
 * may lie far in the future, and the event is sent again with the true `end_ms` when the system tells the end. */
export interface PromptPlayed {
  kind: "PromptPlayed"
  version?: 3
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  name: string
  by: "fingerprint" | "words" | "telephony"
  actor: string | null
}

/** The telephone system starts or stops a prompt; `call.listen` turns this note into PromptPlayed. */
export interface PromptTold {
  name: string
  duration_ms: number | null
  playing: boolean
  actor: string | null
}

/** Level of one channel's speech in the window start_ms..end_ms: a turn so far, or the whole call.
 *
 * `speech_dbfs`: RMS over speech only, without the power of the noise, relative to a full-scale square wave.
 * `snr_db`: speech to the noise between turns; null until noise was heard. `clipped_share`: of the samples, 0 to 1. */
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

/** Pace over the window start_ms..end_ms (the last 20 s, or the whole call); rates in characters a minute.
 *
 * `characters` as read aloud in Mandarin; over `speaking_ms` they are the speaking rate, over `articulation_ms`
 * (without pauses over 250 ms) the articulation rate. `basis`: counted from recognised words, or estimated from
 * syllable nuclei. `baseline_rate`: the agent's usual speaking rate by words; null until it was learned. */
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

/** Fundamental frequency (f0) over the last 20 s of own speech, which began at start_ms, or over the whole call.
 *
 * `sd_semitones`: standard deviation about the median; `range_semitones`: 5th to 95th percentile; `voiced_ms`: voiced
 * speech they rest on. `baseline_sd`: the agent's usual standard deviation, null until known, learned from
 * `baseline_voiced_ms` in `baseline_calls` earlier calls; 0 calls: provisional, from this call's first minute. */
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

/** The usual pitch variation and speaking rate of one agent, learned over calls.
 *
 * A figure is null until a call has contributed to it; `voiced_ms` and `speaking_ms` say how much speech it rests on
 * (older calls count less). */
export interface AgentBaseline {
  agent_id: string
  calls: number
  sd_semitones: number | null
  voiced_ms: number
  speaking_rate: number | null
  speaking_ms: number
}

/** One recognised word (for Mandarin usually one to three Han characters); `confidence` is 0 to 1. */
export interface Word {
  text: string
  start_ms: number
  end_ms: number
  confidence: number
}

/** The caption of a turn that has not ended: display only, never stored, has no seq.
 *
 * `start_ms`: of the turn. Successive guesses agree on the first `agreed` characters of `text`; later guesses of this
 * turn never change those. */
export interface WordsGuessed {
  kind: "WordsGuessed"
  at_ms: number
  channel: Channel
  start_ms: number
  text: string
  agreed: number
}

/** The final words of one turn, or of one piece of a very long turn. `lag_ms`: from `end_ms` to `at_ms`.
 *
 * `text` is as recognised, in simplified Han; `shown` the same after inverse text normalisation, with punctuation.
 * `language` is the one they are written in, as an ISO 639 code; whether it was spoken says LanguageHeard.
 * `otherwise`: other texts that the recogniser held for nearly as likely, in simplified Han, the likeliest first.
 * `is_erased`: its words were there, and were deleted as they had been kept long enough.
 * `heard_later`: recognised from the recording once the call had ended, as there was no recogniser in it: such words
 * stand behind CallEnded, and nobody was told anything of them while the call ran. */
export interface WordsHeard {
  kind: "WordsHeard"
  version?: 5
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  text: string
  words: Word[]
  lag_ms: number
  shown: string
  language: string
  otherwise: string[]
  is_erased: boolean
  heard_later: boolean
}

/** A channel speaks another language than before, beginning at `start_ms`: `language`, as an ISO 639 code.
 *
 * Until it is told for the first time, every channel speaks the coached one. Words of the channel that begin at
 * `start_ms` or later are right only where they are written in `language`. `is_written`: whether those that are
 * asked for from now on will be. */
export interface LanguageHeard {
  kind: "LanguageHeard"
  at_ms: number
  channel: Channel
  start_ms: number
  language: string
  is_written: boolean
}

/** Text of the recogniser that is rejected as not spoken: kept for inspection, ignored by all rules. */
export interface WordsSuppressed {
  kind: "WordsSuppressed"
  version?: 2
  at_ms: number
  channel: Channel
  start_ms: number
  end_ms: number
  text: string
  reason: "no_speech" | "repetition" | "phantom_line" | "too_fast" | "other_language"
}

/** Sent once the file exists, after the facts give consent. Its time is call time: it is silent before `at_ms`. */
export interface RecordingStarted {
  kind: "RecordingStarted"
  at_ms: number
}

/** The recording stopped before the call's end. `withdrawn`: consent was withdrawn and the file is deleted. */
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
 * `stage` is asr, store, score (an interrupted call could not be scored), record (the record in this place cannot
 * be read) or rule (a pattern of the rulebook is off for this call). `reason`: one English sentence. `cause`, where it
 * is known, is a code that a page translates: full, locked, gone, replaced, read_only, damaged, rulebook, newer (a
 * newer callcoach wrote the record), taken (another writer has the call), deleted (it was), erased (its words
 * were) or slow (a pattern took too long). */
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

/** The machine has been too slow since `start_ms`: the slices of this call are processed `behind_ms` late.
 *
 * `level` says what is left out: 1 captions, 2 also words, which come later, 3 also pitch and the pace by sound;
 * 0: nothing any more. Turns and the silence clock are never left out. */
export interface OverloadNoted {
  kind: "OverloadNoted"
  at_ms: number
  level: number
  behind_ms: number
  start_ms: number
}

/** `count` published records are not in the store yet; display only, never stored, has no seq. */
export interface RecordsWaiting {
  kind: "RecordsWaiting"
  at_ms: number
  count: number
}

/** Evidence: the span to play back, with the words said or the figure measured in it (`quote`).
 *
 * `quote_en`: the figure in English; empty for words that were said, which are never translated. */
export interface Span {
  channel: Channel
  start_ms: number
  end_ms: number
  quote: string
  quote_en: string
}

/** Where a rule comes from: handbook document and verbatim quote. */
export interface Citation {
  document: string
  quote: string
}

/** Step 1..4 of the silent-call procedure (handbook document 002); step 0: it is over, the customer spoke.
 *
 * `state` is `say` until the agent has said the step (`say` is the text to read, `next_say` that of the next step),
 * then `wait`: the next step comes `wait_ms` after the end of the agent's words at `wait_from_ms`. */
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

/** A hint is shown. `hint` numbers the hints of a call from 1; `rule` is the id of its rule in the rulebook.
 *
 * `start_ms` to `end_ms`: what caused it. `clears_when`: a sentence that tells the agent when the hint goes away.
 * `form`: whether `say` is words to say or an order. The texts in English are "" where the rulebook has none.
 * `counts`: what a page goes on counting, in seconds, while the hint is shown. `is_fatal`: of its rule, whose words a
 * person confirms. */
export interface HintRaised {
  kind: "HintRaised"
  version?: 3
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
  form: "speak" | "do"
  title_en: string
  say_en: string
  why_en: string
  clears_when_en: string
  counts: "" | "silence"
  is_fatal: boolean
}

/** A page has received the hint (without `paint_ms`) or painted it. */
export interface HintShown {
  kind: "HintShown"
  at_ms: number
  hint: number
  paint_ms: number | null
}

/** The agent closed the hint. */
export interface HintDismissed {
  kind: "HintDismissed"
  version?: 2
  at_ms: number
  hint: number
  useful: boolean | null
  actor: string | null
}

/** The hint was followed: heard by the coach, or said so by the agent. */
export interface HintDone {
  kind: "HintDone"
  version?: 3
  at_ms: number
  hint: number
  by: "coach" | "agent"
  note: string
  actor: string | null
  note_en: string
}

/** The hint is no longer shown. */
export interface HintCleared {
  kind: "HintCleared"
  at_ms: number
  hint: number
  reason: "done" | "dismissed" | "cause_gone" | "replaced" | "expired" | "call_ended"
}

/** The agent asks for help, or gives another reason for it. */
export interface HelpAsked {
  kind: "HelpAsked"
  at_ms: number
  reason: "" | "superior" | "business" | "dialect" | "media"
  actor: string | null
}

/** It is on the floor, and nobody has taken it, or nobody has it any more. `by`: names of the leads who see it.
 *
 * `goal_s`: within which the team wants it taken; `is_escalated`: that is over, and the leads of the team
 * who have any page open are told: `by` names them, too. */
export interface HelpReceived {
  kind: "HelpReceived"
  version?: 2
  at_ms: number
  by: string[]
  goal_s: number
  is_escalated: boolean
}

export interface HelpTaken {
  kind: "HelpTaken"
  at_ms: number
  by: string
  actor: string | null
}

/** `withdrawn`: by the agent; `by` is "" then. */
export interface HelpClosed {
  kind: "HelpClosed"
  at_ms: number
  because: "withdrawn" | "closed"
  by: string
  actor: string | null
}

/** A sentence of the lead is on the agent's page until it is seen; `whisper` names it. */
export interface WhisperSent {
  kind: "WhisperSent"
  at_ms: number
  whisper: string
  text: string
  by: string
  actor: string | null
}

export interface WhisperSeen {
  kind: "WhisperSeen"
  at_ms: number
  whisper: string
  actor: string | null
}

/** The sound of the call goes to somebody from here on: told by what sends it. */
export interface ListenStarted {
  kind: "ListenStarted"
  at_ms: number
  by: string
  actor: string | null
}

export interface ListenEnded {
  kind: "ListenEnded"
  at_ms: number
  by: string
  actor: string | null
}

/** One rule of the scorecard. `points`: what it earned, of `weight`, or with a minus took from its group.
 *
 * Null where it did neither. `fatal`: the call cannot pass if this item is missed. `withheld`: so many of
 * its hints were due and not shown, as another one stood there or had just been; 0 in records of earlier versions.
 * `is_ban`: what must not be said. `is_offered`: the call had an occasion for it, or may have had one unheard. `cite`:
 * where the rule comes from; null in records of earlier versions. */
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
  title_en: string
  withheld: number
  note_en: string
  is_ban: boolean
  is_offered: boolean
  cite: Citation | null
}

/** Points of one group of the scorecard; `weight`: what it counts in this call, 0 when nothing was applicable.
 *
 * `full`: what it counts as soon as anything in it is; 0: what that weighs. 0 in records of earlier versions. */
export interface ScoreGroup {
  name: string
  points: number
  weight: number
  full: number
}

/** The scorecard, and what it rests on. `fatal`: number of missed fatal items, `to_confirm`: of those to confirm.
 *
 * `offered`: weights of the rules that had an occasion, or may have had one unheard; `assessed`: of those among them
 * with a verdict that counts; `assessed_by_words`: of these again, of rules that go by recognised words, which may be
 * trusted as CallStarted.words_trust says. All null in records of earlier versions. While something is to be confirmed
 * `total` is provisional; `confirmed_total` is what it becomes should all of that be confirmed, null where nothing
 * waits. `lost_share`: of the call's time, in which the sound of a side was missing or the machine too slow to measure
 * it.
 *
 * `unscored_reason` says why there is no total: nothing was applicable; the call is too_short; too_little of what it
 * offered could be assessed, which is less than `least_share`, or a weight under `least_weight`. `fatal_cap`: the most
 * that a call with a fatal fault gets; null in records of earlier versions, whose total nobody can reckon anew. */
export interface CallScored {
  kind: "CallScored"
  version?: 5
  at_ms: number
  total: number | null
  fatal: number
  groups: ScoreGroup[]
  items: ScoreItem[]
  assessed: number | null
  offered: number | null
  to_confirm: number
  unscored_reason: "" | "nothing" | "too_short" | "too_little"
  lost_share: number
  confirmed_total: number | null
  assessed_by_words: number | null
  fatal_cap: number | null
  least_share: number
  least_weight: number
}

export type Event =
  | CallStarted | CallEnded | FactsNoted | PhaseChanged | GapStarted | GapEnded | ChannelLost | ChannelBack
  | CaptureMeasured | RecordingStarted | RecordingStopped | StageFailed | StageBack | OverloadNoted | TurnStarted
  | TurnEnded | OnsetPending | SoundEnded | WaitRequested | WaitNearsEnd | WaitEnded | AnswerAwaited | SilenceStarted
  | SilenceReached | SilenceEnded | OverlapNoted | LineNoiseRemoved | BleedNoted | PromptPlayed | LevelMeasured
  | PaceMeasured | PitchMeasured | WordsGuessed | WordsHeard | WordsSuppressed | LanguageHeard | ClockTicked
  | RecordsWaiting | SilentCallStep | HintRaised | HintShown | HintDismissed | HintDone | HintCleared | CallScored
  | HelpAsked | HelpReceived | HelpTaken | HelpClosed | WhisperSent | WhisperSeen | ListenStarted | ListenEnded

export type EventKind = Event["kind"]

/** An event with its call and its number: what the store keeps, the bus publishes and the socket sends.
 *
 * `seq` counts the stored records of a call from 1; null for display-only events, which are never stored. */
export interface CallRecord {
  call_id: string
  seq: number | null
  event: Event
}
