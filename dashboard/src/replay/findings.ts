/** What was found in a call, and where: by its hints while it ran, and by its card. Pure. */
import type { CallScored, Span } from "../api/events"
import type { Found } from "../call/evidence"
import type { HintLife } from "../call/view"

export interface Finding extends Found {
  title: string
  title_en: string
}

/** Evidence of an item that a hint of the same rule told already is told once. Items have numbers below 0. */
export function findingsOf(hints: readonly HintLife[], score: CallScored | null): Finding[] {
  const told = hints.map(({ raised }) => raised)
  const faults = (score?.items ?? []).filter(({ verdict }) => verdict === "missed" || verdict === "to_confirm")
  const items = faults.map((item, at): Finding => {
    const known = told.filter(({ rule }) => rule === item.rule).flatMap(({ evidence }) => evidence)
    const evidence = item.evidence.filter((span) => !known.some((other) => touch(span, other)))
    return { hint: -1 - at, severity: item.fatal || item.is_ban ? "critical" : "warning", evidence, title: item.title, title_en: item.title_en }
  })
  return [...told, ...items].filter(({ evidence }) => evidence.length > 0)
}

function touch(one: Span, other: Span): boolean {
  return one.channel === other.channel && one.start_ms < other.end_ms && other.start_ms < one.end_ms
}
