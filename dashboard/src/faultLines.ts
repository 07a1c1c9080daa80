/** A fault in words: what, since when, what still works or what to do. */
import { clock } from "./derive"
import type { Fault, Note } from "./faults"
import type { Texts } from "./texts/zh-CN"

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

export function lineOf(fault: Fault, { status, connection, live }: Texts, moment: Moment): Line {
  const since = (ms: number): string => clock(moment.nowMs - ms)
  switch (fault.what) {
    case "offline":
      return { icon: "waves-off", title: connection.offline, since: clock(moment.offlineS * 1000), more: connection.retry(moment.retries) }
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
    case "unkept": {
      const title = fault.count === null ? live.fault.unkeptSome : live.fault.unkept(fault.count)
      return { icon: "clock", title, since: "", more: live.fault.retrying(live.fault.because[fault.cause] ?? fault.reason) }
    }
    case "stage":
      if (fault.stage === "store") {
        const because = live.fault.because[fault.cause]
        const more = because ? `${because} · ${live.fault.inMemoryMore}` : live.fault.inMemoryMore
        return { icon: "clock", title: live.fault.inMemory, since: since(fault.sinceMs), more }
      }
      return { icon: "ear-off", title: status.stage(fault.stage), since: since(fault.sinceMs), more: status.restWorks }
  }
}

export function noteText(note: Note, { live, channel }: Texts, isMini: boolean): string {
  if (note.what === "no_far_end") return isMini ? live.farEnd.short : `${live.farEnd.title} · ${live.farEnd.still.replace(/[。. ]+$/, "")}`
  if (note.what === "copy") return isMini ? live.bleed.copyShort : live.bleed.copy
  if (note.what === "bleed") return isMini ? live.bleed.short[note.channel] : live.bleed.heard[note.channel]
  const late = live.lateSound((note.lateMs / 1000).toFixed(1))
  return isMini ? late : `${channel[note.channel]} · ${late}`
}
