/** The dock of the agent's page: what stands in it, and what its keys do. */
import { computed, type ComputedRef, type Ref } from "vue"
import { dockOf, isSilentCall, REASONS, waitingOf, type Dock } from "../../../call/dock"
import type { HelpReason } from "../../../call/help"
import type { HintLife } from "../../../call/view"
import type { Call } from "../../../connection/useCall"
import { useHelp } from "../../../connection/useHelp"

export interface DockNow {
  /** Null while no call runs. */
  shown: ComputedRef<Dock | null>
  /** Sentences that wait for the end of the silent call. */
  waiting: ComputedRef<number>
  /** Whether who looks may ask and answer. */
  may: ComputedRef<boolean>
  press: () => boolean
  /** Of a sentence that waits: shows it first. */
  see: () => boolean
  because: (reason: HelpReason) => boolean
}

export interface Around {
  nowMs: Readonly<Ref<number>>
  isRunning: Readonly<Ref<boolean>>
  active: Readonly<Ref<HintLife | null>>
  /** What is said now gets to the centre. */
  isThere: () => boolean
  may: () => boolean
}

export function useDock(call: Pick<Call, "view" | "connection" | "send">, around: Around): DockNow {
  const { view } = call
  const help = useHelp(call)
  const may = computed(() => around.isRunning.value && around.may())
  const shown = computed(() =>
    around.isRunning.value ? dockOf(view.value, around.nowMs.value, help.said.value, { isThere: around.isThere() }, around.active.value) : null,
  )
  const waiting = computed(() => (around.isRunning.value ? waitingOf(view.value, help.said.value) : 0))

  function press(): boolean {
    if (may.value) help.press()
    return may.value
  }

  function see(): boolean {
    if (!may.value) return false
    if (shown.value?.show === "message") help.see(shown.value.whisper.id)
    else if (waiting.value) help.open(view.value.whispers.find(({ id }) => !help.said.value.seen.has(id))!.id)
    else return false
    return true
  }

  return { shown, waiting, may, press, see, because: (reason) => may.value && help.because(reason) }
}

/** F8 asks and withdraws, S has seen, a digit gives the reason. */
export function dockKeys({ press, see, because }: DockNow, alone: (action: () => boolean) => () => boolean): Record<string, () => boolean> {
  const digits = REASONS.map((reason, at) => [String(at + 1), alone(() => because(reason))] as const)
  return { F8: alone(press), s: alone(see), ...Object.fromEntries(digits) }
}

/** Where there is no room for a dock beside the words to read out, it stands only for what somebody says. */
export function hasDock(dock: Dock | null, isMini: boolean, isStrip: boolean, view: Parameters<typeof isSilentCall>[0]): boolean {
  if (!dock) return false
  return !isMini || dock.show !== "next" || !(isStrip || isSilentCall(view))
}
