/** The facts form: kept until the start of a call, told at once during one. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue"
import type { CallFacts } from "../../../api/events"
import { filled, missing, remembered, settled, REMEMBERED, type Field, type Filled, type Told } from "../../../call/facts"
import type { HeadsetStatus } from "../../../api/http"
import type { View } from "../../../call/view"
import { t } from "../../../texts"
import { ask, REFUSED, whyOf } from "../../../api/ask"

const KEY = "callcoach.facts"

export interface Facts {
  form: ComputedRef<Filled>
  /** The agent's name is that of who is signed in, and nobody writes another. */
  isAgentFixed: ComputedRef<boolean>
  /** What the team has set: whether calls are recorded. */
  consent: ComputedRef<NonNullable<HeadsetStatus["consent"]>>
  /** For the call that runs; otherwise for the next one. */
  isDuring: ComputedRef<boolean>
  state: Ref<"" | "saving" | "saved" | "problem">
  detail: Ref<string>
  /** Somebody types: kept, not told yet. */
  write: (field: Field, value: string | boolean) => void
  /** A field is finished: told when a call runs. */
  commit: () => Promise<void>
  toSend: () => Partial<CallFacts>
  /** A call took them over: the next one begins with nothing of them. */
  taken: () => void
}

export interface Sitting {
  name: string | null
  /** At a desk of a centre calls are of who is signed in, under that name. */
  isFixed: boolean
}

/** `sitting`: who is signed in; the server gives their name to a call for which nothing else is told. */
export function useFacts(view: Readonly<Ref<View>>, headset: Readonly<Ref<HeadsetStatus | null>>, sitting: () => Sitting): Facts {
  const pending = ref<Told>({})
  const kept = ref<Told>(remembered(stored()))
  const state = ref<Facts["state"]["value"]>("")
  const detail = ref("")

  const isDuring = computed(() => view.value.started !== null && !view.value.ended && !view.value.score)
  const consent = computed(() => headset.value?.consent ?? "asked")
  const form = computed(() => {
    const shown = isDuring.value ? filled(view.value.facts, pending.value) : filled(next(), kept.value, pending.value)
    return consent.value === "never" ? { ...shown, recording_consent: false } : shown
  })

  /** As the call will begin: where the team records all of them, with the consent. */
  function next(): Partial<CallFacts> {
    const facts = headset.value?.facts
    return { ...facts, agent_name: facts?.agent_name || sitting().name, recording_consent: facts?.recording_consent ?? consent.value === "always" }
  }

  function write(field: Field, value: string | boolean): void {
    pending.value = { ...pending.value, [field]: value }
    state.value = ""
  }

  async function commit(): Promise<void> {
    keep()
    if (!isDuring.value) return
    const { callId, facts } = view.value
    const change = settled(missing(pending.value, facts))
    if (!Object.keys(change).length) return
    state.value = "saving"
    const answer = await ask("PUT /api/calls/{call_id}/facts", { call_id: callId, takes: change })
    if (view.value.callId !== callId) return
    if (answer.status === 202) {
      state.value = "saved"
      return
    }
    state.value = "problem"
    detail.value = answer.status === REFUSED ? t.value.live.readOnly : whyOf(answer)
    // A tick that is not in force must not stand there; a name that was typed may be sent again.
    if ("recording_consent" in change) pending.value = { ...pending.value, recording_consent: undefined }
    pending.value = Object.fromEntries(Object.entries(pending.value).filter(([, value]) => value !== undefined))
  }

  function toSend(): Partial<CallFacts> {
    keep()
    return { ...kept.value, ...settled(pending.value) }
  }

  function keep(): void {
    const names = REMEMBERED.filter((name) => name in pending.value)
    if (!names.length) return
    const next = { ...kept.value }
    for (const name of names) next[name] = settled(pending.value)[name]
    kept.value = remembered(JSON.stringify(next))
    try {
      localStorage.setItem(KEY, JSON.stringify(kept.value))
    } catch {
      // a browser that keeps nothing asks again next time
    }
  }

  // What the call has taken over is the call's. The next call begins with nothing of this one.
  watch(
    () => view.value.facts,
    (facts) => {
      if (isDuring.value) pending.value = missing(pending.value, facts)
    },
  )
  watch([() => view.value.callId, isDuring], ([callId, during], [before, wasDuring]) => {
    state.value = ""
    detail.value = ""
    if (wasDuring && (!during || callId !== before)) pending.value = {}
    // A call that began by itself is told what was filled in for it.
    if (during && !wasDuring && headset.value?.is_auto && headset.value.call_id === callId) {
      pending.value = { ...kept.value, ...pending.value }
      void commit()
    }
  })

  const isAgentFixed = computed(() => sitting().isFixed)

  return { form, isAgentFixed, consent, isDuring, state, detail, write, commit, toSend, taken: () => void (pending.value = {}) }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
