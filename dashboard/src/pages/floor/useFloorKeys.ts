/** The keys of the floor, and what each does. */
import { computed, type ComputedRef } from "vue"
import type { Case } from "../../api/floor"
import { floor } from "../../texts/floor"
import { useKeys } from "../../ui/useKeys"
import type { Deeds } from "./deeds"
import type { Listening } from "./rail/useListening"
import type { Rail } from "./useRail"
import type { WallStore } from "./useWall"

interface Seats {
  move: (key: string) => boolean
  focused: () => string | null
}

interface Parts {
  store: WallStore
  rail: Rail
  deeds: Deeds
  listening: Listening | null
  isOff: () => boolean
  isWall: () => boolean
  seats: () => Seats | null
  open: (agentId: string) => void
  whisper: (agentId: string) => Promise<void>
  turnFilter: () => void
  toggleWall: () => void
  help: () => void
}

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]
const SLOTS = ["1", "2", "3", "4", "5", "6"]

export function useFloorKeys(parts: Parts): { keys: ReturnType<typeof useKeys>; rows: ComputedRef<{ key: string; does: string }[]> } {
  const { store, rail, deeds, listening } = parts

  /** Not while a dialog is open, nor over a session that has ended. */
  const alone = (action: () => boolean | void) => (): boolean | void => (parts.isOff() || document.querySelector("dialog[open]") ? false : action())
  /** Who is meant: the seat in focus, the shelf's slot in focus, else who is open. */
  const meant = (): string | null => parts.seats()?.focused() ?? inShelf() ?? rail.opened.value
  const theirs = (): Case | null => store.needs.value.get(meant() ?? "")?.[0] ?? null

  function openSlot(key: string): boolean {
    const agentId = store.shelf.value.slots[Number(key) - 1]
    if (agentId) parts.open(agentId)
    return Boolean(agentId)
  }

  function openSeat(): boolean {
    const agentId = parts.seats()?.focused()
    if (!agentId) return false
    parts.open(agentId)
    return true
  }

  function take(): boolean {
    const one = theirs()
    if (!one || one.taken || parts.isWall()) return false
    void deeds.take(one.id)
    return true
  }

  function close(): boolean {
    const one = theirs()
    if (!one || parts.isWall() || (one.taken && one.taken.by_id !== store.wall.value.me)) return false
    rail.close(one.agent_id)
    return true
  }

  function listen(): boolean {
    const agentId = meant()
    if (!listening || !agentId || parts.isWall()) return false
    if (rail.opened.value !== agentId) parts.open(agentId)
    return listening.press()
  }

  function send(): boolean {
    const agentId = meant()
    if (!agentId || parts.isWall()) return false
    void parts.whisper(agentId)
    return true
  }

  const keys = useKeys({
    ...Object.fromEntries(SLOTS.map((key) => [key, alone(() => openSlot(key))])),
    ...Object.fromEntries(ARROWS.map((key) => [key, alone(() => (isElsewhere() ? false : parts.seats()?.move(key)))])),
    Enter: alone(openSeat),
    " ": alone(openSeat),
    t: alone(take),
    x: alone(close),
    l: alone(listen),
    s: alone(send),
    f: alone(parts.turnFilter),
    w: alone(parts.toggleWall),
    a: alone(() => (parts.isWall() ? false : rail.show("alerts"))),
    Escape: alone(() => (listening?.stop() ? undefined : rail.leave())),
    "?": parts.help,
  })
  const rows = computed(() => {
    const { does } = floor.value
    return [
      { key: "1-5", does: does.shelf },
      { key: "↑↓←→", does: does.seats },
      { key: "Enter", does: does.open },
      { key: "T", does: does.take },
      { key: "X", does: does.close },
      ...(listening ? [{ key: "L", does: does.listen }] : []),
      { key: "S", does: does.send },
      { key: "F", does: does.filter },
      { key: "W", does: does.wall },
      { key: "A", does: does.alerts },
      { key: "Esc", does: does.stop },
    ]
  })
  return { keys, rows }
}

function inShelf(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-agent-case]")?.dataset.agentCase ?? null
}

/** Arrows belong to what has the focus where it scrolls or chooses by them itself. */
function isElsewhere(): boolean {
  return document.activeElement?.closest("select, [role=tablist], .rail .scroll") != null
}
