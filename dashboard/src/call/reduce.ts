/** The only interpreter of events. Pure: no clock, no DOM; the same records always make the same view. */
import type {
  CallRecord,
  CaptureMeasured,
  Channel,
  ChannelBack,
  Event,
  HintCleared,
  HintDone,
  HintRaised,
  PhaseChanged,
  RecordingStopped,
  SilentCallStep,
  StageFailed,
  TurnEnded,
  WordsGuessed,
  WordsHeard,
} from "../api/events"
import { MOST, type LeftOut } from "../api/socket"
import { floorChange } from "./help"
import type { ByChannel, Capture, HintLife, Recording, View } from "./view"

/**
 * The view after one record. A numbered record that was seen already changes nothing, and neither does a
 * display-only one (seq null) that is older than what is shown.
 */
export function reduce(view: View, record: CallRecord): View {
  if (record.call_id !== view.callId) return view
  const { seq, event } = record
  if (seq === null) return event.at_ms < view.atMs ? view : display(view, event)
  if (seq <= view.seq) return view
  return { ...view, ...change(view, event, seq), seq, atMs: Math.max(view.atMs, event.at_ms) }
}

/** Before a condensed history: how many entries of the lists it leaves out. */
export function leaveOut(view: View, { lines, hints, suppressed }: LeftOut): View {
  const { left } = view
  return { ...view, left: { lines: left.lines + lines, hints: left.hints + hints, suppressed: left.suppressed + suppressed } }
}

function display(view: View, event: Event): View {
  if (event.kind === "RecordsWaiting") return { ...view, unkept: event.count, atMs: event.at_ms }
  const guesses = event.kind === "WordsGuessed" ? guessed(view, event) : view.guesses
  if (event.at_ms === view.atMs && guesses === view.guesses) return view
  return { ...view, guesses, atMs: event.at_ms }
}

function change(view: View, event: Event, seq: number): Partial<View> {
  switch (event.kind) {
    case "CallStarted":
      return { started: event, facts: event.facts }
    case "CallEnded":
      return { ended: event, silence: null, wait: null, speaking: {}, guesses: {} }
    case "CallScored":
      return { score: event }
    case "FactsNoted":
      return { facts: event.facts }
    case "PhaseChanged":
      return { phase: event.phase, phases: entered(view, event) }
    case "ChannelLost":
      return { lost: { ...view.lost, [event.channel]: event.start_ms } }
    case "ChannelBack":
      return { lost: without(view.lost, event.channel), back: { ...view.back, [event.channel]: event.at_ms }, spans: spanned(view, event) }
    case "CaptureMeasured":
      return { capture: { ...view.capture, [event.channel]: captured(view, event) } }
    case "RecordingStarted":
      return { recording: { state: "on", fromMs: event.at_ms, stoppedMs: null, detail: "" } }
    case "RecordingStopped":
      return { recording: stopped(view, event) }
    case "StageFailed":
      return broken(view, event)
    case "StageBack":
      return mended(view, event.stage)
    case "OverloadNoted":
      return { overload: event.level ? { level: event.level, behindMs: event.behind_ms, sinceMs: event.start_ms } : null }
    case "WordsHeard":
      return heard(view, event)
    case "LanguageHeard":
      return { languages: [...view.languages, event], guesses: without(view.guesses, event.channel) }
    case "WordsSuppressed":
      return bounded(view, "suppressed", [...view.suppressed, event])
    case "SilentCallStep":
      return { silent: stepped(view, event) }
    case "HintRaised":
      return bounded(view, "hints", [...view.hints.map((life) => closed(life, "replaced")), raised(event, seq)])
    case "HintShown":
      return onHint(view, event.hint, (life) => ({ ...life, isShown: true, paintMs: life.paintMs ?? event.paint_ms }))
    case "HintDismissed":
      return onHint(view, event.hint, (life) => closed(life, event.useful === false ? "useless" : "dismissed"))
    case "HintDone":
      return onHint(view, event.hint, (life) => done(life, event))
    case "HintCleared":
      return onHint(view, event.hint, (life) => cleared(life, event))
    default:
      return { ...whoSpeaks(view, event), ...floorChange(view, event, seq) }
  }
}

function whoSpeaks(view: View, event: Event): Partial<View> {
  switch (event.kind) {
    case "TurnStarted":
      return { speaking: { ...view.speaking, [event.channel]: event.start_ms } }
    case "TurnEnded":
      return { speaking: without(view.speaking, event.channel), spans: spanned(view, event) }
    case "WaitRequested": {
      const fromMs = event.first_end_ms ?? event.end_ms // of the first request: so long has the other side waited
      return { wait: { channel: event.channel, fromMs, limitMs: event.end_ms + event.limit_ms - fromMs } }
    }
    case "WaitEnded":
      return { wait: null }
    case "SilenceStarted":
      return {
        wait: event.silence === "announced" ? view.wait : null, // whatever ended it, turn-taking knows it no more
        silence: { startMs: event.start_ms, kind: event.silence, limitMs: event.limit_ms, isReached: false },
      }
    case "SilenceReached":
      return {
        silence: { startMs: event.start_ms, kind: event.silence, limitMs: event.limit_ms, isReached: true },
      }
    case "SilenceEnded":
      return { silence: null }
    default:
      return measured(view, event)
  }
}

