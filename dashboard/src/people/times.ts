/** Points in time and durations, as somebody reads them on the pages about people. */
import type { PeopleTexts } from "../texts/people/shape"

type Words = PeopleTexts["times"]

const MINUTE_S = 60
const HOUR_S = 3600
const DAY_S = 86_400

/** A running clock: 4:37, 1:04:37. */
export function clockOf(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds))
  const [hours, minutes, rest] = [Math.floor(left / HOUR_S), Math.floor((left % HOUR_S) / MINUTE_S), left % MINUTE_S]
  const tail = `${hours ? two(minutes) : minutes}:${two(rest)}`
  return hours ? `${hours}:${tail}` : tail
}

/** A duration that nobody watches running: in hours where it is under two days, which round down to one. */
export function spanOf(seconds: number, words: Words): string {
  if (seconds >= 2 * DAY_S) return words.days(Math.floor(seconds / DAY_S))
  if (seconds >= HOUR_S) return words.hours(Math.floor(seconds / HOUR_S), Math.floor((seconds % HOUR_S) / MINUTE_S))
  return words.minutes(Math.max(1, Math.ceil(seconds / MINUTE_S)))
}

/** `at_s` and `now_s` are seconds since 1970. Today's with the time, this year's with the day, others with the year. */
export function dayOf(at_s: number, now_s: number, words: Words): string {
  const [at, now] = [new Date(at_s * 1000), new Date(now_s * 1000)]
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (isSameDay(at, now)) return words.today(time)
  if (isSameDay(at, new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1))) return words.yesterday(time)
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return at.getFullYear() === now.getFullYear() ? day : `${at.getFullYear()}-${day}`
}

/** How long ago, for what was used just now; the day for what was not. */
export function agoOf(at_s: number, now_s: number, words: Words): string {
  const ago = now_s - at_s
  if (ago < 1) return words.now
  if (ago < MINUTE_S) return words.secondsAgo(Math.floor(ago))
  if (ago < HOUR_S) return words.minutesAgo(Math.floor(ago / MINUTE_S))
  return dayOf(at_s, now_s, words)
}

/** To the second, with the day: 2026-11-22 15:20:33. */
export function instantOf(at_s: number): string {
  return `${dateOf(at_s)} ${timeOf(at_s)}`
}

/** 2026-11-22, as a field of a form takes it. */
export function dateOf(at_s: number): string {
  const at = new Date(at_s * 1000)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** 15:20:33 */
export function timeOf(at_s: number): string {
  const at = new Date(at_s * 1000)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** UTC+8, of the time zone that this browser is in at that time. */
export function zoneOf(at_s: number): string {
  const minutes = -new Date(at_s * 1000).getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `UTC${minutes < 0 ? "−" : "+"}${hours}${rest ? `:${two(rest)}` : ""}`
}

function isSameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate()
}

function two(value: number): string {
  return String(value).padStart(2, "0")
}
