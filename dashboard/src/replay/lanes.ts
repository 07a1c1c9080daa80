/** What is drawn along the time of a call, from its records. Pure. */
import type { CallRecord, Channel, HintRaised, SilenceKind } from "../api/events"

export interface Stretch {
  startMs: number
  endMs: number
}

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
}

/** A figure comes twice a second while somebody speaks: after a longer pause the line begins anew. */
const BREAK_MS = 1500
/** Shorter silences are breath. */
export const SHOWN_SILENCE_MS = 3000

export function lanesOf(records: readonly CallRecord[]): Lanes {
  const lanes: Lanes = { durationMs: 0, turns: {}, silences: [], overlaps: [], lost: [], hints: [], pace: {}, pitch: {}, level: {} }
  const open = new Map<Channel, number>()
  for (const { event } of records) {
    if (event.kind !== "CallScored") lanes.durationMs = Math.max(lanes.durationMs, event.at_ms)
    switch (event.kind) {
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
        draw(lanes.pace, event.channel, event.start_ms, event.end_ms, event.speaking_rate)
        break
      case "PitchMeasured":
        draw(lanes.pitch, event.channel, event.start_ms, event.end_ms, event.sd_semitones)
        break
      case "LevelMeasured":
        draw(lanes.level, event.channel, event.start_ms, event.end_ms, event.speech_dbfs)
        break
    }
  }
  for (const [channel, startMs] of open) lanes.lost.push({ channel, startMs, endMs: lanes.durationMs })
  return lanes
}

/** The figures of the whole call, which come at its end, are no part of the line. */
function draw(lines: Partial<Record<Channel, Line>>, channel: Channel, startMs: number, endMs: number, figure: number): void {
  const line = (lines[channel] ??= { x: [], y: [] })
  const last = line.x.at(-1)
  if (startMs === 0 && last !== undefined && endMs - last < 20) return
  if (last !== undefined && endMs <= last) return
  if (last !== undefined && endMs - last > BREAK_MS) {
    line.x.push(last + 1)
    line.y.push(null)
  }
  line.x.push(endMs)
  line.y.push(figure)
}

/** The piece of time that is drawn large. */
export interface Window {
  fromMs: number
  toMs: number
}

export const WINDOW_MS = 120_000

/** The window that shows `ms`: it stays while the moment is within, and turns as a page does when it leaves. */
export function windowWith(ms: number, now: Window, durationMs: number): Window {
  if (ms >= now.fromMs && ms < now.toMs) return now
  return windowFrom(Math.floor(ms / WINDOW_MS) * WINDOW_MS, durationMs)
}

export function windowFrom(fromMs: number, durationMs: number): Window {
  const length = Math.min(WINDOW_MS, durationMs)
  const from = Math.round(Math.min(Math.max(0, fromMs), durationMs - length))
  return { fromMs: from, toMs: from + length }
}

/** Round times to write below the lanes, eight at most. */
export function ticksOf({ fromMs, toMs }: Window): number[] {
  const step = [1, 2, 5, 10, 20, 30, 60].map((s) => s * 1000).find((each) => (toMs - fromMs) / each <= 8) ?? 60_000
  const first = Math.ceil(fromMs / step) * step
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, at) => first + at * step)
}

/** In per cent of the window; what sticks out is cut. Null: outside. */
export function placeOf({ startMs, endMs }: Stretch, { fromMs, toMs }: Window): { left: number; width: number } | null {
  if (endMs <= fromMs || startMs >= toMs) return null
  const share = (ms: number): number => (100 * (Math.min(toMs, Math.max(fromMs, ms)) - fromMs)) / (toMs - fromMs)
  return { left: share(startMs), width: share(endMs) - share(startMs) }
}
