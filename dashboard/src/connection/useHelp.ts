/** What the agent says to the team lead: kept until a record tells it, and said again over a line that came back. */
import { computed, readonly, ref, watch, type Ref } from "vue"
import type { HelpMessage, SeenMessage } from "../api/socket"
import type { Said } from "../call/dock"
import { isWanted, type HelpReason } from "../call/help"
import { everyInHost } from "../ui/host"
import type { Call } from "./useCall"

/** What was said and is no record yet is said again so often: the call knows what it has heard already. */
export const AGAIN_MS = 1000

export interface HelpLine {
  said: Readonly<Ref<Said>>
  /** Asks for help, or withdraws it. */
  press: () => void
  /** False while no help is wanted; the reason that stands is taken back by pressing it again. */
  because: (reason: HelpReason) => boolean
  see: (whisper: string) => void
  open: (whisper: string) => void
}

/** `after`: number of the last record when it was said, so that what became of it since is known. */
type Wish = NonNullable<Said["help"]> & { after: number }

export function useHelp({ view, connection, send }: Pick<Call, "view" | "connection" | "send">): HelpLine {
  const wish = ref<Wish | null>(null)
  const seen = ref<ReadonlySet<string>>(new Set())
  const opened = ref<string | null>(null)
  let openSince = -Infinity

  const said = computed<Said>(() => ({ help: wish.value, seen: seen.value, opened: opened.value }))
  const wanted = computed(() => {
    const { help } = view.value
    if (wish.value) return wish.value.isWanted ? wish.value.reason : null
    return isWanted(help) ? help.reason : null
  })

  watch(
    () => view.value.callId,
    () => {
      wish.value = null
      seen.value = new Set()
      opened.value = null
    },
  )
  watch(view, ({ ended, whispers }) => {
    if (wish.value && (ended || isDone(wish.value))) wish.value = null
    if ([...seen.value].some((id) => !whispers.some((one) => one.id === id))) {
      seen.value = new Set(whispers.map(({ id }) => id).filter((id) => seen.value.has(id)))
    }
  })
  watch(
    () => connection.value.state === "open",
    (isOpen) => void (openSince = isOpen ? performance.now() : Infinity),
    { immediate: true, flush: "sync" },
  )

  /** What a record tells by now, also where help was closed since. */
  function isDone({ isWanted: wants, reason, after }: Wish): boolean {
    const { help } = view.value
    if (!wants) return !isWanted(help)
    return help !== null && (isWanted(help) ? help.reason === reason : help.seq > after)
  }

  function want(isWanted: boolean, reason: HelpReason): void {
    wish.value = { isWanted, reason, after: view.value.seq }
    send(messageOf(wish.value))
  }

  everyInHost(AGAIN_MS, () => {
    if (performance.now() - openSince < AGAIN_MS) return // a line just opened has not told the past yet
    if (wish.value) send(messageOf(wish.value))
    for (const whisper of seen.value) send(seenMessage(whisper))
  })

  return {
    said: readonly(said) as Readonly<Ref<Said>>,
    press: () => want(wanted.value === null, ""),
    because: (reason) => {
      if (wanted.value === null) return false
      want(true, wanted.value === reason ? "" : reason)
      return true
    },
    see: (whisper) => {
      seen.value = new Set([...seen.value, whisper])
      send(seenMessage(whisper))
    },
    open: (whisper) => void (opened.value = whisper),
  }
}

function messageOf({ isWanted, reason }: Wish): HelpMessage {
  return isWanted ? { type: "help", reason } : { type: "help_withdrawn" }
}

function seenMessage(whisper: string): SeenMessage {
  return { type: "whisper_seen", whisper }
}
