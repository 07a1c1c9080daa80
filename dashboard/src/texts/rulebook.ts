/** Texts of the rulebook and the coach in the page's language. What is said, words to say and quotes are never translated. */
import { isEnglish, t } from "."
import type { HintRaised, Title } from "../api/events"
import type { ShownPhase } from "../call/phases"

/** A name: without English it stays as the rulebook has it, since something must name it. */
export function titled({ title, title_en }: { title: string; title_en?: string }): string {
  return (isEnglish.value && title_en) || title
}

/** A sentence beside a hint: without English an English page leaves it out. */
export function explained(chinese: string, english = ""): string {
  return isEnglish.value ? english || withoutHan(chinese) : chinese
}

/** What was found: the words that were said, or a figure in the page's language. */
export function foundText({ quote, quote_en }: { quote: string; quote_en?: string }): string {
  return (isEnglish.value && quote_en) || quote
}

/** What the agent reads: words to say in their brackets, an order in the page's language. */
export function sayOf({ form, say, say_en }: Pick<HintRaised, "form" | "say" | "say_en">): string {
  if (form === "speak") return say.startsWith("「") ? say : `「${say}」`
  return (isEnglish.value && say_en) || say
}

/** A phrase wraps as a whole: a line may only break behind punctuation. */
export function phrasesOf(sentence: string): string[] {
  return sentence.split(/(?<=[，。！？；,!?;][」”]?)(?![，。！？；,!?;」”])/)
}

/** A group of the score card is named in the record of the score; its English stands in the call's legend. */
export function groupTitle(name: string, groups: readonly Title[]): string {
  return titled(groups.find((group) => group.id === name) ?? { title: name })
}

/** At the last step of a silent call nothing is said: its text is for the agent. */
export function mayHangUp(text: string): string {
  return (!isEnglish.value && text) || t.value.stage.mayHangUp
}

export function phaseTitle({ title }: ShownPhase): string {
  return title ? titled(title) : t.value.panel.otherPhase
}

function withoutHan(text: string): string {
  return /[\u2e80-\u9fff]/.test(text) ? "" : text
}
