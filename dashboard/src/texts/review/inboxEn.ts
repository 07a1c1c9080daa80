import type { InboxTexts } from "./inboxShape"

export const inboxEn: InboxTexts = {
  title: "Appeals",
  toDecide: "For you to decide",
  toCheck: "For you to check",
  reviewing: "Reviews you have begun",
  noneToDecide: "No appeal waits for your decision",
  noneToCheck: "No appeal waits for your check",
  open: "Open",
  goOn: "Go on",
  begun: "Begun, not finished yet",
  overdue: "Check overdue: QA may decide without it",
  next: (waiting) => `Next that waits (${waiting})`,
  todo: "Review the next call",
  back: "All done: back to the appeals",
  keys: { rows: "next or previous call", open: "open this call" },
}
