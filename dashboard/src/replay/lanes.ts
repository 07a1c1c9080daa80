/** What is drawn along the time of a call, from its records. Pure. */
import type { CallRecord, Channel, HintRaised, Legend, SilenceKind } from "../api/events"
import { isPaceKnown, isPitchKnown, pitchBand } from "../call/meters"
import type { Stretch } from "./window"

export interface Silence extends Stretch {
  kind: SilenceKind
}

/** x in ms, y the figure; null where the line is broken: nothing is drawn through what was not measured. */
export interface Line {
  x: number[]
  y: (number | null)[]
}

export interface Lanes {
  durationMs: number
  turns: Partial<Record<Channel, Stretch[]>>
  silences: Silence[]
  overlaps: Stretch[]
  /** Where a side was not heard. */
  lost: (Stretch & { channel: Channel })[]
  hints: HintRaised[]
  pace: Partial<Record<Channel, Line>>
  pitch: Partial<Record<Channel, Line>>
  level: Partial<Record<Channel, Line>>
  /** Less variation than this is monotone, by what was known of the voice from then on. */
  lively: Edge[]
}

/** The lower edge of a band, from a moment on. */
export interface Edge {
  fromMs: number
  low: number
}

/** A figure comes twice a second while somebody speaks: after a longer pause the line begins anew, as with each turn. */
const BREAK_MS = 1500
/** Shorter silences are breath. */
export const SHOWN_SILENCE_MS = 3000

export function lanesOf(records: readonly CallRecord[]): Lanes {
  const lanes: Lanes = { durationMs: 0, turns: {}, silences: [], overlaps: [], lost: [], hints: [], pace: {}, pitch: {}, level: {}, lively: [] }
  const open = new Map<Channel, number>()
  const figures = new Figures(records)
  for (const { event } of records) {
    if (event.kind !== "CallScored") lanes.durationMs = Math.max(lanes.durationMs, event.at_ms)
    switch (event.kind) {
      case "TurnStarted":
        figures.begin(event.channel, event.start_ms)
        break
      case "TurnEnded":
        ;(lanes.turns[event.channel] ??= []).push({ startMs: event.start_ms, endMs: event.end_ms })
        break
      case "SilenceEnded":
        if (event.end_ms - event.start_ms >= SHOWN_SILENCE_MS) lanes.silences.push({ startMs: event.start_ms, endMs: event.end_ms, kind: event.silence })
        break
      case "OverlapNoted":
        lanes.overlaps.push({ startMs: event.start_ms, endMs: event.end_ms })
        break
      case "ChannelLost":
        open.set(event.channel, event.start_ms)
        break
      case "ChannelBack":
        lanes.lost.push({ channel: event.channel, startMs: event.start_ms, endMs: event.end_ms })
        open.delete(event.channel)
        break
      case "GapEnded":
        lanes.lost.push({ channel: event.channel, startMs: event.start_ms, endMs: event.end_ms })
        break
      case "HintRaised":
        lanes.hints.push(event)
        break
      case "PaceMeasured":
        if (isPaceKnown(event)) figures.draw(lanes.pace, event, event.speaking_rate)
        break
      case "PitchMeasured":
        if (isPitchKnown(event)) figures.draw(lanes.pitch, event, event.sd_semitones)
        if (event.channel === "agent") edge(lanes.lively, event.end_ms, pitchBand(event, figures.legend)?.low)
        break
      case "LevelMeasured":
        figures.draw(lanes.level, event, event.speech_dbfs)
        break
    }
  }
  for (const [channel, startMs] of open) lanes.lost.push({ channel, startMs, endMs: lanes.durationMs })
  return lanes
}

/** The first one holds from the beginning. */
function edge(edges: Edge[], fromMs: number, low: number | undefined): void {
  if (low !== undefined && low !== edges.at(-1)?.low) edges.push({ fromMs: edges.length ? fromMs : 0, low })
}

class Figures {
  readonly legend: Legend | null
  private readonly endedMs: number | null
  private readonly begun: Partial<Record<Channel, number[]>> = {}

  constructor(records: readonly CallRecord[]) {
    const events = records.map(({ event }) => event)
    this.legend = events.find((event) => event.kind === "CallStarted")?.legend ?? null
    this.endedMs = events.findLast((event) => event.kind === "CallEnded")?.at_ms ?? null
  }

  begin(channel: Channel, ms: number): void {
    ;(this.begun[channel] ??= []).push(ms)
  }

  /** The figures of the whole call, which come at its end, are no part of the line. */
  draw(lines: Partial<Record<Channel, Line>>, { at_ms, channel, start_ms, end_ms }: { at_ms: number; channel: Channel; start_ms: number; end_ms: number }, figure: number): void {
    if (start_ms === 0 && at_ms === this.endedMs) return
    const line = (lines[channel] ??= { x: [], y: [] })
    const last = line.x.at(-1)
    if (last !== undefined) {
      if (end_ms <= last) return
      const turn = this.begun[channel]?.findLast((ms) => ms <= end_ms) ?? 0
      if (turn > last || end_ms - last > BREAK_MS) {
        line.x.push(last + 1)
        line.y.push(null)
      }
    }
    line.x.push(end_ms)
    line.y.push(figure)
  }
}

/** Whose speech there is most of in a stretch: what somebody who chose it would mean. */
export function speakerIn({ turns }: Pick<Lanes, "turns">, { startMs, endMs }: Stretch): Channel {
  const spoken = (channel: Channel): number => (turns[channel] ?? []).reduce((sum, turn) => sum + Math.max(0, Math.min(endMs, turn.endMs) - Math.max(startMs, turn.startMs)), 0)
  const channels: Channel[] = turns.mixed ? ["mixed"] : ["agent", "customer"]
  return channels.reduce((most, channel) => (spoken(channel) > spoken(most) ? channel : most))
}
