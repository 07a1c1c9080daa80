/** What the page knows of a floor: plain data, made by wallOf() and changed() and by nothing else. Pure. */
import type { CallNow, Case, Changes, Day, Seat, Snapshot, Team } from "../api/floor"

export interface Wall {
  teams: readonly Team[]
  /** By the agent's id. */
  seats: ReadonlyMap<string, Seat>
  /** By the agent's id: one runs one call. */
  calls: ReadonlyMap<string, CallNow>
  /** When each call's audio began, by the centre's clock: what its digests' times are counted from. */
  origins: ReadonlyMap<string, number>
  /** By id. */
  cases: ReadonlyMap<string, Case>
  day: Day | null
  wordsRoom: number | null
  me: string
}

/** A call whose audio began later than was thought by more than this was held up: its clock is set anew. */
const HELD_UP_MS = 1500

export const EMPTY: Wall = {
  teams: [],
  seats: new Map(),
  calls: new Map(),
  origins: new Map(),
  cases: new Map(),
  day: null,
  wordsRoom: null,
  me: "",
}

export function wallOf(told: Snapshot): Wall {
  return {
    teams: told.teams,
    seats: new Map(told.seats.map((seat) => [seat.agent_id, seat])),
    calls: new Map(told.calls.map((call) => [call.agent_id, call])),
    origins: new Map(told.calls.map((call) => [call.call_id, begunAt(call)])),
    cases: new Map(told.cases.map((one) => [one.id, one])),
    day: told.day,
    wordsRoom: told.words_room,
    me: told.me,
  }
}

export interface Changed {
  wall: Wall
  /** Ids of the agents whose seat may look different now. */
  touched: ReadonlySet<string>
}

export function changed(wall: Wall, told: Changes): Changed {
  const touched = new Set<string>()
  const seats = told.seats.length ? new Map(wall.seats) : wall.seats
  for (const seat of told.seats) {
    ;(seats as Map<string, Seat>).set(seat.agent_id, seat)
    touched.add(seat.agent_id)
  }
  const { calls, origins } = callsAfter(wall, told, touched)
  const cases = casesAfter(wall, told, touched)
  return {
    wall: { ...wall, seats, calls, origins, cases, day: told.day ?? wall.day, wordsRoom: told.words_room ?? wall.wordsRoom },
    touched,
  }
}

function callsAfter(wall: Wall, { calls: news, gone }: Changes, touched: Set<string>): Pick<Wall, "calls" | "origins"> {
  if (!news.length && !gone.length) return wall
  const calls = new Map(wall.calls)
  const origins = new Map(wall.origins)
  const over = new Set(gone)
  for (const [agentId, call] of wall.calls) {
    if (!over.has(call.call_id)) continue
    calls.delete(agentId)
    origins.delete(call.call_id)
    touched.add(agentId)
  }
  for (const call of news) {
    const before = calls.get(call.agent_id)
    if (before && before.call_id !== call.call_id) origins.delete(before.call_id)
    calls.set(call.agent_id, call)
    origins.set(call.call_id, steadied(origins.get(call.call_id), begunAt(call)))
    touched.add(call.agent_id)
  }
  return { calls, origins }
}

function casesAfter(wall: Wall, { cases: news, closed }: Changes, touched: Set<string>): Wall["cases"] {
  if (!news.length && !closed.length) return wall.cases
  const cases = new Map(wall.cases)
  for (const id of closed) {
    const before = cases.get(id)
    if (before) touched.add(before.agent_id)
    cases.delete(id)
  }
  for (const one of news) {
    cases.set(one.id, one)
    touched.add(one.agent_id)
  }
  return cases
}

function begunAt({ heard_at, digest }: CallNow): number {
  return heard_at - (digest.at_ms ?? 0)
}

/** News comes late, never early: the earliest origin is the nearest to the truth, and no clock runs back for a late one. */
function steadied(before: number | undefined, now: number): number {
  return before === undefined || now < before || now - before > HELD_UP_MS ? now : before
}

/** The open cases of each agent who has any, the most urgent first: one agent is one card. */
export function needsOf(cases: Iterable<Case>): Map<string, Case[]> {
  const needs = new Map<string, Case[]>()
  for (const one of [...cases].sort(byUrgency)) needs.set(one.agent_id, [...(needs.get(one.agent_id) ?? []), one])
  return needs
}

/** What else an agent needs, behind the most urgent: what is calm again would count on as if it lasted. */
export function othersOf(needs: readonly Case[]): Case[] {
  return needs.slice(1).filter(({ calm_at }) => calm_at === null)
}

/** The most urgent of each agent. */
export function worstOf(needs: ReadonlyMap<string, readonly Case[]>): Map<string, Case> {
  return new Map([...needs].map(([agentId, [worst]]) => [agentId, worst!]))
}

/** Within how many seconds these teams want a case taken, from the soonest to the latest; "" where nobody says. */
export function goalOf(teams: readonly Team[]): string {
  const goals = teams.map(({ goal_s }) => goal_s).filter(Boolean)
  if (!goals.length) return ""
  return [...new Set([Math.min(...goals), Math.max(...goals)])].join("–")
}

const RANKS: readonly Case["rank"][] = ["critical", "warning", "blind"]

/** Critical, warning, blind; help before all else that is critical; then the oldest. */
export function byUrgency(a: Case, b: Case): number {
  return (
    RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) ||
    Number(b.cause === "help") - Number(a.cause === "help") ||
    a.since_at - b.since_at ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  )
}
