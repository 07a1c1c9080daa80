/** Seats and cases in words. Pure but for the language. */
import type { Case } from "../../api/floor"
import type { Channel } from "../../api/events"
import type { PastCase } from "../../api/http"
import type { Note, Shown } from "../../floor/seat"
import { clock } from "../../call/derive"
import { floor } from "../../texts/floor"

type Deaf = Channel | "words"

/** The state word of a seat, with what goes with it: a step, a reason, who is not heard. */
export function stateWord({ state, detail }: Pick<Shown, "state" | "detail">): string {
  const texts = floor.value
  if (state === "silent_call" && detail) return texts.step(detail)
  if (state === "blind") return texts.cannotHear[deafOf(detail)]
  return texts.state[state]
}

/** Why somebody is to be looked at, in a few words. */
export function causeWord({ cause, detail }: Pick<Case, "cause" | "detail">): string {
  const texts = floor.value
  if (cause === "silent_call" && detail) return texts.step(detail)
  if (cause === "blind") return texts.cannotHear[deafOf(detail)]
  return texts.cause[cause]
}

/** What is so, and what still works. */
export function reasonWord({ cause, detail }: Pick<Case, "cause" | "detail">): string {
  const { reason, blindReason } = floor.value
  return cause === "blind" ? blindReason[deafOf(detail)] : reason[cause]
}

/** How a case of a day ended. */
export function endWord({ closed_at, closed_because, closed_reason }: Pick<PastCase, "closed_at" | "closed_because" | "closed_reason">): string {
  const { dayPage } = floor.value
  if (closed_at === null) return dayPage.open
  return closed_reason || (closed_because === "ended" || closed_because === "withdrawn" ? dayPage.because[closed_because] : dayPage.calm)
}

/** For how long the cause has been there: one that is over counts no further. */
export function lastsMs({ since_at, calm_at }: Pick<Case, "since_at" | "calm_at">, nowMs: number): number {
  return (calm_at ?? nowMs) - since_at
}

/** The agent's further causes, each with its clock, behind the one that leads. */
export function othersWord(others: readonly Case[], nowMs: number): string {
  return floor.value.others(others.map((one) => `${causeWord(one)} ${clock(lastsMs(one, nowMs))}`).join(" · "))
}

/** What the agent chose as the reason of their help; "" for none. */
export function helpWord({ cause, detail }: Pick<Case, "cause" | "detail">): string {
  const { help } = floor.value
  return cause === "help" && detail in help ? help[detail as keyof typeof help] : ""
}

/** How long something took that is over, rounded as figures of the day are. */
export function lasted(ms: number): string {
  return clock(Math.round(ms / 1000) * 1000)
}

export function noteOf(note: Note, nowMs: number): string {
  const texts = floor.value
  if (note.kind === "say") return note.say
  if (note.kind === "local") return texts.local
  if (note.kind === "blind") return texts.onlySound[note.channels[0] ?? "words"]
  if (note.kind === "none") return ""
  const seconds = Math.floor((nowMs - note.at) / 1000)
  if (note.of === "promise") return seconds < 0 ? texts.leftOf(-seconds) : texts.pastBy(seconds)
  return (note.of === "step" ? texts.inStep : texts.quietFor)(Math.max(0, seconds))
}

function deafOf(detail: string): Deaf {
  const first = detail.split(" ")[0]
  return first === "agent" || first === "customer" || first === "mixed" ? first : "words"
}
