/** The mark of a case: one shape for each cause. */
import type { Case } from "../../api/floor"

const MARKS: Record<Case["cause"], string> = {
  help: "hand",
  complaint: "complaint",
  fatal: "critical",
  silent_call: "warning",
  dead_air: "warning",
  hold: "pause",
  hints: "warning",
  blind: "ear-off",
  lost: "waves-off",
}

export function markOf({ cause }: Pick<Case, "cause">): string {
  return MARKS[cause]
}
