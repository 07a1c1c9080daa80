/** What a row of the list says of its call. Pure. */
import type { CallRow } from "../../../api/http"
import { t } from "../../../texts"
import type { ListTexts } from "../../../texts/list/shape"

const LOW = 75

/** Beside the score: a fatal fault, or one that waits to be confirmed, or a score that is low. */
export function scoreMarkOf(row: CallRow): "critical" | "to-confirm" | "warning" | "na" | null {
  if (row.fatal) return "critical"
  if (row.to_confirm) return "to-confirm"
  if (row.score === null) return row.ending === null ? null : "na"
  return row.score < LOW ? "warning" : null
}

export function problemOf(row: CallRow, texts: ListTexts, isEnglish: boolean): { title: string; more: string } {
  const { problem } = row
  const others = row.others.map((other) => (isEnglish ? other.title_en : other.title))
  if (!problem) {
    const good = isEnglish ? row.good_en : row.good
    return { title: row.score === null ? unscoredOf(row) : good ? texts.good(good) : texts.noProblem, more: "" }
  }
  const title = (isEnglish && problem.title_en) || problem.title
  const more = others.length ? texts.others(others.slice(0, 2).join(isEnglish ? ", " : "、"), others.length > 2 ? others.length : 0) : ""
  if (!problem.is_to_confirm) return { title, more }
  const isOpen = row.stage === "" || row.stage === "reviewing"
  return { title: `${title} · ${isOpen ? texts.toConfirm : texts.confirmedOrNot}`, more }
}

/** Why there is no score; nothing of a call that runs or was not scored yet. */
function unscoredOf({ unscored_reason, ending }: CallRow): string {
  if (!unscored_reason || ending === null) return ""
  return t.value.score.unscored[unscored_reason] ?? t.value.score.unscoredOther
}

export function stageOf(row: CallRow, texts: ListTexts): { title: string; more: string } {
  const title = texts.stageShort[(row.stage || "none") as keyof ListTexts["stage"]] ?? row.stage
  const by = row.stage && row.reviewer ? texts.by(row.reviewer, row.total === null ? "" : String(Math.round(row.total))) : ""
  const waits = texts.stageMore[row.stage as keyof ListTexts["stageMore"]]
  return { title: row.ending === null ? "" : title, more: waits ?? (row.unseen ? texts.comments(row.unseen) : by) }
}

export function stageIconOf(row: CallRow): string {
  if (row.stage === "") return row.ending === null ? "dots" : "open"
  return row.stage === "done" ? "done" : "now"
}
