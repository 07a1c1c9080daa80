/** What was dropped here: sent one by one, then told by the server, which goes on without this page. */
import { computed, onScopeDispose, ref, shallowRef } from "vue"
import { ask, send } from "../../api/ask"
import type { ImportJob, TeamEntry } from "../../api/http"
import type { Told } from "../../people/why"
import { everyInHost, hostTimeout } from "../../ui/host"
import { behind, leftOf, type Sample } from "./progress"
import type { Cells } from "./table"

const ASK_MS = 1000
const ROOM_MS = 3000 // the server has no room just now: then it is asked again
const NO_ROOM = 507

export interface Unsent {
  file: File
  reply: Told
}

export interface Wanted {
  team: string
  names: string
  agent_channel: "left" | "right"
}

interface Choice {
  wanted: Wanted
  cells: Cells
}

export function useImports() {
  const jobs = shallowRef<readonly ImportJob[]>([])
  const teams = shallowRef<readonly TeamEntry[]>([])
  const file_mb = ref(0)
  const isPaused = ref(false)
  const others = ref(0)
  const isFull = ref(false) // the server has no room; what is not sent waits here
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
    isPaused.value = reply.body.is_paused
    others.value = reply.body.others
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

  /** `cells`: of a file, what the table tells of it. */
  async function start(files: readonly File[], wanted: Wanted, cells: (file: File) => Cells): Promise<void> {
    for (const file of files) choices.set(file, { wanted, cells: cells(file) })
    await sendOn(files)
  }

  async function sendOn(files: readonly File[]): Promise<void> {
    const isSending = sending.value.length > 0
    sending.value = [...sending.value, ...files]
    if (isSending) return // the one before goes on with these
    while (sending.value.length && !closing.signal.aborted) {
      const file = sending.value[0]!
      const reply = await sent(file, choices.get(file)!)
      isFull.value = reply.status === NO_ROOM
      if (isFull.value) {
        await new Promise<void>((again) => void hostTimeout(ROOM_MS, again))
        continue
      }
      sending.value = sending.value.filter((other) => other !== file)
      if (reply.status !== 201) failed.value = [...failed.value, { file, reply }]
      await load()
    }
    isFull.value = false
  }

  const choices = new WeakMap<File, Choice>()

  function sent(file: File, { wanted, cells }: Choice) {
    const query: Record<string, string> = { ...wanted, name: file.name, changed_ms: String(file.lastModified) }
    if (Object.keys(cells).length) query.cells = JSON.stringify(cells)
    return send("POST /api/imports", file, query, closing.signal)
  }

  async function remove(job: ImportJob): Promise<void> {
    await ask("DELETE /api/imports/{id}", { id: job.id })
    await load()
  }

  async function pause(is_wanted: boolean): Promise<void> {
    await ask("PUT /api/imports/pause", { takes: { is_wanted } })
    await load()
  }

  /** All that is not done, sent or not. */
  async function clear(): Promise<void> {
    sending.value = []
    await ask("DELETE /api/imports")
    await load()
  }

  function retry(one: Unsent): void {
    failed.value = failed.value.filter((other) => other !== one)
    void sendOn([one.file])
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
  return { jobs, teams, file_mb, isPaused, others, isFull, isKnown, isAway, sending, failed, left_s, isAtWork, start, pause, clear, remove, retry }
}
