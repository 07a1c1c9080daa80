/** The next call that nobody has judged: where the list goes on, and the replay of a call that is dealt with. */
import { ask } from "../api/ask"
import type { CallRow } from "../api/http"
import { failureOf } from "../people/useLoad"

const SOUGHT = 10 // those that run are passed over

export function isTodo({ stage, ending }: CallRow): boolean {
  return stage === "" && ending !== null
}

/** Of the list with this query, behind `after`, as long as it is wanted. A page may have none of those that the person
 * may see, and yet not be the last. */
export async function todoIn(query: string, after: string | null, isWanted: (row?: CallRow) => boolean): Promise<{ row: CallRow | null; problem: string }> {
  const asked = new URLSearchParams(query)
  asked.set("stage", "none")
  asked.set("limit", String(SOUGHT))
  do {
    if (after !== null) asked.set("after", after)
    const reply = await ask("GET /api/qa/calls", { query: asked.toString() })
    if (reply.status !== 200) return { row: null, problem: failureOf(reply) }
    const row = reply.body.rows.find((one) => isTodo(one) && isWanted(one))
    if (row) return { row, problem: "" }
    after = reply.body.next
  } while (after !== null && isWanted())
  return { row: null, problem: "" }
}
