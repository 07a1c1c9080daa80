/** Which language a side speaks, and whether what stands there is what was said. Pure. */
import type { Channel, LanguageHeard, WordsHeard } from "../api/events"
import type { View } from "./view"

/** The language that is coached. */
const COACHED = "zh"

/** What was told last of a side that speaks another language than the coached one; null for all others. */
export function foreignOf(view: View, channel: Channel): LanguageHeard | null {
  const told = view.languages.findLast((one) => one.channel === channel)
  return told && told.language !== COACHED ? told : null
}

/** Whether a line is written in another language than was spoken: its words are made up. */
export function isMadeUp(line: WordsHeard, languages: LanguageHeard[]): boolean {
  const told = languages.findLast((one) => one.channel === line.channel && one.start_ms <= line.start_ms)
  return (told?.language ?? COACHED) !== (line.language || COACHED) // a line that tells none is of before there was any other
}

/** A language in the words of another one, as the browser has them; what it does not know is told as it came. */
export function languageName(code: string, inLanguage: string): string {
  try {
    return new Intl.DisplayNames([inLanguage], { type: "language" }).of(code) ?? code
  } catch {
    return code
  }
}
