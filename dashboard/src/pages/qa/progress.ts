/** How far an import has come, and how long it will yet take. Pure. */
import type { ImportJob } from "../../api/http"

export interface Counts {
  done: number
  refused: number
  running: number
  waiting: number
}

export interface Sample {
  at_s: number
  bytes: number
}

const LEAST_S = 5 // of looking on, before a time is told

export function countsOf(jobs: readonly ImportJob[]): Counts {
  const counts = { done: 0, refused: 0, running: 0, waiting: 0 }
  for (const { state } of jobs) counts[state === "decoding" || state === "scoring" ? "running" : state]++
  return counts
}

/** Bytes of what is behind, with the share of the one that runs. */
export function behind(jobs: readonly ImportJob[]): number {
  return jobs.reduce((sum, { state, bytes, share }) => sum + (state === "done" || state === "refused" ? bytes : bytes * share), 0)
}

/** Seconds left at the speed since `first`; null where too little was seen. `unsent`: bytes that are not there yet. */
export function leftOf(jobs: readonly ImportJob[], unsent: number, first: Sample, now_s: number): number | null {
  const [seen_s, done] = [now_s - first.at_s, behind(jobs) - first.bytes]
  if (seen_s < LEAST_S || done <= 0) return null
  const all = jobs.reduce((sum, { bytes }) => sum + bytes, unsent)
  return ((all - behind(jobs)) / done) * seen_s
}
