/** What somebody is writing, kept on this computer until it is sent: a browser that crashes loses nothing of it. */

const PREFIX = "callcoach.draft."
const KEPT_MS = 30 * 86_400_000

export interface Draft {
  text: string
  /** What is chosen beside the text; "" for nothing. */
  choice: string
  /** When it was last written, in milliseconds since 1970. */
  at_ms: number
}

/** `what` tells drafts of one person apart: call, item, and what it is to become. */
export function keyOf(user: string, ...what: string[]): string {
  return PREFIX + JSON.stringify([user, ...what])
}

/** Null where there is none, or one so old that nobody will send it. */
export function readDraft(key: string, now_ms = Date.now()): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null
    const isOne = draft !== null && typeof draft.text === "string" && typeof draft.choice === "string"
    return isOne && now_ms - draft.at_ms < KEPT_MS ? draft : null
  } catch {
    return null
  }
}

/** Whether it is kept: a browser may be told to keep nothing, and the page must not say otherwise. */
export function keepDraft(key: string, draft: Draft): boolean {
  try {
    if (!draft.text && !draft.choice) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

export function dropDraft(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // nothing was kept there either
  }
}

/** Those that are too old go, whoever wrote them. */
export function dropOldDrafts(now_ms = Date.now()): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && readDraft(key, now_ms) === null) localStorage.removeItem(key)
  } catch {
    // as above
  }
}
