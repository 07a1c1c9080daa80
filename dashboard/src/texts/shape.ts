/** Every text of the pages, by where it stands; each language has a folder with the same shape. */
import type { NoSound } from "../call/sound"
import type { Channel, Severity, SilenceKind, SourceNotice, Verdict, WordsSuppressed, WordsTrust } from "../api/events"
import type { CentreStatus, SessionPerson } from "../api/http"
import type { Verdict as Measure } from "../call/meters"
import type { Outcome } from "../call/view"

/** Why evidence cannot be heard. */
export interface Texts {
  /** What the page is, for those who do not see it. */
  page: string
  unknownPage: { title: string; link: string }
  language: { code: string; other: string; switchTo: string }
  channel: Record<Channel, string>
  severity: Record<Severity, string>
  outcome: Record<Outcome | "open", string>
  verdict: Record<Verdict, string>
  call: {
    idle: string
    opening: string
    running: string
    /** In place of `running`, as short. */
    waits: Record<"customer" | "agent" | "hold", string>
    ended: string
    interrupted: string
    waitingForData: string
    inbound: string
    outbound: string
  }
  connection: { connecting: string; offline: string; retry: (n: number) => string; tooSlow: string; unknownCall: string; ready: string }
  /** Of a desk: the server that it reports to. */
  centre: {
    name: string
    connecting: string
    connected: string
    away: string
    retrying: string
    unaffected: string
    wordsWait: string
    waiting: (records: number, recordings: number) => string
    refused: string
    because: Record<CentreStatus["reason"], string>
    clock: (isAhead: boolean, seconds: string) => string
    clockMore: string
    desk: (name: string) => string
    of: (centre: string) => string
    signInWaits: string
    colon: string
  }
  header: {
    hears: (who: string) => string
    noData: string
    speaking: string
    words: string
    wordsOk: string
    /** Beside `wordsOk`, where words are good for hints only. */
    wordsForHints: string
    wordsNone: string
    wordsDemo: string
    keys: string
    panel: string
  }
  latency: { label: string; none: string; count: string; median: string; p95: string; worst: string; about: string; slow: string }
  status: {
    bothHeard: string
    allHeard: string
    lost: Record<Channel, string>
    checkDevice: Record<Channel, string>
    noWords: string
    onlySound: string
    wordsRestart: string
    foreign: (who: string) => string
    foreignMadeUp: (who: string) => string
    written: (language: string) => string
    demoModel: string
    recogniser: (name: string) => string
    trust: (goodFor: WordsTrust["good_for"], clean: string, noise: string, bansMissed: string) => string
    trustUnmeasured: string
    stage: (stage: string) => string
    ruleOff: string
    ruleOffShort: string
    restWorks: string
    several: (n: number) => string
    silentCall: (step: number) => string
  }
  stage: {
    label: string
    idle: string
    idleMore: string
    idleOffline: string
    normal: string
    lateWords: string
    over: string
    opening: string
    said: string
    sayNow: string
    sayNowMore: string
    stillSilent: string
    waitOpening: string
    seconds: string
    countedFrom: (seconds: number) => string
    timer: (seconds: number) => string
    backToNormal: string
    nextStep: (step: number) => string
    nextLast: string
    mayHangUp: string
    hangUpMore: string
    why: string
    cite: string
    counts: Record<"silence" | "wait", string>
    waitTitle: string
    waitLeft: string
    waitPast: string
    waited: (seconds: number) => string
    comeBack: string
    offline: string
    offlineMore: string
    frozenMore: string
    onlySound: string
    works: string
    worksNot: string
    blind: Record<Channel, string>
    blindMore: Record<Channel, string>
  }
  action: { done: string; dismiss: string; useless: string; uselessShort: string; close: string; newest: string }
  meter: {
    pace: string
    pitch: string
    level: string
    silence: string
    paceUnit: string
    pitchUnit: string
    levelUnit: string
    silenceUnit: string
    about: (value: string) => string
    estimate: string
    measure: Record<Measure, string>
    pitchMeasure: Record<Measure, string>
    levelMeasure: Record<Measure, string>
    tooLittle: (seconds: number) => string
    window: (seconds: number) => string
    whole: (seconds: number) => string
    characters: (n: number) => string
    usual: (value: string, minutes: number) => string
    usualHere: (value: string) => string
    baselineNone: string
    snr: (value: string) => string
    snrNone: string
    silenceNone: string
    silenceKind: Record<SilenceKind, string>
    limit: (seconds: number) => string
    waited: (seconds: number, limit: number) => string
    limitNone: string
    speaking: (who: string) => string
  }
  transcript: {
    title: string
    lag: (seconds: string) => string
    /** Beside a sign, where there is room for the figure alone. */
    lagShort: (seconds: string) => string
    late: string
    heardLater: string
    earlier: (n: number) => string
    empty: string
    none: string
    last: string
    guess: string
    madeUp: string
    suppressed: (n: number) => string
    suppressedBecause: Record<WordsSuppressed["reason"], string>
  }
  panel: {
    phases: string
    nextLine: string
    nextNone: string
    hints: string
    earlier: (n: number) => string
    hintsNone: string
    script: string
    fromHint: string
    otherPhase: string
  }
  score: {
    title: string
    open: string
    of: string
    noFatal: string
    fatal: (n: number) => string
    scored: string
    waiting: string
    notScored: string
    good: string
    practise: string
    rulebook: (version: string) => string
    fatalItem: string
    evidence: string
    points: (points: string, weight: number) => string
    unscored: Record<string, string>
    unscoredOther: string
    judged: (assessed: number, offered: number) => string
    /** `goodFor`: what these words may be trusted with, null where nobody has measured it. */
    byWords: (points: number, goodFor: WordsTrust["good_for"] | null) => string
    toConfirm: (n: number) => string
    provisional: (confirmed: number) => string
    lost: (percent: number) => string
    wordsToCome: string
    withheld: (n: number) => string
    interrupted: string
    interruptedMore: (clock: string) => string
    interruptedOnly: (clock: string) => string
    none: string
    noneBecause: (failure: { cause: string; reason: string }) => string
  }
  keys: { title: string; done: string; dismiss: string; useless: string; earlier: string; help: string; score: string; off: string; on: string }
  live: LiveTexts
}

