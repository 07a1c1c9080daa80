/** What the status line says of this page's microphone: what is missing, and what to do, with the button for it. */
import type { LiveTexts } from "../../../texts/shape"
import type { Line } from "../header/statusTexts"
import type { Microphone } from "./useMicrophone"

export interface Told extends Line {
  does?: { label: string; press: () => void }[]
}

/** `running`: the call on the page, "" for none. */
export function microphoneLine(microphone: Microphone, running: string, texts: LiveTexts["microphone"]): Told | null {
  if (!microphone.isOffered.value) return null
  const open = (label: string): Told["does"] => [{ label, press: () => void microphone.open() }]
  if (microphone.state.value === "held") {
    const does = [
      { label: texts.takeOver, press: microphone.takeOver },
      { label: texts.leave, press: microphone.close },
    ]
    return { icon: "mic", title: texts.held[microphone.callId.value ? "call" : "free"], since: "", more: texts.heldMore, does }
  }
  const fault = microphone.fault.value
  if (fault) {
    const { title, how } = texts.fault[fault]
    const isOff = microphone.state.value === "off" && fault !== "insecure" && fault !== "unsupported" && fault !== "not_allowed"
    return { icon: "mic-off", title, since: "", more: how, does: isOff ? open(texts.again) : [] }
  }
  if (running && microphone.state.value === "off") return { icon: "mic-off", title: texts.elsewhere, since: "", more: texts.elsewhereMore, does: open(texts.here) }
  return null
}
