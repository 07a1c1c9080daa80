/** Texts of judging a call: panels at an item, comments, the steps of a review, the inbox. */

/** What somebody may say of an item now. */
export type Panel = "verdict" | "check" | "decision" | "reopen"

/** The steps of a review, in their order, and how far each is; none: this review has no need of it. */
export type StepName = "review" | "answer" | "check" | "decide"
export type StepState = "done" | "now" | "open" | "none"

export interface JudgingTexts {
  panel: Record<Panel, string>
  /** In place of the verdicts where something was heard that a person has to confirm. */
  confirm: { heard: string; not: string }
  check: { right: string; wrong: string }
  keep: string
  changeTo: (verdict: string) => string
  reason: string
  reasonOf: string
  noReason: string
  send: Record<Panel, string>
  sending: string
  automaticStays: string
  tooLong: (n: number, most: number) => string
  choose: string
  draftKept: (time: string) => string
  draftNotKept: string
  looked: string
  inCellSame: string
  inCell: { toConfirm: string; toCheck: string; toDecide: string; appealed: string }
  said: {
    verdict: string
    accepted: string
    appealed: string
    checked: string
    decided: string
    reopened: string
    finished: string
    acceptedIt: string
    wants: (verdict: string) => string
    until: (when: string) => string
    undone: string
    undo: string
    undoOf: (what: string) => string
  }
  step: Record<StepName, string>
  stepState: Record<StepState, string>
  appeals: (n: number) => string
  acceptedAll: string
  noAnswer: string
  noAppeal: string
  left: (span: string) => string
  steps: string
  totals: { automatic: string; people: string; none: string; assessable: (percent: number) => string; sameVerdicts: string; changed: (n: number) => string; by: (points: string) => string; waits: string }
  finish: { finish: string; undo: string; toConfirm: (n: number) => string; ready: string; firstItem: string; done: string; next: (n: number) => string; answered: string }
  comments: {
    title: string
    none: string
    write: string
    send: string
    at: (time: string) => string
    whole: string
    onWhole: string
    reply: string
    replyTo: (name: string) => string
    remove: string
    removed: string
    jump: (time: string) => string
    cancel: string
  }
  inbox: {
    title: string
    checkTitle: string
    toDecide: string
    toCheck: string
    reviewing: string
    emptyDecide: string
    emptyCheck: string
    open: string
    goOn: string
    begun: string
    keys: { rows: string; open: string }
    late: string
    team: string
  }
  keys: { choose: string; send: string }
}
