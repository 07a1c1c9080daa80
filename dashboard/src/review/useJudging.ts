/** Judging a call item by item: which is open, what comes next, and what others say meanwhile. */
import { ref, watch, type Ref } from "vue"
import { nextWaiting } from "./turn"
import type { ReviewOfCall } from "./useReview"
import { everyInHost } from "../ui/host"

const LOOK_MS = 10_000

export interface Judging {
  /** The rule of the item that is open; "" for none. */
  open: Ref<string>
  /** Opens the next item that waits for whoever judges, once something was said of one; it stays open where none does. */
  goOn: (rule: string) => void
}

/** `rules`: in the order of the card. `wanted`: the item that the address names; without it, the first that waits. */
export function useJudging(review: ReviewOfCall, rules: () => readonly string[], wanted: string): Judging {
  const open = ref("")
  const now_s = (): number => Date.now() / 1000
  let isBegun = false

  watch(
    [review.state, rules],
    ([state, rules]) => {
      if (isBegun || state === null || !rules.length) return
      isBegun = true
      open.value ||= rules.includes(wanted) ? wanted : (nextWaiting(state, rules, "", now_s()) ?? "")
    },
    { flush: "sync", immediate: true },
  )
  everyInHost(LOOK_MS, () => {
    if (!review.isSaying.value && !document.hidden) void review.load()
  })

  function goOn(rule: string): void {
    if (review.state.value && open.value === rule) open.value = nextWaiting(review.state.value, rules(), rule, now_s()) ?? rule
  }

  return { open, goOn }
}
