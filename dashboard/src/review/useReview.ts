/** What people have said of one call, and what the page says of it: each said once, and nothing overwritten unseen. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue"
import { ask } from "../api/ask"
import type { Action, ReviewedItem, ReviewState, SaidEntry } from "../api/http"
import { failureOf } from "../people/useLoad"
import { review } from "../texts/review"

export type Act = SaidEntry["act"]

export interface ReviewOfCall {
  /** Null until it came once. */
  state: ShallowRef<ReviewState | null>
  /** Why nothing newer is known or nothing was kept, for a person; "" otherwise. */
  problem: Ref<string>
  /** Who said something meanwhile of what was to be said: it is shown, and what was written stays. */
  changedBy: Ref<string>
  isSaying: Ref<boolean>
  itemOf: (rule: string) => ReviewedItem | null
  entryOf: (number: number | null) => SaidEntry | null
  may: (action: Action) => boolean
  load: () => Promise<void>
  /** Whether it was kept. `seen`: number of the newest entry that was looked at, where that is not the newest there is. */
  say: (act: Act, seen?: number) => Promise<boolean>
  entries: ComputedRef<SaidEntry[]>
}

const ROUTES = {
  verdict: "judge",
  finished: "judge",
  decided: "judge",
  accepted: "answer",
  appealed: "answer",
  seen: "answer",
  checked: "check",
  reopened: "check",
  commented: "comment",
} as const

export function useReview(call: Ref<string>): ReviewOfCall {
  const state = shallowRef<ReviewState | null>(null)
  const problem = ref("")
  const changedBy = ref("")
  const isSaying = ref(false)
  let asked = 0
  onScopeDispose(() => void (asked = -1))

  async function load(): Promise<void> {
    const mine = ++asked
    const reply = await ask("GET /api/calls/{call_id}/review", { call_id: call.value })
    if (mine !== asked) return
    problem.value = failureOf(reply)
    if (reply.status === 200) state.value = reply.body
  }

  async function say(act: Act, seen = state.value?.seen ?? 0): Promise<boolean> {
    const route = `POST /api/calls/{call_id}/review/${routeOf(act, state.value)}` as "POST /api/calls/{call_id}/review/judge" // all four take and answer the same
    isSaying.value = true
    problem.value = changedBy.value = ""
    const mine = ++asked
    const reply = await ask(route, { call_id: call.value, takes: { act, seen } })
    isSaying.value = false
    if (mine !== asked) return reply.status === 200
    if (reply.status === 200) {
      state.value = reply.body
      return true
    }
    if (reply.status === 409 && reply.body.review) {
      changedBy.value = lastOther(reply.body.review, seen)
      state.value = reply.body.review
    } else problem.value = refusalOf(reply)
    return false
  }

  watch(
    call,
    () => {
      state.value = null
      void load()
    },
    { immediate: true },
  )
  const items = computed(() => new Map(state.value?.items.map((item) => [item.rule, item])))
  const byNumber = computed(() => new Map(state.value?.entries.map((entry) => [entry.number, entry])))
  return {
    state,
    problem,
    changedBy,
    isSaying,
    itemOf: (rule) => items.value.get(rule) ?? null,
    entryOf: (number) => (number === null ? null : (byNumber.value.get(number) ?? null)),
    may: (action) => state.value?.may.includes(action) ?? false,
    load,
    say,
    entries: computed(() => state.value?.entries ?? []),
  }
}

function routeOf(act: Act, state: ReviewState | null): (typeof ROUTES)[keyof typeof ROUTES] {
  if (act.kind !== "undone") return ROUTES[act.kind]
  const of = state?.entries.find((entry) => entry.number === act.entry)?.act
  return of && of.kind !== "undone" ? ROUTES[of.kind] : "comment"
}

function lastOther(state: ReviewState, seen: number): string {
  const newer = state.entries.filter((entry) => entry.number > seen && !entry.is_own)
  return newer.at(-1)?.name || review.value.somebody
}

function refusalOf(reply: { status: number; detail: string; body: unknown }): string {
  const why = typeof reply.body === "object" && reply.body !== null && "why" in reply.body ? String(reply.body.why) : ""
  const told = { reason: review.value.reasonNeeded, own: review.value.ownCall, worse: review.value.notWorse }
  return why in told ? told[why as keyof typeof told] : failureOf(reply)
}
