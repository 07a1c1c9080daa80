/** What the status line says: faults (what, since when, what still works or what to do), notes, the recogniser. */
import type { WordsTrust } from "../../../api/events"
import { clock } from "../../../call/derive"
import type { Fault, Note } from "../../../call/faults"
import { languageName } from "../../../call/languages"
import type { View } from "../../../call/view"
import type { Texts } from "../../../texts/shape"

/** What hears the words of a call, or would hear those of the next. */
export interface Recogniser {
  engine: string
  words_trust: WordsTrust | null
}

type SourceNote = Extract<Note, { what: "source" }>

export interface Line {
  icon: string
  title: string
  since: string
  more: string
}

export interface Moment {
  nowMs: number
  offlineS: number
  retries: number
}

/** Less than that nobody notices. */
const LATE_MS = 200

export function lineOf(fault: Fault, { status, connection, live, channel, language, centre }: Texts, moment: Moment): Line {
  const since = (ms: number): string => clock(moment.nowMs - ms)
  switch (fault.what) {
    case "offline":
      return { icon: "waves-off", title: connection.offline, since: clock(moment.offlineS * 1000), more: connection.retry(moment.retries) }
    case "read_only":
      return { icon: "tip", title: live.readOnly, since: "", more: live.readOnlyMore[fault.role] }
    case "lost": {
      const more = [fault.device, status.checkDevice[fault.channel]].filter(Boolean).join(" · ")
      return { icon: "ear-off", title: status.lost[fault.channel], since: since(fault.sinceMs), more }
    }
    case "muted":
      return { icon: "mic-off", title: live.muted, since: since(fault.sinceMs), more: live.mutedMore }
    case "recording": {
      const what = fault.reason === "disk_full" ? live.fault.diskFull : live.fault.failed
      const title = `${what} · ${live.fault.stoppedAt(clock(fault.stoppedMs))}`
      return { icon: "record-off", title, since: "", more: live.fault.goesOn }
    }
    case "no_words":
      if (!fault.failure) return { icon: "ear-off", title: status.noWords, since: "", more: status.onlySound }
      return { icon: "ear-off", title: status.noWords, since: since(fault.failure.sinceMs), more: status.wordsRestart }
    case "language": {
      const spoken = languageName(fault.language, language.code)
      const more = [fault.isWritten ? status.written(spoken) : spoken, status.onlySound].join(" · ")
      const title = (fault.isWritten ? status.foreign : status.foreignMadeUp)(channel[fault.channel])
      return { icon: "ear-off", title, since: since(fault.sinceMs), more }
    }
    case "unkept": {
      const title = fault.count === null ? live.fault.unkeptSome : live.fault.unkept(fault.count)
      return { icon: "clock", title, since: "", more: live.fault.retrying(live.fault.because[fault.cause] ?? fault.reason) }
    }
    case "overload": {
      const { overload } = live.fault
      const late = fault.behindMs >= LATE_MS ? [overload.late((fault.behindMs / 1000).toFixed(1))] : []
      const more = [...overload.leftOut.slice(0, fault.level), ...late].join(" · ")
      return { icon: "clock", title: overload.title, since: since(fault.sinceMs), more }
    }
    case "centre_away": {
      const waiting = fault.records + fault.recordings > 0 ? [centre.waiting(fault.records, fault.recordings)] : []
      const more = [fault.hasWords ? centre.unaffected : centre.wordsWait, centre.retrying, ...waiting].join(" · ")
      return { icon: "waves-off", title: centre.away, since: clock(fault.lastsMs), more }
    }
    case "centre_refused":
      return { icon: "warning", title: centre.refused, since: "", more: [centre.because[fault.reason], centre.unaffected].join(" · ") }
    case "clock_off":
      return { icon: "clock", title: centre.clock(fault.offsetMs > 0, (Math.abs(fault.offsetMs) / 1000).toFixed(1)), since: "", more: centre.clockMore }
    case "stage":
      if (fault.stage === "store") {
        const because = live.fault.because[fault.cause]
        const more = because ? `${because} · ${live.fault.inMemoryMore}` : live.fault.inMemoryMore
        return { icon: "clock", title: live.fault.inMemory, since: since(fault.sinceMs), more }
      }
      return { icon: "ear-off", title: status.stage(fault.stage), since: since(fault.sinceMs), more: status.restWorks }
  }
}

export function noteText(note: Note, { live, channel, status }: Texts, isMini: boolean): string {
  if (note.what === "no_far_end") return isMini ? live.farEnd.short : `${live.farEnd.title} · ${live.farEnd.still.replace(/[。. ]+$/, "")}`
  if (note.what === "rule_off") return isMini ? status.ruleOffShort : status.ruleOff
  if (note.what === "copy") return isMini ? live.bleed.copyShort : live.bleed.copy
  if (note.what === "source") return sourceText(note, live, isMini)
  if (note.what === "bleed") return isMini ? live.bleed.short[note.channel] : live.bleed.heard[note.channel]
  if (note.what === "removed") {
    const removed = live.removed.text(...note.noises.map((noise) => live.removed.noise[noise]))
    return isMini ? removed : `${channel[note.channel]} · ${removed}`
  }
  const late = live.lateSound((note.lateMs / 1000).toFixed(1))
  return isMini ? late : `${channel[note.channel]} · ${late}`
}

/** What to know about the recogniser, in the page's language where we have it so; "" where there is nothing, and while
 *  it fails. */
export function engineNotice(view: View, texts: Texts): string {
  const { started, failed } = view
  return started && !failed.some(({ stage }) => stage === "asr") ? noticeOf(started.engine, started.engine_notice, texts) : ""
}

export function noticeOf(engine: string, notice: string, { status }: Texts): string {
  return engine === "demo" ? status.demoModel : notice
}

/** Which recogniser hears, and what its words may be trusted with; "" where none does. */
export function recogniserText({ engine, words_trust: trust }: Recogniser, { status }: Texts): string {
  if (engine === "none") return ""
  const name = engine.split("/").at(-1) ?? "" // a model by its folder
  const trusted = trust
    ? status.trust(trust.good_for, percent(...trust.characters_wrong), percent(...trust.characters_wrong_in_noise), percent(trust.bans_missed))
    : status.trustUnmeasured
  return `${status.recogniser(name)} · ${engine === "demo" ? status.demoModel : trusted}`
}

function percent(...shares: number[]): string {
  return `${shares.map((share) => Math.round(100 * share)).join("–")}%`
}

/** A code this page has no words for, from a newer callcoach, is told as it came. */
function sourceText({ code, isMixed, detail }: SourceNote, { source }: Texts["live"], isMini: boolean): string {
  const said = source.code[code] ?? detail
  if (isMini || !code.startsWith("only_")) return said
  return `${said} · ${isMixed ? source.mixed : source.rolesKept}`
}
