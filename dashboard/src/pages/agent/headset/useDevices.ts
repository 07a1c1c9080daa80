/** The desk's devices on trial while this is on the page: how each sounds now, which are chosen, and choosing others. */
import { onScopeDispose, ref, shallowRef, type Ref } from "vue"
import type { DeviceStatus, DeviceTrial } from "../../../api/http"
import { ask, REFUSED, whyOf } from "../../../api/ask"
import { everyInHost } from "../../../ui/host"

export const ASK_MS = 500

export type Problem = { what: "read_only" } | { what: "busy" } | { what: "none" } | { what: "other"; detail: string }
export type Kept = { file: string } | { fault: string }

export interface Devices {
  trial: Readonly<Ref<DeviceTrial | null>>
  /** What is ticked: not in force before `choose`. */
  mic: Ref<string>
  far: Ref<string>
  problem: Ref<Problem | null>
  isChoosing: Ref<boolean>
  kept: Ref<Kept | null>
  choose: () => Promise<void>
}

export function useDevices(): Devices {
  const trial = shallowRef<DeviceTrial | null>(null)
  const [mic, far] = [ref(""), ref("")]
  const problem = ref<Problem | null>(null)
  const isChoosing = ref(false)
  const kept = ref<Kept | null>(null)
  let isAsking = false
  let isClosed = false

  async function look(): Promise<void> {
    if (isAsking || isChoosing.value) return
    isAsking = true
    const reply = await ask("POST /api/headset/trial")
    isAsking = false
    if (isClosed) return
    if (reply.status !== 200) return void (problem.value = problemOf(reply))
    if (!trial.value) [mic.value, far.value] = [nameOf(reply.body.mic, reply.body.devices), nameOf(reply.body.far, reply.body.devices)]
    problem.value = null
    trial.value = reply.body
  }

  async function choose(): Promise<void> {
    if (isChoosing.value) return
    isChoosing.value = true
    kept.value = null
    const reply = await ask("PUT /api/headset/devices", { takes: { mic: mic.value, far: far.value } })
    isChoosing.value = false
    if (reply.status !== 200) problem.value = problemOf(reply)
    else kept.value = reply.body.kept_in ? { file: reply.body.kept_in } : { fault: reply.body.fault }
  }

  void look()
  everyInHost(ASK_MS, () => void look())
  onScopeDispose(() => void (isClosed = true))
  return { trial, mic, far, problem, isChoosing, kept, choose }
}

function problemOf(reply: { status: number; detail: string }): Problem {
  if (reply.status === REFUSED) return { what: "read_only" }
  if (reply.status === 409) return { what: "busy" }
  if (reply.status === 404) return { what: "none" }
  return { what: "other", detail: whyOf(reply) }
}

/** A part of a name may have been given on the command line. */
function nameOf(given: string, devices: readonly DeviceStatus[]): string {
  const part = given.toLowerCase()
  const isIt = ({ name, label }: DeviceStatus): boolean => name.toLowerCase().includes(part) || label.toLowerCase().includes(part)
  if (["default", "auto", "none"].includes(given) || devices.some(({ name }) => name === given)) return given
  return devices.find(isIt)?.name ?? given
}
