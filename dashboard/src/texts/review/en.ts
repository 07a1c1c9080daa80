import { judgingEn } from "./judgingEn"
import type { ReviewTexts } from "./shape"

export const reviewEn: ReviewTexts = {
  somebody: "somebody else",
  reasonNeeded: "give a reason; the agent sees it",
  verdict: { met: "met", partly: "partly", missed: "missed", not_applicable: "N/A", to_confirm: "to confirm" },
  stage: { none: "to review", reviewing: "in review", to_answer: "agent to answer", to_check: "lead to check", to_decide: "QA to decide", done: "reviewed" },
  answer: { open: "to answer", accepted: "accepted", appealed: "appealed", expired: "time over" },
  judging: judgingEn,
  changedBy: (name) => `${name} has just changed this item: look first`,
}
