/** Records by hand, for tests only; nothing of the page imports this. */
import type { CallRecord, CallStarted, CaptureMeasured, Event, HintRaised, Legend, RecordingStopped, SilentCallStep, WordsHeard } from "../api/events"
import { reduce } from "./reduce"
import { emptyView, type View } from "./view"

export const CALL = "call-1"

/** What the server tells of the shipped rulebook. */
export const LEGEND: Legend = {
  phases: [
    { id: "opening", title: "开场", title_en: "Opening", is_usual: true },
    { id: "body", title: "正文", title_en: "Body", is_usual: true },
    { id: "hold", title: "保持", title_en: "On hold", is_usual: false },
    { id: "closing", title: "结束", title_en: "Closing", is_usual: true },
  ],
  steps: [
    { id: "1", title: "开场语", title_en: "Opening" },
    { id: "2", title: "再问一次", title_en: "Ask again" },
    { id: "3", title: "致歉道别", title_en: "Apologise" },
    { id: "4", title: "可挂机", title_en: "Hang up" },
  ],
  groups: [{ id: "语言", title: "语言", title_en: "Language" }],
  pace: { low: 120, high: 180, target: 150 },
  pitch: { share_of_baseline: 0.6, floor_semitones: 1.2 },
  level: { low_dbfs: -32, high_dbfs: -12, clipped_share: 0.01 },
  come_back: "对不起，让您久等了",
  both_limit_ms: 5000,
  agent_limit_ms: 15_000,
}

export function started(change: Partial<CallStarted> = {}): CallStarted {
  return {
    kind: "CallStarted",
    actor: null,
    team_settings_version: null,
    at_ms: 0,
    call_id: CALL,
    started_at: "2026-11-22T09:00:00+08:00",
    channels: ["agent", "customer"],
    facts: {
      direction: "inbound",
      peer: null,
      customer_name: "张女士",
      company: "锦和",
      agent_id: null,
      agent_name: null,
      team: null,
      timezone: null,
      recording_consent: null,
    },
    rulebook_id: "handbook",
    rulebook_version: "2026-11",
    settings_hash: "x",
    engine: "demo",
    engine_notice: "",
    notices: [],
    words_trust: null,
    legend: LEGEND,
    ...change,
  }
}

export function hint(number: number, at_ms: number, change: Partial<HintRaised> = {}): HintRaised {
  return {
    kind: "HintRaised",
    at_ms,
    hint: number,
    rule: "speech-rate-150",
    severity: "warning",
    title: "语速",
    say: "放慢语速",
    why: "近 20 秒 236 字/分",
    clears_when: "语速回到目标范围后消失",
    cite: { document: "001", quote: "正常的语速" },
    start_ms: at_ms - 2000,
    end_ms: at_ms,
    evidence: [],
    form: "do",
    title_en: "Pace",
    say_en: "Slow down",
    why_en: "236 chars/min in the last 20 s",
    clears_when_en: "Goes when the pace is back",
    counts: "",
    is_fatal: false,
    ...change,
  }
}

export function step(number: number, at_ms: number, change: Partial<SilentCallStep> = {}): SilentCallStep {
  return {
    kind: "SilentCallStep",
    at_ms,
    step: number,
    state: "say",
    say: "您好！请问有什么可以帮您？",
    next_say: "非常抱歉，您的电话没有声音",
    wait_from_ms: null,
    wait_ms: 5000,
    ...change,
  }
}

export function words(start_ms: number, end_ms: number, text: string, change: Partial<WordsHeard> = {}): WordsHeard {
  const each = (end_ms - start_ms) / text.length
  return {
    kind: "WordsHeard",
    at_ms: end_ms + 600,
    channel: "agent",
    start_ms,
    end_ms,
    text,
    words: [...text].map((sign, at) => ({
      text: sign,
      start_ms: start_ms + at * each,
      end_ms: start_ms + (at + 1) * each,
      confidence: 0.9,
    })),
    lag_ms: 600,
    shown: "",
    language: "zh",
    otherwise: [],
    is_erased: false,
    heard_later: false,
    ...change,
  }
}

export function measured(at_ms: number, change: Partial<CaptureMeasured> = {}): CaptureMeasured {
  return { kind: "CaptureMeasured", at_ms, channel: "agent", device: "USB", heard: "yes", late_ms: 40, inserted_ms: 0, dropped_ms: 0, ...change }
}

export const recording: Event = { kind: "RecordingStarted", at_ms: 100 }

export function stopped(reason: RecordingStopped["reason"]): RecordingStopped {
  return { kind: "RecordingStopped", actor: null, at_ms: 252_000, reason, detail: "no space" }
}

const UNNUMBERED = new Set(["WordsGuessed", "ClockTicked", "RecordsWaiting"])

/** Records of one call, numbered from `first` as the store numbers them. */
export function records(events: Event[], first = 1): CallRecord[] {
  let seq = first - 1
  return events.map((event) => ({ call_id: CALL, seq: UNNUMBERED.has(event.kind) ? null : (seq += 1), event }))
}

export function viewOf(events: Event[]): View {
  return records(events).reduce(reduce, emptyView(CALL))
}

/** What a scorecard says of itself beside points. */
export const RESTS_ON = { assessed: 60, offered: 80, to_confirm: 0, unscored_reason: "", lost_share: 0, confirmed_total: null, assessed_by_words: 40, fatal_cap: 59, least_share: 0.5, least_weight: 20 } as const
