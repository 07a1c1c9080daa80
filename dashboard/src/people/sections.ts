/** The pages that are there now, each for those who may do what it is for: everybody's own first page first. */
import type { Action } from "../api/http"

export type Section = "floor" | "live" | "ownCalls" | "calls" | "appeals" | "checks" | "rules" | "import" | "people" | "teams" | "tokens" | "desks" | "settings" | "audit" | "me"

const SECTIONS: readonly { name: Section; path: string; needs: Action }[] = [
  { name: "floor", path: "/floor", needs: "floor.watch" },
  { name: "calls", path: "/qa", needs: "call.import" },
  { name: "appeals", path: "/qa/appeals", needs: "review.judge" },
  { name: "checks", path: "/qa/appeals", needs: "review.check" },
  { name: "rules", path: "/qa/rules", needs: "rules.read" },
  { name: "import", path: "/qa/import", needs: "call.import" },
  { name: "live", path: "/agent", needs: "call.read" },
  { name: "ownCalls", path: "/agent/calls", needs: "review.answer" },
  { name: "people", path: "/admin", needs: "people.read" },
  { name: "teams", path: "/admin/teams", needs: "people.read" },
  { name: "tokens", path: "/admin/tokens", needs: "tokens.read" },
  { name: "desks", path: "/admin/desks", needs: "desks.read" },
  { name: "settings", path: "/admin/settings", needs: "team_settings.read" },
  { name: "audit", path: "/admin/audit", needs: "audit.read" },
  { name: "me", path: "/me", needs: "self" },
]

/** How many wait for this person there, by section; of imports, how many are not done. */
export type WaitingCounts = Partial<Record<Section, number>>

export function sectionsOf(may: readonly string[]): typeof SECTIONS {
  return SECTIONS.filter(({ needs }) => may.includes(needs))
}

/** What a page of the administrator's is for; null where there is none of that name. */
export function needOf(section: string): Action | null {
  return SECTIONS.find(({ name }) => name === section)?.needs ?? null
}
