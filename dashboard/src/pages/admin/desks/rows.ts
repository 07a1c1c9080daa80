/** What a row of the list of agents' machines says. Pure. */
import type { DeskEntry } from "../../../api/http"
import { agoOf, spanOf } from "../../../people/times"
import type { PeopleTexts } from "../../../texts/people/shape"

/** A clock that is off by less is not worth a word: times of calls are corrected by it. */
const CLOCK_MS = 2000
const MINUTE_MS = 60_000
/** So long one sees that a desk was revoked; the audit knows it for good. */
const DAY_S = 86_400

export interface DeskState {
  icon: string
  text: string
  kind: "" | "ok" | "crit"
}

export function stateOf(desk: DeskEntry, now_s: number, texts: PeopleTexts): DeskState {
  if (desk.revoked_at !== null) return { icon: "missed", text: texts.desks.revoked, kind: "crit" }
  if (desk.is_here) return { icon: "done", text: texts.desks.here, kind: "ok" }
  if (desk.seen_at === null) return { icon: "open", text: texts.desks.never, kind: "" }
  return { icon: "waves-off", text: texts.desks.seen(agoOf(desk.seen_at, now_s, texts.times)), kind: "" }
}

/** "" where the clock is right, or nobody knows. */
export function clockOff({ offset_ms, revoked_at }: Pick<DeskEntry, "offset_ms" | "revoked_at">, texts: PeopleTexts): string {
  if (offset_ms === null || revoked_at !== null || Math.abs(offset_ms) <= CLOCK_MS) return ""
  const off = Math.abs(offset_ms)
  const span = off < MINUTE_MS ? texts.desks.seconds((off / 1000).toFixed(1)) : spanOf(off / 1000, texts.times)
  return offset_ms > 0 ? texts.desks.ahead(span) : texts.desks.behind(span)
}

/** "0.1.0" of "callcoach 0.1.0". */
export function versionOf({ program }: Pick<DeskEntry, "program">): string {
  return program.replace(/^callcoach /, "")
}

/** Those in use first, as they were enrolled; then those that were revoked within a day, the newest first. */
export function listed(desks: readonly DeskEntry[], now_s: number): DeskEntry[] {
  const isRevoked = (desk: DeskEntry): number => Number(desk.revoked_at !== null)
  const isShown = ({ revoked_at }: DeskEntry): boolean => revoked_at === null || revoked_at > now_s - DAY_S
  return desks.filter(isShown).sort((a, b) => isRevoked(a) - isRevoked(b) || (a.revoked_at === null ? a.enrolled_at - b.enrolled_at : b.enrolled_at - a.enrolled_at))
}
