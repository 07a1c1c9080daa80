/** The piece of a call's time that is drawn large: where it stands, and how long it is. Pure. */
export interface Stretch {
  startMs: number
  endMs: number
}

export interface Window {
  fromMs: number
  toMs: number
}

export const WINDOW_MS = 120_000
/** Lengths that zooming goes through; the whole call is the longest. */
const LENGTHS_MS = [5, 15, 30, 60, 120, 300, 900, 3600].map((seconds) => seconds * 1000)
const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600].map((seconds) => seconds * 1000)

/** The window that shows `ms`: it stays while the moment is within, and turns as a page does when it leaves. */
export function windowWith(ms: number, now: Window, durationMs: number): Window {
  if (ms >= now.fromMs && ms < now.toMs) return now
  const length = now.toMs - now.fromMs
  return windowFrom(Math.floor(ms / length) * length, durationMs, length)
}

/** The window that shows a stretch whole: it stays where it does, else there is some time before the stretch, too. */
export function windowAround({ startMs, endMs }: Stretch, now: Window, durationMs: number): Window {
  if (startMs >= now.fromMs && endMs <= now.toMs) return now
  const length = now.toMs - now.fromMs
  return windowFrom(startMs - length / 4, durationMs, length)
}

export function windowFrom(fromMs: number, durationMs: number, lengthMs = WINDOW_MS): Window {
  const length = Math.min(lengthMs, durationMs)
  const from = Math.round(Math.min(Math.max(0, fromMs), durationMs - length))
  return { fromMs: from, toMs: from + length }
}

/** One length closer (1) or wider (-1), with `ms` where it is; the same window where there is no such length. */
export function zoomed({ fromMs, toMs }: Window, by: 1 | -1, ms: number, durationMs: number): Window {
  const now = toMs - fromMs
  const length = by > 0 ? LENGTHS_MS.findLast((each) => each < now) : (LENGTHS_MS.find((each) => each > now) ?? durationMs)
  if (length === undefined || Math.min(length, durationMs) === now) return { fromMs, toMs }
  return windowFrom(ms - ((ms - fromMs) / now) * length, durationMs, length)
}

/** Round times to write below the lanes, eight at most. */
export function ticksOf({ fromMs, toMs }: Window): number[] {
  const step = STEPS_MS.find((each) => (toMs - fromMs) / each <= 8) ?? STEPS_MS.at(-1)!
  const first = Math.ceil(fromMs / step) * step
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, at) => first + at * step)
}

/** In per cent of the window; what sticks out is cut. Null: outside. */
export function placeOf({ startMs, endMs }: Stretch, { fromMs, toMs }: Window): { left: number; width: number } | null {
  if (endMs <= fromMs || startMs >= toMs) return null
  const share = (ms: number): number => (100 * (Math.min(toMs, Math.max(fromMs, ms)) - fromMs)) / (toMs - fromMs)
  return { left: share(startMs), width: share(endMs) - share(startMs) }
}
