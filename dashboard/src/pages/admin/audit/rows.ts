/** What a row of the audit says, for a person: ids become names here, so a removed person's is nowhere. Pure. */
import type { Count, AuditEntry, TokenEntry, UserEntry } from "../../../api/http"
import type { PeopleTexts } from "../../../texts/people/shape"

export type Group = keyof PeopleTexts["admin"]["audit"]["group"]

const GROUPS: Record<string, Group> = {
  "session.begin": "sign",
  "session.end": "sign",
  "link.use": "sign",
  "session.slow": "slow",
  "session.release": "slow",
  "call.read": "open",
  "floor.watch": "open",
  "floor.arrange": "change",
  "call.listen": "listen",
  "call.listen_unheard": "listen",
  "call.listen_live": "listen",
  "call.listen_live_end": "listen",
  "data.export": "export",
  "token.add": "token",
  "token.revoke": "token",
  "desk.code": "token",
  "desk.enrol": "token",
  "desk.revoke": "token",
  "recording.delete": "delete",
  "words.erase": "delete",
  "private.erase": "delete",
  "call.delete": "delete",
  "call.consent": "delete",
  "baseline.forget": "delete",
}
const MARKS: Record<Group, string> = {
  open: "eye",
  sign: "person",
  listen: "ear",
  export: "download",
  change: "pencil",
  token: "key",
  delete: "close",
  slow: "lock",
  other: "file",
}

export function groupOf(action: string): Group {
  return GROUPS[action] ?? (/\.(add|change|remove|make)$/.test(action) ? "change" : "other")
}

export function markOf({ action, outcome }: Pick<AuditEntry, "action" | "outcome">): string {
  return outcome === "refused" ? "missed" : MARKS[groupOf(action)]
}

/** How many rows of each group, and how many were refused, the more telling first. */
export function groupsOf(counts: readonly Count[]): { group: Group | "refused"; rows: number }[] {
  const found = new Map<Group | "refused", number>()
  for (const { action, outcome, rows } of counts) {
    const group = outcome === "refused" ? "refused" : groupOf(action)
    found.set(group, (found.get(group) ?? 0) + rows)
  }
  const order: (Group | "refused")[] = ["sign", "open", "listen", "export", "change", "token", "delete", "other", "refused", "slow"]
  return order.filter((group) => found.has(group)).map((group) => ({ group, rows: found.get(group)! }))
}

export interface Names {
  users: ReadonlyMap<string, Pick<UserEntry, "name" | "role" | "agent_id">>
  tokens: ReadonlyMap<string, Pick<TokenEntry, "name">>
  teams: ReadonlyMap<string, string>
}

/** Who acted: the name, and beneath it what they are. */
export function whoOf(row: Pick<AuditEntry, "actor" | "action" | "outcome">, names: Names, { admin, role }: PeopleTexts): { name: string; what: string } {
  const { audit } = admin
  const { actor } = row
  if (actor === null) return row.outcome === "refused" || groupOf(row.action) === "slow" ? { name: audit.nobody, what: "" } : { name: audit.system, what: "" }
  if (actor.startsWith("token:")) return { name: names.tokens.get(actor.slice("token:".length))?.name ?? actor.slice("token:".length), what: audit.token }
  const user = names.users.get(actor)
  return user ? { name: user.name, what: [role[user.role], user.agent_id].filter(Boolean).join(" ") } : { name: audit.removed, what: short(actor) }
}

/** What it was done to: a name where it is a person's, a token's or a team's id, else the id itself. */
export function objectOf({ object }: Pick<AuditEntry, "object">, names: Names): string {
  if (object === null) return ""
  const bare = object.replace(/^(token|user|team):/, "")
  return names.users.get(bare)?.name ?? names.tokens.get(bare)?.name ?? names.teams.get(bare) ?? object
}

/** The ends of a long id: enough to tell two apart at a glance. */
export function short(id: string): string {
  return id.length > 14 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id
}

/** The ends of a mark of the chain: 9c41 7be0 … 2f1a. */
export function macOf(mac: string): string {
  return mac.length > 12 ? `${mac.slice(0, 4)} ${mac.slice(4, 8)} … ${mac.slice(-4)}` : mac
}

/** Details as lines: `before.audio_days` and what stands there. */
export function linesOf(details: Record<string, unknown>, path = ""): { name: string; text: string }[] {
  return Object.entries(details).flatMap(([name, value]) => {
    const whole = path ? `${path}.${name}` : name
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return linesOf(value as Record<string, unknown>, whole)
    return [{ name: whole, text: Array.isArray(value) ? value.join(", ") : String(value) }]
  })
}
