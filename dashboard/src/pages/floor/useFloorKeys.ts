/** The keys of the floor, what each does, and why it does nothing where it cannot. */
import { computed, nextTick, type ComputedRef } from "vue"
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
  /** Says a line to whoever pressed a key. */
  say: (why: string) => void
}

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]
const SLOTS = ["1", "2", "3", "4", "5", "6"]

export function useFloorKeys(parts: Parts): { keys: ReturnType<typeof useKeys>; rows: ComputedRef<{ key: string; does: string }[]> } {
  const { store, rail, deeds, listening } = parts

  /** Not while a dialog is open, nor over a session that has ended. */
  const alone = (action: () => boolean | void) => (): boolean | void => (parts.isOff() || document.querySelector("dialog[open]") ? false : action())
  /** Who is meant: the seat in focus, the shelf's slot in focus, else who is open. */
  const meant = (): string | null => parts.seats()?.focused() ?? inShelf() ?? rail.opened.value
  const nameOf = (agentId: string): string => store.seat(agentId)?.name ?? agentId
  /** For whoever is meant; `deed` tells why it cannot be done, "" where it is. */
  const forThem = (deed: (agentId: string) => string) =>
    alone(() => {
      const agentId = meant()
      const { wall, nobody } = floor.value.cannot
      const why = parts.isWall() ? wall : agentId ? deed(agentId) : nobody
      if (why) parts.say(why)
    })

  /** What was in focus is not who is meant now. */
  function openSlot(key: string): void {
    const { wall, slot } = floor.value.cannot
    const agentId = store.shelf.value.slots[Number(key) - 1]
    if (parts.isWall()) return parts.say(wall)
    if (!agentId) return parts.say(slot(key))
    if (parts.seats()?.focused() ?? inShelf()) (document.activeElement as HTMLElement).blur()
    parts.open(agentId)
  }

  function openSeat(): boolean {
    const agentId = parts.seats()?.focused()
    if (!agentId) return false
    if (parts.isWall()) parts.say(floor.value.cannot.wall)
    else parts.open(agentId)
    return true
  }

  function take(agentId: string): string {
    const { noCase, mine, others } = floor.value.cannot
    const given = store.needs.value.get(agentId) ?? []
    const free = given.find(({ taken }) => !taken)
    const by = given[0]?.taken
    if (free) void deeds.take(free.id)
    else if (by) return by.by_id === store.wall.value.me ? mine(nameOf(agentId)) : others(by.by)
    return free ? "" : noCase(nameOf(agentId))
  }

  function close(agentId: string): string {
    const { noCase, others } = floor.value.cannot
    const given = store.needs.value.get(agentId) ?? []
    if (!given.length) return noCase(nameOf(agentId))
    if (!given.some(({ taken }) => !taken || taken.by_id === store.wall.value.me)) return others(given[0]!.taken!.by)
    rail.close(agentId)
    return ""
  }

  function listen(agentId: string): string {
    const { noCall, listens } = floor.value.cannot
    if (!store.wall.value.calls.has(agentId)) return noCall(nameOf(agentId))
    const isOpen = rail.opened.value === agentId
    if (isOpen && !["off", "asked", "problem"].includes(listening!.state.value)) return listens
    parts.open(agentId)
    void nextTick(listening!.press) // what was asked of another seat is over by then
    return ""
  }

  function send(agentId: string): string {
    const { noCall, closing } = floor.value.cannot
    if (!store.wall.value.calls.has(agentId)) return noCall(nameOf(agentId))
    if (rail.isClosing.value && rail.opened.value === agentId) return closing
    void parts.whisper(agentId)
    return ""
  }

  const keys = useKeys({
    ...Object.fromEntries(SLOTS.map((key) => [key, alone(() => openSlot(key))])),
    ...Object.fromEntries(ARROWS.map((key) => [key, alone(() => (isElsewhere() ? false : parts.seats()?.move(key)))])),
    Enter: alone(openSeat),
    " ": alone(openSeat),
    t: forThem(take),
    x: forThem(close),
    ...(listening ? { l: forThem(listen) } : {}),
    s: forThem(send),
    f: alone(parts.turnFilter),
    w: alone(parts.toggleWall),
    a: alone(() => (parts.isWall() ? parts.say(floor.value.cannot.wall) : rail.show("alerts"))),
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
