/** JSON to and from this page's own server. */
export interface Reply {
  /** 0 when the server did not answer. */
  status: number
  body: Record<string, unknown>
  /** One line for a person, "" when there is none. */
  detail: string
}

/** A proxy may swallow a question: who waits for ever asks no more. To open a device takes a while. */
const ANSWER_MS = { GET: 5000, POST: 20_000, PUT: 20_000 }

export async function ask(method: "GET" | "POST" | "PUT", path: string, content?: object): Promise<Reply> {
  try {
    const headers: Record<string, string> = content ? { "Content-Type": "application/json" } : {}
    const signal = AbortSignal.timeout(ANSWER_MS[method])
    const body = content ? JSON.stringify(content) : undefined
    const answer = await fetch(path, { method, cache: "no-store", headers, body, signal })
    const text = await answer.text()
    const told = objectOf(text)
    return { status: answer.status, body: told, detail: typeof told.detail === "string" ? told.detail : "" }
  } catch {
    return { status: 0, body: {}, detail: "" }
  }
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
