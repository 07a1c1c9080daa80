/** JSON to and from this page's own server. */
export interface Reply {
  /** 0 when the server did not answer. */
  status: number
  body: Record<string, unknown>
  /** One line for a person, "" when there is none. */
  detail: string
}

export async function ask(method: "GET" | "POST" | "PUT", path: string, content?: object): Promise<Reply> {
  try {
    const headers: Record<string, string> = content ? { "Content-Type": "application/json" } : {}
    const answer = await fetch(path, { method, cache: "no-store", headers, body: content ? JSON.stringify(content) : undefined })
    const text = await answer.text()
    const body = objectOf(text)
    return { status: answer.status, body, detail: typeof body.detail === "string" ? body.detail : "" }
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
