/** Figures and times as the page of an agent's own calls writes them. */
import { dateOf, dayOf, timeOf } from "../../../people/times"
import { calls } from "../../../texts/calls"
import { people } from "../../../texts/people"

export function numberOf(value: number): string {
  return String(Math.round(value * 10) / 10).replace("-", "−")
}

/** With the time of day, also where it was longer ago. */
export function whenOf(at_s: number | null, nowS: number): string {
  if (at_s === null) return calls.value.noTime
  const day = dayOf(at_s, nowS, people.value.times)
  const time = timeOf(at_s).slice(0, 5)
  return day.includes(time) ? day : `${day} ${time}`
}

/** 11-25 18:00 */
export function untilOf(at_s: number): string {
  return `${dateOf(at_s).slice(5)} ${timeOf(at_s).slice(0, 5)}`
}
