/** Listening to a call: asked once, begun by the second press; the sound itself comes from `openSound`. */
import { onScopeDispose, readonly, ref, watch, type Ref } from "vue"
import type { Heard, Sound, SoundProblem } from "../../../floor/sound"

/** Opens the sound of a call; `told` says how late it is, that nothing comes, or why it has ended or did not begin. */
export type OpenSound = (callId: string, told: (heard: Heard) => void) => Sound

export interface Listening {
  state: Readonly<Ref<"off" | "asked" | "opening" | "on" | "quiet" | "broken" | "problem">>
  /** How late what is heard was said; null until the first sound came. */
  delayMs: Readonly<Ref<number | null>>
  problem: Readonly<Ref<SoundProblem | null>>
  /** Asks first, begins by the next press. */
  press: () => boolean
  /** False where there is nothing to stop. */
  stop: () => boolean
}

/** A question that nobody answers is taken back. */
const ASKED_MS = 6000

/** `callId`: of whoever is open, `agentId`. It ends with another of them; a call that is off the wall for a moment, as
 * when its centre was begun anew, is not over: its sound says so itself. */
export function useListening(callId: () => string | null, agentId: () => string | null, openSound: OpenSound): Listening {
  const state = ref<Listening["state"]["value"]>("off")
  const delayMs = ref<number | null>(null)
  let asked: string | null = null
  const problem = ref<SoundProblem | null>(null)
  let sound: Sound | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function press(): boolean {
    const id = callId()
    if (!id) return false
    if (state.value === "off" || state.value === "problem") {
      state.value = "asked"
      asked = id
      clearTimeout(timer)
      timer = setTimeout(stop, ASKED_MS)
    } else if (state.value === "asked") begin(id)
    return true
  }

  function begin(id: string): void {
    clearTimeout(timer)
    state.value = "opening"
    delayMs.value = null
    sound = openSound(id, (heard) => {
      if ("problem" in heard) {
        stop()
        problem.value = heard.problem
        state.value = "problem"
      } else if ("quiet" in heard || "broken" in heard) {
        state.value = "quiet" in heard ? "quiet" : "broken"
        delayMs.value = null
      } else {
        state.value = "on"
        delayMs.value = heard.delayMs
      }
    })
  }

  function stop(): boolean {
    clearTimeout(timer)
    const wasOn = state.value !== "off"
    sound?.close()
    sound = null
    delayMs.value = null
    state.value = "off"
    return wasOn
  }

  watch(agentId, stop)
  watch(callId, (now) => void (now !== null && now !== asked && stop()))
  onScopeDispose(stop)
  return { state: readonly(state), delayMs: readonly(delayMs), problem: readonly(problem), press, stop }
}
