/** What waits for whoever is signed in, looked at every half minute. */
import { computed, inject, onScopeDispose, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from "vue"
import { ask } from "../api/ask"
import type { SessionPerson, WaitingCalls } from "../api/http"
import { everyInHost } from "../ui/host"
import type { WaitingCounts } from "./sections"

const LOOK_MS = 30_000
const LATE_MS = 10_000 // of REACHED_S in pipeline/floor/watchers.py a third

/** `told`: null until it came once, and for those for whom nothing may wait; what came before stays. */
export interface Waits {
  told: ShallowRef<WaitingCalls | null>
  counts: ComputedRef<WaitingCounts>
  look: () => Promise<void>
}

export const WAITS: InjectionKey<Waits> = Symbol("waits")

/** What the frame of the page knows of it; null on a page without one. */
export function useWaits(): Waits | null {
  return inject(WAITS, null)
}

export function useWaiting(person: Ref<SessionPerson | null>): Waits {
  const told = shallowRef<WaitingCalls | null>(null)
  const imports = shallowRef(0)
  const late = shallowRef(0)
  let isClosed = false

  async function look(): Promise<void> {
    if (document.hidden) return
    await Promise.all([lookAtCalls(), lookAtImports()])
  }

  async function lookAtCalls(): Promise<void> {
    if (!person.value?.may.includes("review.read")) return
    const reply = await ask("GET /api/reviews/waiting")
    if (!isClosed && reply.status === 200) told.value = reply.body
  }

  async function lookAtImports(): Promise<void> {
    if (!person.value?.may.includes("call.import")) return
    const reply = await ask("GET /api/imports/running")
    if (!isClosed && reply.status === 200) imports.value = reply.body.count
  }

  /** Agents whom nobody has helped in time: their leads are told on every page, and a page that nobody sees tells nobody. */
  async function lookAtFloor(): Promise<void> {
    if (document.hidden || !person.value?.may.includes("floor.help")) return
    const reply = await ask("GET /api/floor/late")
    if (!isClosed && reply.status === 200) late.value = reply.body.agents
  }

  watch(() => person.value?.id, () => void Promise.all([look(), lookAtFloor()]), { immediate: true })
  everyInHost(LATE_MS, () => void lookAtFloor())
  everyInHost(LOOK_MS, () => void look())
  onScopeDispose(() => void (isClosed = true))
  const counts = computed<WaitingCounts>(() => {
    if (!told.value) return { import: imports.value, floor: late.value }
    const { to_answer, comments, to_decide, to_check } = told.value
    const own = new Set([...to_answer, ...comments].map((call) => call.call_id))
    return { ownCalls: own.size, appeals: to_decide.length, checks: to_check.length, import: imports.value, floor: late.value }
  })
  return { told, counts, look }
}
