/** What the page knows about one call: plain data, made by reduce() and by nothing else. */
import type {
  BleedNoted,
  LineNoiseRemoved,
  CallEnded,
  CallFacts,
  CallScored,
  CallStarted,
  CaptureMeasured,
  Channel,
  HintRaised,
  LanguageHeard,
  LevelMeasured,
  PaceMeasured,
  PitchMeasured,
  RecordingStopped,
  SilenceKind,
  WordsHeard,
  WordsSuppressed,
} from "../api/events"
import type { LeftOut } from "../api/socket"
import { NO_FLOOR, type FloorView } from "./help"

export type ByChannel<T> = Partial<Record<Channel, T>>

/** How a hint ended; null while it is on the stage. */
export type Outcome = "done" | "dismissed" | "useless" | "replaced" | "cause_gone" | "expired" | "call_ended"

export interface HintLife {
  /** Number of the record that raised it: what a page answers with. */
  seq: number
  raised: HintRaised
  isShown: boolean
  paintMs: number | null
  doneAtMs: number | null
  doneNote: string
  doneNoteEn: string
  outcome: Outcome | null
}

export interface Silence {
  startMs: number
  kind: SilenceKind
  limitMs: number | null
  isReached: boolean
}

/** Patience that `channel` asked the other side for, until `limitMs` after `fromMs`. */
export interface Wait {
  channel: Channel
  fromMs: number
  limitMs: number
}

export interface SilentStep {
  step: number
  /** The last step shown before the procedure was over. */
  lastStep: number
  state: "say" | "wait" | "over"
  atMs: number
  say: string
  nextSay: string
  waitFromMs: number | null
  waitMs: number
}

/** What a live device delivers, and since when it has delivered nothing but zeros. */
export interface Capture extends CaptureMeasured {
  idleSinceMs: number | null
}

/** `on` until the call's end or until it stopped; the reasons are RecordingStopped's. */
export interface Recording {
  state: "on" | RecordingStopped["reason"]
  fromMs: number
  stoppedMs: number | null
  detail: string
}

/** Words of a turn that goes on; its first `agreed` characters do not change any more. */
export interface Guess {
  channel: Channel
  startMs: number
  text: string
  agreed: number
}

/** A turn that has ended, or a time in which the channel had no data. */
export interface Span {
  channel: Channel
  isLost: boolean
  startMs: number
  endMs: number
}

/** The machine is too slow: what is left out (OverloadNoted), how late things come, and since when. */
export interface Shedding {
  level: number
  behindMs: number
  sinceMs: number
}

export interface View extends FloorView {
  callId: string
  /** Last numbered record taken in; what a reconnect asks to follow. */
  seq: number
  atMs: number
  started: CallStarted | null
  facts: CallFacts | null
  /** As the rulebook calls it. */
  phase: string | null
  /** When each phase was entered first. */
  phases: { phase: string; atMs: number }[]
  ended: CallEnded | null
  score: CallScored | null
  /** Since when each channel has no data. */
  lost: ByChannel<number>
  /** When each channel was heard again last. */
  back: ByChannel<number>
  speaking: ByChannel<number>
  /** Who spoke when, and when a channel had no data: what is over, the newest. */
  spans: Span[]
  failed: { stage: string; reason: string; cause: string; atMs: number }[]
  /** So many records are not in the store yet; null when nobody has told. */
  unkept: number | null
  /** All is in the store, but that was so only after the call's end. */
  isKeptLate: boolean
  /** Null while the machine keeps up. */
  overload: Shedding | null
  /** What each live device delivers; empty for a recording that is played. */
  capture: ByChannel<Capture>
  /** Where the other side is heard too. */
  bleed: ByChannel<BleedNoted>
  /** What was taken off the lines, each kind once a channel. */
  removed: LineNoiseRemoved[]
  /** Null while nothing of this call has been recorded. */
  recording: Recording | null
  silence: Silence | null
  /** Null while nobody has asked for patience, and once it is over; light talk in between ends none. */
  wait: Wait | null
  silent: SilentStep | null
  level: ByChannel<LevelMeasured>
  pace: ByChannel<PaceMeasured>
  pitch: ByChannel<PitchMeasured>
  lines: WordsHeard[]
  guesses: ByChannel<Guess>
  /** Each change of language, of all sides. */
  languages: LanguageHeard[]
  /** Until when words are settled, so that an older guess is no news. */
  settledMs: ByChannel<number>
  /** How late the recogniser was with the last words. */
  lagMs: number | null
  /** What the recogniser wrote and nobody is believed to have said. */
  suppressed: WordsSuppressed[]
  hints: HintLife[]
  /** How many earlier ones are not here any more. */
  left: LeftOut
  /** Whether the lists are as long as the call: of one that is over and looked at, not of a page that lives all day. */
  isWhole: boolean
}

export function emptyView(callId = "", isWhole = false): View {
  return {
    callId,
    isWhole,
    seq: 0,
    atMs: 0,
    started: null,
    facts: null,
    phase: null,
    phases: [],
    ended: null,
    score: null,
    lost: {},
    back: {},
    speaking: {},
    spans: [],
    failed: [],
    unkept: null,
    isKeptLate: false,
    overload: null,
    capture: {},
    bleed: {},
    removed: [],
    recording: null,
    silence: null,
    wait: null,
    silent: null,
    level: {},
    pace: {},
    pitch: {},
    lines: [],
    guesses: {},
    languages: [],
    settledMs: {},
    lagMs: null,
    suppressed: [],
    hints: [],
    left: { lines: 0, hints: 0, suppressed: 0 },
    ...NO_FLOOR,
  }
}
