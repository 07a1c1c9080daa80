/** What an agent may answer to a hint, and how the server is told. */
import type { PageMessage } from "../api/socket"

export type Answer = "done" | "dismissed" | "useless"

/** `seq`: number of the record that raised the hint. */
export function messageOf(answer: Answer, seq: number): PageMessage {
  if (answer === "done") return { type: "done", hint_seq: seq }
  return answer === "useless" ? { type: "dismissed", hint_seq: seq, useful: false } : { type: "dismissed", hint_seq: seq }
}