function measured(view: View, event: Event): Partial<View> {
  switch (event.kind) {
    case "LineNoiseRemoved":
      return view.removed.some((one) => one.channel === event.channel && one.noise === event.noise) ? {} : { removed: [...view.removed, event] }
    case "BleedNoted":
      return { bleed: { ...view.bleed, [event.channel]: event } }
    case "LevelMeasured":
      return { level: { ...view.level, [event.channel]: event } }
    case "PaceMeasured":
      return { pace: { ...view.pace, [event.channel]: event } }
    case "PitchMeasured":
      return { pitch: { ...view.pitch, [event.channel]: event } }
    default:
      return {} // overlaps, prompts, gaps, what is only displayed, and an event of a newer server: counted, nothing more
  }
}

/** A list without its first entry when it has grown too long: a page lives a whole day. */
function bounded<L extends keyof LeftOut>(view: View, list: L, entries: View[L]): Partial<View> {
  if (view.isWhole || entries.length <= MOST[list]) return { [list]: entries }
  return { [list]: entries.slice(1), left: { ...view.left, [list]: view.left[list] + 1 } }
}

function spanned(view: View, { kind, channel, start_ms, end_ms }: TurnEnded | ChannelBack): View["spans"] {
  return [...view.spans, { channel, isLost: kind === "ChannelBack", startMs: start_ms, endMs: end_ms }].slice(-MOST.spans)
}

function entered(view: View, { phase, at_ms }: PhaseChanged): View["phases"] {
  const isKnown = view.phases.some((one) => one.phase === phase)
  return isKnown ? view.phases : [...view.phases, { phase, atMs: at_ms }]
}

function broken(view: View, { stage, reason, cause, at_ms }: StageFailed): Partial<View> {
  const failed = [...working(view, stage), { stage, reason, cause: cause ?? "", atMs: at_ms }]
  return stage === "asr" ? { failed, guesses: {} } : { failed } // nobody will settle the guesses
}

function mended(view: View, stage: string): Partial<View> {
  const failed = working(view, stage)
  return stage === "store" ? { failed, unkept: null, isKeptLate: view.ended !== null } : { failed }
}

/** The failures without those of one stage. */
function working(view: View, stage: string): View["failed"] {
  return view.failed.filter((failure) => failure.stage !== stage)
}

function stopped(view: View, event: RecordingStopped): Recording {
  return { state: event.reason, fromMs: view.recording?.fromMs ?? event.at_ms, stoppedMs: event.at_ms, detail: event.detail }
}

function captured(view: View, event: CaptureMeasured): Capture {
  const before = view.capture[event.channel]
  const isIdle = event.heard === "idle"
  return { ...event, idleSinceMs: isIdle ? (before?.idleSinceMs ?? event.at_ms) : null }
}

function guessed(view: View, { channel, start_ms, text, agreed }: WordsGuessed): View["guesses"] {
  if (start_ms < (view.settledMs[channel] ?? 0)) return view.guesses
  const before = view.guesses[channel]
  if (before?.startMs === start_ms && before.text === text && before.agreed === agreed) return view.guesses
  return { ...view.guesses, [channel]: { channel, startMs: start_ms, text, agreed } }
}

function heard(view: View, told: WordsHeard): Partial<View> {
  const event = { ...told, lag_ms: lagOf(view, told) }
  const settled = Math.max(view.settledMs[event.channel] ?? 0, event.end_ms)
  const guess = view.guesses[event.channel]
  const place = view.lines.findLastIndex((line) => line.start_ms <= event.start_ms) + 1
  return {
    ...(event.text === "" ? {} : bounded(view, "lines", view.lines.toSpliced(place, 0, event))),
    guesses: guess && guess.startMs < settled ? without(view.guesses, event.channel) : view.guesses,
    settledMs: { ...view.settledMs, [event.channel]: settled },
    lagMs: event.heard_later ? view.lagMs : event.lag_ms,
  }
}

/** Words whose turn was cut by a loss could be asked for only once the side was back: no fault of the recogniser. */
function lagOf(view: View, { channel, end_ms, at_ms, lag_ms }: WordsHeard): number {
  const backMs = view.back[channel] ?? 0
  return backMs > end_ms ? Math.min(lag_ms, at_ms - backMs) : lag_ms
}

function stepped(view: View, event: SilentCallStep): View["silent"] {
  return {
    step: event.step,
    lastStep: event.step || (view.silent?.lastStep ?? 0),
    state: event.state,
    atMs: event.at_ms,
    say: event.say,
    nextSay: event.next_say,
    waitFromMs: event.wait_from_ms,
    waitMs: event.wait_ms,
  }
}

function raised(event: HintRaised, seq: number): HintLife {
  return { seq, raised: event, isShown: false, paintMs: null, doneAtMs: null, doneNote: "", doneNoteEn: "", outcome: null }
}

function closed(life: HintLife, outcome: NonNullable<HintLife["outcome"]>): HintLife {
  if (life.outcome !== null) return life
  return { ...life, outcome: life.doneAtMs === null ? outcome : "done" }
}

function done(life: HintLife, { at_ms, note, note_en }: HintDone): HintLife {
  return { ...life, doneAtMs: life.doneAtMs ?? at_ms, doneNote: note, doneNoteEn: note_en }
}

function cleared(life: HintLife, event: HintCleared): HintLife {
  return closed(life, event.reason)
}

function onHint(view: View, hint: number, change: (life: HintLife) => HintLife): Partial<View> {
  return { hints: view.hints.map((life) => (life.raised.hint === hint ? change(life) : life)) }
}

function without<T>(map: ByChannel<T>, channel: Channel): ByChannel<T> {
  return { ...map, [channel]: undefined }
}
