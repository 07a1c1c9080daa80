/** Texts of reviews. */
import type { JudgingTexts } from "./judgingShape"
import type { ReviewedItem, ReviewState } from "../../api/http"

export interface ReviewTexts {
  somebody: string
  reasonNeeded: string
  /** Of a person's verdict on an item. */
  verdict: Record<ReviewedItem["verdict"], string>
  /** Whose turn it is. */
  stage: Record<Exclude<ReviewState["stage"], "">, string> & { none: string }
  /** What became of an item at the agent. */
  answer: Record<Exclude<ReviewedItem["answer"], "">, string>
  judging: JudgingTexts
  changedBy: (name: string) => string
}
