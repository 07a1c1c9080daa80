/** Where a page goes on after a sign-in. */
import type { SessionPerson } from "../api/http"

/** A path of this very server, as `next` names it; null for anything else, other servers' addresses above all. */
export function pathOnly(next: unknown, origin: string): string | null {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next)) return null
  try {
    const url = new URL(next, origin)
    const path = url.pathname + url.search + url.hash
    if (path.startsWith("//")) return null // "/.//evil.example" is a path here, and its result the address of another server
    return url.origin === origin && !/^\/(login|api|ws)(\/|$)/.test(url.pathname) ? path : null
  } catch {
    return null
  }
}

/** The floor for who watches one, the list of calls for those who look after others' calls, else their own, else people and settings. */
export function homeOf(person: Pick<SessionPerson, "may">): string {
  if (person.may.includes("floor.watch")) return "/floor"
  if (person.may.includes("call.import")) return "/qa"
  return person.may.includes("call.read") ? "/agent" : "/admin"
}
