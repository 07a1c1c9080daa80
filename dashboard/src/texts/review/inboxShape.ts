/** Texts of the inbox: what waits for QA to decide, and for a lead to check. */
export interface InboxTexts {
  title: string
  toDecide: string
  toCheck: string
  reviewing: string
  noneToDecide: string
  noneToCheck: string
  open: string
  goOn: string
  begun: string
  overdue: string
  next: (waiting: number) => string
  /** To a call that nobody has judged. */
  todo: string
  back: string
  keys: { rows: string; open: string }
}
