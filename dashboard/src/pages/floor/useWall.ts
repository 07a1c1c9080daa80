/** The wall for its parts: what each seat shows, kept apart so that only what changed is drawn; the shelf; the counts. */
import { computed, inject, ref, shallowRef, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from "vue"
import type { Case, Day, Team } from "../../api/floor"
import { useFloor, type Floor } from "../../connection/useFloor"
import { countsOf, isMarked, type Filter } from "../../floor/filter"
import { isSame, seatOf, sizeOf, trimmed, type Shown, type Size } from "../../floor/seat"
import { emptyShelf, resized, shelve, type Held, type Shelf } from "../../floor/shelf"
import { needsOf, worstOf, type Wall } from "../../floor/wall"

export interface TeamSeats {
  id: string
  name: string
  leads: readonly string[]
  /** By place; null where nobody sits. */
  places: readonly (string | null)[]
}

export interface WallStore extends Floor {
  /** All teams that are watched, be they shown or not. */
  watched: ComputedRef<readonly Team[]>
  day: ComputedRef<Day | null>
  /** What a seat shows; undefined for one that is not on the wall. */
  seat: (agentId: string) => Shown | undefined
  teams: ShallowRef<readonly TeamSeats[]>
  size: ComputedRef<Size>
  seats: ComputedRef<number>
  counts: ShallowRef<Record<Filter, number>>
  shelf: ShallowRef<Shelf>
  /** Open cases of the teams that are shown, by agent, the most urgent first. */
  needs: ShallowRef<ReadonlyMap<string, readonly Case[]>>
  /** How many seats of each team have a colour, by the team's id. */
  marked: ShallowRef<ReadonlyMap<string, number>>
  /** The id of the only team that is shown, "" for all. */
  team: Ref<string>
  choose: (team: string) => void
  /** What a seat's team is called. */
  teamName: (id: string) => string
  hold: (held: Held | null) => void
  setSlots: (slots: number) => void
}

export const WALL: InjectionKey<WallStore> = Symbol("wall")

export function useStore(): WallStore {
  const store = inject(WALL)
  if (!store) throw new Error("a part of the floor stands outside of it")
  return store
}

export function makeStore(connect: typeof useFloor = useFloor): WallStore {
  const shown = new Map<string, ShallowRef<Shown>>()
  const teams = shallowRef<readonly TeamSeats[]>([])
  const needs = shallowRef<ReadonlyMap<string, readonly Case[]>>(new Map())
  const marked = shallowRef<ReadonlyMap<string, number>>(new Map())
  const shelf = shallowRef(emptyShelf(0))
  const counts = shallowRef(countsOf([]))
  const team = ref("")
  const seats = computed(() => teams.value.reduce((sum, { places }) => sum + places.filter(Boolean).length, 0))
  const size = computed(() => sizeOf(seats.value))
  let held: Held | null = null
  let planned: Wall["seats"] | null = null
  let knownCases: Wall["cases"] | null = null
  let worst: ReadonlyMap<string, Case> = new Map()

  const floor = connect((wall, touched) => follow(wall, touched))

  function follow(wall: Wall, touched: ReadonlySet<string> | null): void {
    const before = size.value
    if (touched === null || isMoved(planned, wall.seats)) teams.value = teamsOf(wall, team.value)
    planned = wall.seats
    const all = touched === null || size.value !== before
    if (touched === null || wall.cases !== knownCases) {
      const found = needsOf(wall.cases.values())
      worst = worstOf(found)
      needs.value = ofTeam(found, wall, team.value)
    }
    knownCases = wall.cases
    for (const agentId of all ? wall.seats.keys() : touched) draw(wall, agentId, worst.get(agentId) ?? null)
    if (touched === null) for (const agentId of shown.keys()) if (!wall.seats.has(agentId)) shown.delete(agentId)
    count()
    settle(shelve(shelf.value, shelved(), held))
  }

  function shelved(): ReadonlyMap<string, Case> {
    return worstOf(needs.value)
  }

  /** Most messages leave the shelf as it is: nothing is drawn for them. */
  function settle(after: Shelf): void {
    if (JSON.stringify(after) !== JSON.stringify(shelf.value)) shelf.value = after
  }

  function draw(wall: Wall, agentId: string, worst: Case | null): void {
    const seat = wall.seats.get(agentId)
    if (!seat) return
    const call = wall.calls.get(agentId) ?? null
    const now = trimmed(seatOf(seat, call, worst, call ? wall.origins.get(call.call_id)! : 0), size.value)
    const kept = shown.get(agentId)
    if (!kept) shown.set(agentId, shallowRef(now))
    else if (!isSame(kept.value, now)) kept.value = now
  }

  function count(): void {
    const seen = teams.value.flatMap((one) => one.places).flatMap((id) => shown.get(id ?? "")?.value ?? [])
    const after = countsOf(seen)
    if (JSON.stringify(after) !== JSON.stringify(counts.value)) counts.value = after
    const coloured = new Map<string, number>()
    for (const { team } of seen.filter(isMarked)) coloured.set(team, (coloured.get(team) ?? 0) + 1)
    if (JSON.stringify([...coloured]) !== JSON.stringify([...marked.value])) marked.value = coloured
  }

  return {
    ...floor,
    watched: computed(() => floor.wall.value.teams),
    day: computed(() => floor.wall.value.day),
    seat: (agentId) => shown.get(agentId)?.value,
    teams,
    size,
    seats,
    counts,
    shelf,
    needs,
    marked,
    team,
    choose: (name) => {
      team.value = name
      shelf.value = emptyShelf(shelf.value.slots.length)
      follow(floor.wall.value, null)
    },
    teamName: (id) => floor.wall.value.teams.find((one) => idOf(one) === id)?.name ?? id,
    hold: (now) => {
      held = now
      if (!now) settle(shelve(shelf.value, shelved()))
    },
    setSlots: (n) => void (shelf.value = resized(shelf.value, n, shelved())),
  }
}

function ofTeam(needs: ReadonlyMap<string, Case[]>, { seats }: Wall, team: string): ReadonlyMap<string, readonly Case[]> {
  return team ? new Map([...needs].filter(([agentId]) => seats.get(agentId)?.team === team)) : needs
}

/** Whether anybody has come, gone or got another place. */
function isMoved(before: Wall["seats"] | null, now: Wall["seats"]): boolean {
  if (before === now) return false
  if (before?.size !== now.size) return true
  return [...now.values()].some((seat) => {
    const was = before.get(seat.agent_id)
    return was?.team !== seat.team || was.position !== seat.position
  })
}

function teamsOf({ teams, seats }: Wall, only: string): TeamSeats[] {
  const found = new Map(teams.map((team) => [idOf(team), { id: idOf(team), name: team.name, leads: team.leads, places: [] as (string | null)[] }]))
  for (const seat of seats.values()) {
    if (only && seat.team !== only) continue
    if (!found.has(seat.team)) found.set(seat.team, { id: seat.team, name: seat.team, leads: [], places: [] })
    const { places } = found.get(seat.team)!
    while (places.length <= seat.position) places.push(null)
    places[seat.position] = seat.agent_id
  }
  return [...found.values()].filter(({ places }) => places.length)
}

/** A server without ids calls a team by its name. */
export function idOf({ id, name }: Team): string {
  return id || name
}
