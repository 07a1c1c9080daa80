/** Start and end of a call on this headset. A start costs nothing; an end is asked for twice. */
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue"
import type { CallFacts } from "../../../api/events"
import type { HeadsetStatus } from "../../../api/http"
import { hasMicrophone } from "../../../call/headset"
import type { View } from "../../../call/view"
import { ask, SIGNED_OUT, whyOf } from "../../../api/ask"
import { hostTimeout } from "../../../ui/host"

/** How long the first press of an end waits for the second. */
export const AGAIN_MS = 3000

export interface Problem {
  what: "start" | "end"
  /** "" when the server did not answer. */
  detail: string
}

export interface Control {
  canStart: ComputedRef<boolean>
  canEnd: ComputedRef<boolean>
  busy: Ref<"" | "start" | "end">
  /** The end was pressed once and waits for the second press. */
  isArmed: Ref<boolean>
  problem: Ref<Problem | null>
  start: () => Promise<void>
  end: () => Promise<void>
  /** What the one key does now. */
  press: () => boolean
}

export interface Means {
  view: Readonly<Ref<View>>
  headset: Readonly<Ref<HeadsetStatus | null>>
  /** This page is the microphone. */
  isListening: () => boolean
  /** The page follows whatever call is the latest, and not an old one it was asked for. */
  isLatest: boolean
  factsToSend: () => Partial<CallFacts>
  started: (callId: string) => void
}

export function useControl({ view, headset, isListening, isLatest, factsToSend, started }: Means): Control {
  const busy = ref<"" | "start" | "end">("")
  const isArmed = ref(false)
  const problem = ref<Problem | null>(null)
  let disarm: (() => void) | undefined

  const isRunning = computed(() => view.value.started !== null && !view.value.ended && !view.value.score)
  /** A call that is being joined is neither here nor over. */
  const isFree = computed(() => view.value.callId === "" || view.value.ended !== null || view.value.score !== null)
  const hasSound = computed(() => headset.value !== null && (headset.value.by !== "page" || isListening() || hasMicrophone(headset.value)))
  const canStart = computed(() => hasSound.value && isLatest && isFree.value)
  const canEnd = computed(() => isRunning.value && headset.value !== null && headset.value.call_id === view.value.callId)

  function clear(): void {
    disarm?.()
    isArmed.value = false
    problem.value = null
  }

  async function start(): Promise<void> {
    if (!canStart.value || busy.value) return
    clear()
    busy.value = "start"
    const reply = await ask("POST /api/calls", { takes: factsToSend() })
    busy.value = ""
    const runs = reply.status === 201 || reply.status === 409 ? reply.body.call_id : null
    if (runs) started(runs)
    else if (reply.status !== SIGNED_OUT) problem.value = { what: "start", detail: whyOf(reply) }
  }

  async function end(): Promise<void> {
    if (!canEnd.value || busy.value) return
    if (!isArmed.value) {
      clear()
      isArmed.value = true
      disarm = hostTimeout(AGAIN_MS, () => void (isArmed.value = false))
      return
    }
    clear()
    busy.value = "end"
    const reply = await ask("POST /api/calls/{call_id}/end", { call_id: view.value.callId })
    busy.value = ""
    if (![200, 404, SIGNED_OUT].includes(reply.status)) problem.value = { what: "end", detail: whyOf(reply) }
  }

  function press(): boolean {
    if (canEnd.value) void end()
    else if (canStart.value) void start()
    else return false
    return true
  }

  watch([() => view.value.callId, isRunning], clear)
  onScopeDispose(() => disarm?.())
  return { canStart, canEnd, busy, isArmed, problem, start, end, press }
}
