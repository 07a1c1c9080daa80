/** What somebody is writing, kept on this computer until it is sent: a browser that crashes loses nothing of it. */
import { note, noted } from "./journal"

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
    const draft = draftOf(localStorage.getItem(key))
    return draft && now_ms - draft.at_ms < KEPT_MS ? draft : null
  } catch {
    return null
  }
}

/** Whether it is kept: a browser may be told to keep nothing, and the page must not say otherwise. */
export function keepDraft(key: string, draft: Draft): boolean {
  const isKept = store(key, draft)
  if (isKept) void note(key, JSON.stringify(draft)) // an empty one too: that it was sent must outlast a crash as well
  return isKept
}

export function dropDraft(key: string): void {
  keepDraft(key, { text: "", choice: "", at_ms: Date.now() })
}

/** Takes over from the journal what localStorage lost in a crash; once done, readDraft tells all that was kept. */
export async function recoverDrafts(now_ms = Date.now()): Promise<void> {
  for (const [key, text] of await noted()) {
    const draft = draftOf(text)
    if (!draft || now_ms - draft.at_ms >= KEPT_MS) void note(key, null)
    else if (draft.at_ms > (readDraft(key, now_ms)?.at_ms ?? -1)) store(key, draft)
  }
}

/** Those that are too old go, whoever wrote them. */
export function dropOldDrafts(now_ms = Date.now()): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && readDraft(key, now_ms) === null) localStorage.removeItem(key)
  } catch {
    // nothing is kept there
  }
}

function store(key: string, draft: Draft): boolean {
  try {
    if (isEmpty(draft)) localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

function isEmpty({ text, choice }: Draft): boolean {
  return !text && !choice
}

function draftOf(text: string | null): Draft | null {
  try {
    const draft = JSON.parse(text ?? "null") as Draft | null
    return draft !== null && typeof draft.text === "string" && typeof draft.choice === "string" ? draft : null
  } catch {
    return null
  }
}
