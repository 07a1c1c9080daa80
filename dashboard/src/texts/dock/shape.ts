/** Texts of what an agent and the team lead tell each other in a call. */
import type { HelpState } from "../../call/dock"
import type { HelpReason } from "../../call/help"

export interface DockTexts {
  label: string
  lead: (name: string) => string
  onlyYou: string
  more: (sentences: number) => string
  seen: string
  seenMore: (name: string) => string
  /** In the status line while a silent call goes on. */
  waits: string
  ask: string
  withdraw: string
  asked: string
  goal: (seconds: number) => string
  /** `by`: names, in this language's list. */
  state: Record<HelpState, (by: string) => string>
  reason: Record<Exclude<HelpReason, "">, string>
  reasons: string
  next: string
  listens: (names: string) => string
  listensMore: string
  and: string
  keys: { help: string; seen: string; reason: string }
  /** In the replay: what the page showed. */
  shown: {
    title: string
    asked: (reason: string) => string
    received: (by: string) => string
    escalated: (by: string) => string
    nobody: string
    taken: (by: string) => string
    withdrawn: string
    closed: (by: string) => string
    sentence: (by: string, text: string) => string
    seen: (text: string) => string
    listens: (by: string) => string
    listensNoMore: (by: string) => string
  }
}
