/** Floors by hand, for tests only; nothing of the page imports this. */
import type { CallNow, Case, Changes, Digest, Hour, Seat, Snapshot } from "../api/floor"

export const NOW = 1_795_332_291_000

export function seat(agent_id: string, change: Partial<Seat> = {}): Seat {
  return { agent_id, name: `坐席${agent_id}`, team: "A 组", position: Number(agent_id) % 1000, state: "idle", since_at: NOW - 60_000, ...change }
}

export function callNow(agent_id: string, digest: Digest = {}, change: Partial<CallNow> = {}): CallNow {
  return {
    call_id: `call-${agent_id}`,
    agent_id,
    heard_at: NOW,
    lost_at: null,
    customer: "",
    peer: "",
    company: "",
    digest: { at_ms: 60_000, speaking: [], hints: [], blind: [], failed: [], listeners: [], ...digest },
    ...change,
  }
}

export function caseOf(id: string, change: Partial<Case> = {}): Case {
  return { id, agent_id: id, call_id: `call-${id}`, cause: "dead_air", rank: "warning", since_at: NOW, detail: "", line: "", taken: null, escalated_at: null, calm_at: null, ...change }
}

const NOTHING: Hour = { hour: 0, calls: 0, silent: 0, score: null, followed: null, in_time: null, take_s: null, scored: 0 }

export function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot",
    clock_ms: NOW,
    teams: [{ id: "A 组", name: "A 组", leads: ["王敏"], goal_s: 60 }],
    seats: [],
    calls: [],
    cases: [],
    day: { total: NOTHING, hours: [], before: null, deleted: 0 },
    words_room: null,
    me: "u-wangmin",
    ...change,
  }
}

export function changes(change: Partial<Changes> = {}): Changes {
  return { type: "changes", clock_ms: NOW, seats: [], calls: [], gone: [], cases: [], closed: [], day: null, words_room: null, ...change }
}

/** Numbers that look like chance and are the same in each run. */
export function chance(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return Math.floor((state / 4_294_967_296) * below)
  }
}
