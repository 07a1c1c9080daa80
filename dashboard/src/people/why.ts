/** Why something about people was not done, in the language of the page. */
import { whyOf } from "../api/ask"
import { people } from "../texts/people"

export interface Told {
  status: number
  detail: string
  body?: unknown
}

/** The page's own sentence for the reason the server gives; the server's where the page has none. "" when it did not answer. */
export function whyNot(reply: Told): string {
  return people.value.refusals[reasonOf(reply.body)] ?? whyOf(reply)
}

function reasonOf(body: unknown): string {
  return typeof body === "object" && body !== null && "reason" in body ? String(body.reason) : ""
}