export type MicrophoneFaultName =
  | "insecure"
  | "unsupported"
  | "refused"
  | "no_device"
  | "in_use"
  | "gone"
  | "asleep"
  | "not_shared"
  | "failed"
  | "taken_over"
  | "not_allowed"

/** Of a live headset: start and end, facts, devices, recording, mini window. */
export interface LiveTexts {
  start: string
  starting: string
  startNext: string
  startAuto: string
  startMore: string
  end: string
  ending: string
  endCall: string
  endAgain: string
  endAgainMore: string
  problem: { start: string; end: string; noServer: string }
  readOnly: string
  readOnlyMore: Record<SessionPerson["role"], string>
  ready: string
  line: Record<"absent" | "opening" | "ok" | "idle" | "lost", string>
  lineMore: { opening: string; idle: Record<"agent" | "customer", string> }
  devices: {
    open: string
    opening: string
    agent: string
    customer: string
    default: string
    isDefault: string
    auto: string
    none: string
    state: Record<"opening" | "ok" | "idle" | "lost", string>
    tryMic: string
    tryFar: string
    choose: string
    busy: string
    noHeadset: string
    kept: (file: string) => string
    notKept: (fault: string) => string
  }
  microphone: {
    use: string
    opening: string
    idle: string
    idleOn: string
    off: Record<"agent" | "customer", string>
    offMore: string
    share: string
    shareMore: string
    sharedAs: string
    unshare: string
    cannotShare: string
    close: string
    held: Record<"call" | "free", string>
    heldMore: string
    takeOver: string
    leave: string
    elsewhere: string
    elsewhereMore: string
    here: string
    again: string
    fault: Record<MicrophoneFaultName, { title: string; how: string }>
  }
  details: string
  check: string
  since: (seconds: string) => string
  minutes: (minutes: number) => string
  seconds: (seconds: string) => string
  level: (who: string) => string
  noDevice: string
  farEnd: { short: string; title: string; still: string; how: string }
  muted: string
  mutedStage: string
  mutedMore: string
  lateSound: (seconds: string) => string
  lateWho: (who: string) => string
  source: { code: Record<SourceNotice["code"], string>; mixed: string; rolesKept: string }
  removed: { text: (...noises: string[]) => string; noise: Record<"offset" | "rumble" | "hum", string> }
  bleed: { heard: Record<"agent" | "customer", string>; short: Record<"agent" | "customer", string>; copy: string; copyShort: string }
  capture: {
    title: string
    open: (who: string) => string
    none: string
    device: string
    heard: string
    heardIs: Record<"yes" | "idle" | "lost", string>
    late: string
    inserted: string
    dropped: string
    about: string
    patched: string
  }
  blind: Record<Channel, { still: string; check: string }>
  recording: { on: string; off: string; deleted: string; stopped: string; offMore: string; onMore: string; deletedMore: string }
  withdraw: { ask: string; sure: string; yes: string; no: string; gone: string; problem: (why: string) => string }
  fault: {
    diskFull: string
    failed: string
    stoppedAt: (clock: string) => string
    goesOn: string
    inMemory: string
    inMemoryMore: string
    unkept: (n: number) => string
    unkeptSome: string
    retrying: (why: string) => string
    keptLate: string
    /** By `cause` of StageFailed. */
    because: Partial<Record<string, string>>
    /** `leftOut`: by level, each with those before it. */
    overload: { title: string; leftOut: readonly string[]; late: (seconds: string) => string }
  }
  facts: {
    title: string
    next: string
    during: string
    direction: string
    company: string
    agent: string
    agentFixed: string
    customer: string
    customerHint: string
    consent: string
    /** By what the team has set. */
    consentMore: { never: string; asked: string; always: string }
    saved: string
    saving: string
    notSaved: string
    kept: string
  }
  play: { play: (clock: string) => string; stop: string; none: Record<NoSound, string>; wait: string }
  settings: { title: string; sound: string; soundMore: string; vibration: string; vibrationMore: string; noVibration: string; notification: string; notificationMore: string; noNotification: string; keys: string; keysMore: string }
  mini: { open: string; back: string; away: string; blocked: string }
  more: string
  keys: { startEnd: string; facts: string; mini: string; settings: string }
}
