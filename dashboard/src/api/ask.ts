/** JSON to and from this page's own server, as its OpenAPI document says (http/). */
import type { Routes } from "./http"

export type Route = keyof Routes
type Answers<R extends Route> = Routes[R]["answers"]

/** What stands in braces in a route's path. */
type InPath<R extends string> = R extends `${string}{${infer Name}}${infer Rest}` ? { [N in Name]: string } & InPath<Rest> : unknown
type Given<R extends Route> = InPath<R> & { query?: Record<string, string> | string } & (Routes[R] extends { takes: infer Content } ? { takes?: Content } : unknown)

/** `status` is 0 when the server did not answer, or something else than callcoach did. `detail`: one line for a person, or "". */
export type Reply<R extends Route> =
  | { [Status in keyof Answers<R>]: { status: Status; body: Answers<R>[Status]; detail: string } }[keyof Answers<R>]
  | { status: 0; body: null; detail: "" }

/** A proxy may swallow a question: who waits for ever asks no more. To open a device takes a while. */
const ANSWER_MS = { GET: 2000, POST: 20_000, PUT: 20_000, PATCH: 20_000, DELETE: 20_000 }

const NO_ANSWER = { status: 0, body: null, detail: "" } as const

export async function ask<R extends Route>(
  route: R,
  ...[given]: unknown extends InPath<R> ? [Given<R>?] : [Given<R>]
): Promise<Reply<R>> {
  const method = route.slice(0, route.indexOf(" ")) as keyof typeof ANSWER_MS
  const { takes, query, ...names } = (given ?? {}) as { takes?: object; query?: Record<string, string> | string }
  const headers: Record<string, string> = takes ? { "Content-Type": "application/json" } : {}
  const body = takes ? JSON.stringify(takes) : undefined
  return asked(route, filled(route, names as Record<string, string>) + queryOf(query), { method, headers, body, signal: AbortSignal.timeout(ANSWER_MS[method]) })
}

/** A file as it is, which may take as long as it takes; `signal` calls it off. */
export async function send<R extends Route>(route: R, file: Blob, query: Record<string, string>, signal: AbortSignal): Promise<Reply<R>> {
  const [method, path] = route.split(" ") as [string, string]
  return asked(route, path + queryOf(query), { method, headers: { "Content-Type": "application/octet-stream" }, body: file, signal })
}

function queryOf(query?: Record<string, string> | string): string {
  return query ? `?${new URLSearchParams(query)}` : ""
}

async function asked<R extends Route>(route: R, address: string, init: RequestInit): Promise<Reply<R>> {
  try {
    const answer = await fetch(address, { cache: "no-store", ...init })
    const told = objectOf(await answer.text())
    if (answer.status === 200 && told === null) return NO_ANSWER
    const detail = typeof told?.detail === "string" ? told.detail : ""
    if (answer.status === SIGNED_OUT && !ASKS_WHO.has(route)) strangers.forEach((tell) => tell())
    return { status: answer.status, body: told ?? {}, detail } as Reply<R>
  } catch {
    return NO_ANSWER
  }
}

/** Nobody is signed in here, or no longer. */
export const SIGNED_OUT = 401

/** This person may not do that: what to do about it the page says in its own words. */
export const REFUSED = 403

/** Routes whose 401 says that a password was wrong. */
const ASKS_WHO = new Set<string>(["POST /api/session", "PUT /api/me/password"] satisfies Route[])

const strangers = new Set<() => void>()

/** `then` is called when an answer says that nobody is signed in; what it returns calls it off. */
export function whenSignedOut(then: () => void): () => void {
  strangers.add(then)
  return () => void strangers.delete(then)
}

/** Why something was not done, for a person: the server's own line, else its status; "" when it did not answer. */
export function whyOf({ status, detail }: { status: number; detail: string }): string {
  return detail || (status ? String(status) : "")
}

/** The path of a route, for what is no JSON. */
export function pathOf<R extends Route>(route: R, names: InPath<R> & Record<string, string>): string {
  return filled(route, names)
}

function filled(route: string, names: Record<string, string>): string {
  return route.slice(route.indexOf(" ") + 1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ""))
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
