/** What a desk cannot do as its centre is away, refuses it, or has another time. Pure. */
import type { CentreStatus } from "../api/http"
import type { Fault } from "./faults"

/** From here on it is said that this machine's clock is wrong. */
export const CLOCK_OFF_MS = 2000

/** `sinceMs`: how long the centre has been in its state. */
export interface CentreNow {
  status: CentreStatus
  sinceMs: number
}

export function centreFaultsOf(now: CentreNow | null): Fault[] {
  if (!now) return []
  const { state, reason, words, waiting_records, waiting_recordings, offset_ms } = now.status
  const faults: Fault[] = []
  if (state === "away") {
    faults.push({ what: "centre_away", lastsMs: now.sinceMs, hasWords: words === "ok", records: waiting_records, recordings: waiting_recordings })
  }
  if (state === "refused") faults.push({ what: "centre_refused", reason })
  if (offset_ms !== null && Math.abs(offset_ms) > CLOCK_OFF_MS) faults.push({ what: "clock_off", offsetMs: offset_ms })
  return faults
}
