/** Consent to the recording, taken back when the call is over. Asked twice on the page: what is deleted is gone. */
import { computed, ref, watch, type ComputedRef, type Ref } from "vue"
import type { View } from "../../../call/view"
import { t } from "../../../texts"
import { ask, REFUSED, whyOf } from "../../../api/ask"

export interface Withdrawal {
  /** `kept`: there may be a recording, and its consent can be withdrawn. `gone`: it was, by whomever. */
  recording: ComputedRef<"none" | "kept" | "gone">
  state: Ref<"" | "sure" | "asking" | "problem">
  detail: Ref<string>
  /** The first time asks back, the second time does it. */
  press: () => Promise<void>
  leave: () => void
}

export function useWithdrawal(view: Readonly<Ref<View>>): Withdrawal {
  const state = ref<Withdrawal["state"]["value"]>("")
  const detail = ref("")
  const recording = computed(() => {
    const { ended, recording } = view.value
    if (!ended || !recording) return "none"
    return recording.state === "withdrawn" ? "gone" : "kept"
  })

  async function press(): Promise<void> {
    if (state.value === "asking") return
    if (state.value === "") return void (state.value = "sure")
    const { callId } = view.value
    state.value = "asking"
    const answer = await ask("PUT /api/calls/{call_id}/facts", { call_id: callId, takes: { recording_consent: false } })
    if (view.value.callId !== callId) return
    const isDone = answer.status === 202 // what is on the page then comes with the records
    state.value = isDone ? "" : "problem"
    detail.value = isDone ? "" : answer.status === REFUSED ? t.value.live.readOnly : whyOf(answer)
  }

  function leave(): void {
    if (state.value !== "asking") state.value = ""
  }

  watch([() => view.value.callId, recording], () => void ((state.value = ""), (detail.value = "")))
  return { recording, state, detail, press, leave }
}
