/** What a meter says of a figure: against the bands that came with the call, and nothing without one. Pure. */
import type { Legend, LevelMeasured, PaceMeasured, PitchMeasured } from "../api/events"

/** Less speech than this carries no figure. */
export const LEAST = { speakingMs: 3000, voicedMs: 4000 }

export interface Scale {
  from: number
  to: number
}

export interface Band {
  low: number
  high: number
}

/** Without a band a figure is only shown. */
export type Verdict = "low" | "ok" | "high" | "none"

/** What the axis of each meter shows at least. */
const AXIS = { pace: { from: 60, to: 300 }, pitch: { from: 0, to: 5 }, level: { from: -50, to: 0 } }
const MARGIN = 60

/** An axis on which a team's own band is seen whole. */
export function paceScale(band: Band | null): Scale {
  if (!band) return AXIS.pace
  return { from: Math.min(AXIS.pace.from, band.low - MARGIN), to: Math.max(AXIS.pace.to, band.high + MARGIN) }
}

export const PITCH_SCALE: Scale = AXIS.pitch
export const LEVEL_SCALE: Scale = AXIS.level

export function isPaceKnown(pace: PaceMeasured | undefined): boolean {
  return pace !== undefined && pace.speaking_ms >= LEAST.speakingMs
}

export function isPitchKnown(pitch: PitchMeasured | undefined): boolean {
  return pitch !== undefined && pitch.voiced_ms >= LEAST.voicedMs
}

export function paceVerdict(pace: PaceMeasured | undefined, legend: Legend | null): Verdict {
  if (!pace || !isPaceKnown(pace)) return "none"
  return within(pace.speaking_rate, legend?.pace ?? null)
}

/** From where the voice is no longer called monotone; there is no upper end. */
export function pitchBand(pitch: PitchMeasured | undefined, legend: Legend | null): Band | null {
  const band = legend?.pitch
  if (!pitch || !band) return null
  return { low: Math.max(band.floor_semitones, band.share_of_baseline * (pitch.baseline_sd ?? 0)), high: Infinity }
}

export function pitchVerdict(pitch: PitchMeasured | undefined, legend: Legend | null): Verdict {
  if (!pitch || !isPitchKnown(pitch)) return "none"
  return within(pitch.sd_semitones, pitchBand(pitch, legend))
}

export function levelBand(legend: Legend | null): Band | null {
  return legend?.level ? { low: legend.level.low_dbfs, high: legend.level.high_dbfs } : null
}

export function levelVerdict(level: LevelMeasured | undefined, legend: Legend | null): Verdict {
  if (!level || !legend?.level) return "none"
  if (level.clipped_share > legend.level.clipped_share) return "high"
  return within(level.speech_dbfs, levelBand(legend))
}

function within(value: number, band: Band | null): Verdict {
  if (!band) return "none"
  if (value < band.low) return "low"
  return value > band.high ? "high" : "ok"
}

/** Where a value stands on a scale, 0 to 100. */
export function percent(value: number, scale: Scale): number {
  return Math.min(100, Math.max(0, (100 * (value - scale.from)) / (scale.to - scale.from)))
}

/** What is usual for this voice: learned over calls and resting on so many minutes, or this call's own so far. */
export interface Usual {
  value: number
  minutes: number
  isProvisional: boolean
}

export function usualPitch(pitch: PitchMeasured | undefined): Usual | null {
  if (!pitch || pitch.baseline_sd === null) return null
  return { value: pitch.baseline_sd, minutes: minutesOf(pitch.baseline_voiced_ms), isProvisional: pitch.baseline_calls === 0 }
}

export function usualPace(pace: PaceMeasured | undefined): Usual | null {
  if (!pace || pace.baseline_rate === null) return null
  return { value: pace.baseline_rate, minutes: minutesOf(pace.baseline_speaking_ms), isProvisional: false }
}

function minutesOf(ms: number): number {
  return Math.max(1, Math.round(ms / 60_000))
}

/** A window this long that begins with the call is no "last seconds" any more but the call as a whole. */
const WHOLE_CALL_MS = 60_000

export function isWholeCall(measured: { start_ms: number; end_ms: number }): boolean {
  return measured.start_ms === 0 && measured.end_ms > WHOLE_CALL_MS
}
