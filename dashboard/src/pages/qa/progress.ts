/** How far an import has come, and how long it will yet take. Pure. */
import type { ImportJob } from "../../api/http"

/** `bad`: became no calls; `known`: nor did these, and nothing is wrong with them: they were calls before, or are deleted. */
export interface Counts {
  done: number
  bad: number
  known: number
  running: number
  waiting: number
}

export interface Sample {
  at_s: number
  bytes: number
}

const LEAST_S = 5 // of looking on, before a time is told

export function countsOf(jobs: readonly ImportJob[]): Counts {
  const counts = { done: 0, bad: 0, known: 0, running: 0, waiting: 0 }
  for (const job of jobs) counts[placeOf(job)]++
  return counts
}

/** Of a recording whose call was deleted, or is being imported by somebody: there is no fault in the file. */
export function isBad({ state, reason }: ImportJob): boolean {
  return state === "refused" && reason !== "deleted" && reason !== "taken"
}

function placeOf(job: ImportJob): keyof Counts {
  if (job.state === "refused") return isBad(job) ? "bad" : "known"
  if (job.state === "done" && job.is_known) return "known"
  return job.state === "decoding" || job.state === "scoring" ? "running" : job.state
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

export interface SoFar {
  calls: number
  mean: number | null // of those of which enough could be assessed
  assessed: number | null // share, of all that have one
  toConfirm: number // calls with a fatal fault that nobody has heard yet
  mixed: number
  lowest: readonly ImportJob[]
}

const ENOUGH = 0.6 // of the weight: below, a score is not averaged
const LOWEST = 4

/** Of the calls that are new: those that were there before tell nothing of this import. */
export function soFar(jobs: readonly ImportJob[]): SoFar {
  const calls = jobs.filter(({ figures }) => figures)
  const scored = calls.filter(({ figures }) => figures!.score !== null && (figures!.assessed_share ?? 0) >= ENOUGH)
  const shares = calls.flatMap(({ figures }) => figures!.assessed_share ?? [])
  return {
    calls: calls.length,
    mean: meanOf(scored.map(({ figures }) => figures!.score!)),
    assessed: meanOf(shares),
    toConfirm: calls.filter(({ figures }) => figures!.to_confirm).length,
    mixed: calls.filter(({ figures }) => figures!.is_mixed).length,
    lowest: scored.toSorted((a, b) => a.figures!.score! - b.figures!.score!).slice(0, LOWEST),
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}
