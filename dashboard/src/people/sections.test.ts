import { expect, it } from "vitest"
import { homeOf } from "./next"
import { sectionsOf } from "./sections"
import type { Action } from "../api/http"

const OF: Record<string, Action[]> = {
  agent: ["self", "call.read", "review.answer", "review.read"],
  lead: ["self", "call.read", "call.import", "review.check", "rules.read", "team_settings.read"],
  qa: ["self", "call.read", "call.import", "review.judge", "rules.read"],
  admin: ["self", "people.read", "tokens.read", "team_settings.read", "audit.read"],
}

it.each(Object.keys(OF))("begins with the first page of %s", (role) => {
  expect(sectionsOf(OF[role]!)[0]!.path).toBe(homeOf({ may: OF[role]! }))
})

it("has QA's pages in the order of their work", () => {
  expect(sectionsOf(OF.qa!).map(({ name }) => name)).toEqual(["calls", "appeals", "rules", "import", "live", "me"])
  expect(sectionsOf(OF.agent!).map(({ name }) => name)).toEqual(["live", "ownCalls", "me"])
})
