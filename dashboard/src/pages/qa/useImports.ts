/** What was dropped here: sent one by one, then told by the server, which goes on without this page. */
import { computed, onScopeDispose, ref, shallowRef } from "vue"
import { ask, send } from "../../api/ask"
import type { ImportJob, TeamEntry } from "../../api/http"
import { whyNot } from "../../people/why"
import { everyInHost } from "../../ui/host"
import { behind, leftOf, type Sample } from "./progress"

const ASK_MS = 1000

export interface Unsent {
  file: File
  why: string
}

export interface Wanted {
  team: string
  names: string
  agent_channel: "left" | "right"
}

export function useImports() {
  const jobs = shallowRef<readonly ImportJob[]>([])
  const teams = shallowRef<readonly TeamEntry[]>([])
  const file_mb = ref(0)
  const isKnown = ref(false)
  const isAway = ref(false)
  const sending = shallowRef<readonly File[]>([])
  const failed = shallowRef<readonly Unsent[]>([])
  const left_s = ref<number | null>(null)
  const closing = new AbortController()
  let first: Sample | null = null
  let isAsking = false

  async function load(): Promise<void> {
    if (isAsking) return
    isAsking = true
    const reply = await ask("GET /api/imports")
    isAsking = false
    isAway.value = reply.status === 0
    if (reply.status !== 200) return
    jobs.value = reply.body.jobs
    teams.value = reply.body.teams
    file_mb.value = reply.body.file_mb
    isKnown.value = true
    look(Date.now() / 1000)
  }

  /** The speed is that since this page has seen something at work. */
  function look(now_s: number): void {
    const isAtWork = jobs.value.some(({ state }) => state !== "done" && state !== "refused") || sending.value.length > 0
    if (!isAtWork) first = null
    else first ??= { at_s: now_s, bytes: behind(jobs.value) }
    const unsent = sending.value.reduce((sum, { size }) => sum + size, 0)
    left_s.value = first && leftOf(jobs.value, unsent, first, now_s)
  }

  async function start(files: readonly File[], wanted: Wanted): Promise<void> {
    const isSending = sending.value.length > 0
    sending.value = [...sending.value, ...files]
    for (const file of files) choices.set(file, wanted)
    if (isSending) return // the one before goes on with these
    while (sending.value.length && !closing.signal.aborted) {
      const file = sending.value[0]!
      const why = await sent(file, choices.get(file)!)
      sending.value = sending.value.slice(1)
      if (why) failed.value = [...failed.value, { file, why }]
      await load()
    }
  }

  const choices = new WeakMap<File, Wanted>()

  /** "" where it was taken. */
  async function sent(file: File, wanted: Wanted): Promise<string> {
    const query = { ...wanted, name: file.name, changed_ms: String(file.lastModified) }
    const reply = await send("POST /api/imports", file, query, closing.signal)
    return reply.status === 201 ? "" : whyNot(reply) || String(reply.status)
  }

  async function remove(job: ImportJob): Promise<void> {
    await ask("DELETE /api/imports/{id}", { id: job.id })
    await load()
  }

  function retry(one: Unsent): void {
    failed.value = failed.value.filter((other) => other !== one)
    void start([one.file], choices.get(one.file)!)
  }

  function stay(event: BeforeUnloadEvent): void {
    if (sending.value.length) event.preventDefault()
  }

  void load()
  everyInHost(ASK_MS, () => void load())
  addEventListener("beforeunload", stay)
  onScopeDispose(() => {
    closing.abort()
    removeEventListener("beforeunload", stay)
  })
  const isAtWork = computed(() => sending.value.length > 0 || jobs.value.some(({ state }) => state !== "done" && state !== "refused"))
  return { jobs, teams, file_mb, isKnown, isAway, sending, failed, left_s, isAtWork, start, remove, retry }
}
