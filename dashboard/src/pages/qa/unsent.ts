/** Why a file was not uploaded, in the language of the page. */
import { whyNot } from "../../people/why"
import { people } from "../../texts/people"
import type { Unsent } from "./useImports"

export function whyUnsent({ file, reply }: Unsent): string {
  const { unsentBy, whyEmpty, away } = people.value.imports
  if (!file.size) return whyEmpty
  return whyNot({ ...reply, detail: unsentBy[reply.status] ?? reply.detail }) || away
}
