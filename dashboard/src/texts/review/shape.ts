/** Texts of reviews. */
import type { ReviewedItem, ReviewState } from "../../api/http"
import type { InboxTexts } from "./inboxShape"

export interface ReviewTexts {
  somebody: string
  /** In place of the name of somebody who is here no more. */
  gone: string
  reasonNeeded: string
  ownCall: string
  notWorse: string
  reasonOptional: string
  reasonSeen: string
  draftKept: (time: string) => string
  draftLost: string
  autoStays: string
  isAutomatic: string
  /** In place of the verdicts where something was heard that a person has to confirm. */
  confirm: { heard: string; not: string }
  keep: string
  changeTo: (verdict: string) => string
  judge: string
  decide: string
  check: string
  checks: { right: string; wrong: string }
  reopen: string
  send: { judge: string; decide: string; check: string; reopen: string }
  undo: string
  takenBack: string
  /** Of a person's verdict on an item. */
  verdict: Record<ReviewedItem["verdict"], string>
  /** Whose turn it is. */
  stage: Record<Exclude<ReviewState["stage"], "">, string> & { none: string }
  /** What became of an item at the agent. */
  answer: Record<Exclude<ReviewedItem["answer"], "">, string>
  acts: { verdict: (verdict: string) => string; decided: (verdict: string) => string; appealed: (verdict: string) => string; right: string; wrong: string; accepted: string; reopened: string; finished: string; undone: string }
  steps: { label: string; review: string; answer: string; appealed: (items: number) => string; check: string; decide: string }
  left: (span: string) => string
  finish: string
  finishMore: (toConfirm: number) => string
  finished: string
  unfinish: string
  next: string
  comments: { title: string; write: string; send: string; at: (time: string) => string; whole: string; reply: string; replyTo: (name: string) => string; none: string; play: (from: string) => string; cancel: string }
  inbox: InboxTexts
  changedBy: (name: string) => string
  looked: string
  chooseFirst: string
  tooLong: (n: number, most: number) => string
  keys: { verdict: string; send: string; next: string }
  rules: {
    title: string
    more: string
    none: string
    since: string
    until: string
    few: string
    csv: string
    calls: (title: string) => string
    loading: string
    says: string
    saysNothing: string
    why: string
    cite: (document: string) => string
    disputed: (count: number) => string
    newest: (count: number) => string
    agreedOnAll: string
    machine: (verdict: string) => string
    people: (verdict: string) => string
    keys: { rows: string; open: string }
    column: { rule: string; judged: string; agreed: string; false_faults: string; missed_faults: string; otherwise: string; confirmed: string; dismissed: string; of_no_use: string; share: string }
    means: { agreed: string; false_faults: string; missed_faults: string; otherwise: string; confirmed: string; dismissed: string; of_no_use: string }
  }
}
