/** What the header says of the recogniser: of the running call by its records, between calls as it is now. Pure. */
import type { RecogniserStatus } from "../../../api/http"
import { isWithoutWords, LATE_WORDS_MS } from "../../../call/derive"
import type { View } from "../../../call/view"
import type { Texts } from "../../../texts/shape"
import { engineNotice, noticeOf, recogniserText, type Recogniser } from "./statusTexts"

export interface WordsState {
  state: "ok" | "notice" | "late" | "none" | "stale"
  text: string
  icon: string
  detail: string
}

/** `isStale`: nothing comes that would say how it is. Null where there is nothing to say. */
export function wordsStateOf(view: View, isStale: boolean, now: RecogniserStatus | null, texts: Texts, isMini = false): WordsState | null {
  const started = runningCall(view)
  if (!started) return isStale ? null : betweenCalls(view, now, texts)
  const { header } = texts
  if (isStale) return { state: "stale", text: `${header.words} ${header.noData}`, icon: "waves-off", detail: "" }
  const notice = engineNotice(view, texts)
  const detail = view.failed.find(({ stage }) => stage === "asr")?.reason ?? notice
  if (isWithoutWords(view)) return none(texts, detail)
  if (view.lagMs !== null && view.lagMs > LATE_WORDS_MS) {
    const { lag, lagShort } = texts.transcript
    return { state: "late", text: (isMini ? lagShort : lag)((view.lagMs / 1000).toFixed(1)), icon: "warning", detail }
  }
  return works(started, notice, texts)
}

/** What hears: the running call's, between calls that of the next one. Null where nobody knows. */
export function recogniserOf(view: View, now: RecogniserStatus | null): Recogniser | null {
  return runningCall(view) ?? now ?? view.started
}

function runningCall({ started, ended, score }: View): View["started"] {
  return ended || score ? null : started
}

/** Of a call that is over only what is known of its own words. */
function betweenCalls(view: View, now: RecogniserStatus | null, texts: Texts): WordsState | null {
  if (now) return now.fault || now.engine === "none" ? none(texts, now.fault || now.notice) : works(now, noticeOf(now.engine, now.notice, texts), texts)
  const notice = engineNotice(view, texts)
  if (isWithoutWords(view)) return none(texts, notice)
  return view.started && notice ? works(view.started, notice, texts) : null
}

function none({ header }: Texts, detail: string): WordsState {
  return { state: "none", text: header.wordsNone, icon: "ear-off", detail }
}

function works(recogniser: Recogniser, notice: string, texts: Texts): WordsState {
  const { header } = texts
  if (notice) return { state: "notice", text: header.wordsDemo, icon: "tip", detail: notice }
  const isForHints = recogniser.words_trust?.good_for === "hints"
  const text = [`${header.words} ${header.wordsOk}`, isForHints && header.wordsForHints].filter(Boolean).join(" · ")
  return { state: "ok", text, icon: "tick", detail: recogniserText(recogniser, texts) }
}
