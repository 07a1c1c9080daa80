// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest"
import { effectScope, readonly, ref, shallowRef, watchEffect } from "vue"
import type { Changes, Snapshot } from "../../api/floor"
import type { useFloor } from "../../connection/useFloor"
import { changed, EMPTY, goalOf, wallOf, type Wall } from "../../floor/wall"
import { callNow, caseOf, changes, seat, snapshot } from "../../floor/testing"
import { makeStore, type WallStore } from "./useWall"

let store: WallStore
let tell: (message: Snapshot | Changes) => void
const SEATS = ["1001", "1002", "1003"].map((id) => seat(id))

const connect: typeof useFloor = (then) => {
  const wall = shallowRef<Wall>(EMPTY)
  tell = (message) => {
    const after = message.type === "snapshot" ? { wall: wallOf(message), touched: null } : changed(wall.value, message)
    wall.value = after.wall
    then(after.wall, after.touched)
  }
  return { wall, isKnown: readonly(ref(true)), staleAt: readonly(ref(null)), retries: readonly(ref(0)), isSignedOut: readonly(ref(false)), nowMs: () => 0, heardAgoMs: () => 0, reopen: () => undefined }
}

beforeEach(() => {
  store = makeStore(connect)
  store.setSlots(2)
})

it("draws the seats that changed and no others", async () => {
  tell(snapshot({ seats: SEATS }))
  const drawn: string[] = []
  const scope = effectScope()
  scope.run(() => {
    for (const { agent_id } of SEATS) watchEffect(() => void drawn.push(`${agent_id} ${store.seat(agent_id)!.state}`), { flush: "sync" })
  })
  drawn.length = 0
  tell(changes({ calls: [callNow("1002", { speaking: [{ channel: "agent", since_ms: 0 }] })] }))
  expect(drawn).toEqual(["1002 agent"])
  tell(changes({ calls: [callNow("1002", { speaking: [{ channel: "agent", since_ms: 0 }], at_ms: 60_250 }, { heard_at: 1_795_332_291_250 })] }))
  expect(drawn).toHaveLength(1) // time alone changes no seat
  scope.stop()
})

it("keeps places by the plan, with its holes, and knows who comes and goes", () => {
  tell(snapshot({ seats: [seat("1003"), seat("1001")] }))
  expect(store.teams.value[0]!.places).toEqual([null, "1001", null, "1003"])
  tell(changes({ seats: [seat("1002")] }))
  expect(store.teams.value[0]!.places).toEqual([null, "1001", "1002", "1003"])
  tell(snapshot({ seats: [seat("1002")] }))
  expect([store.seats.value, store.seat("1001")]).toEqual([1, undefined])
})

it("shows seats in blocks of their teams, found by id or by name, and one team alone when asked", () => {
  const teams = [{ id: "a", name: "A 组", leads: [], goal_s: 60 }, { id: "", name: "B 组", leads: [], goal_s: 90 }]
  tell(snapshot({ teams, seats: [seat("1001", { team: "a", position: 0 }), seat("1002", { team: "B 组", position: 0 })], cases: [caseOf("k", { agent_id: "1002" })] }))
  expect(store.teams.value.map(({ name, places }) => [name, places])).toEqual([["A 组", ["1001"]], ["B 组", ["1002"]]])
  expect(store.teamName("a")).toBe("A 组")
  expect(goalOf(store.watched.value)).toBe("60–90")
  store.choose("a")
  expect([store.teams.value.length, store.needs.value.size, store.shelf.value.slots]).toEqual([1, 0, [null, null]])
  store.choose("")
  expect(store.shelf.value.slots).toEqual(["1002", null])
})

it("counts states, and holds the shelf still while somebody is in there", () => {
  tell(snapshot({ seats: SEATS, calls: [callNow("1001"), callNow("1002")], cases: [caseOf("a", { agent_id: "1001" }), caseOf("b", { agent_id: "1002", since_at: 1_795_332_291_001 })] }))
  expect([store.counts.value.all, store.counts.value.call, store.counts.value.needs]).toEqual([3, 2, 2])
  store.hold({ at: null })
  tell(changes({ closed: ["a"] }))
  expect(store.shelf.value.slots).toEqual([null, "1002"])
  store.hold(null)
  expect(store.shelf.value.slots).toEqual(["1002", null])
})

it("has one card for an agent with two causes, and it stays where it is as one of them goes", () => {
  const cases = [caseOf("a", { agent_id: "1001" }), caseOf("b", { agent_id: "1001", cause: "help", rank: "critical" }), caseOf("c", { agent_id: "1002" })]
  tell(snapshot({ seats: SEATS, calls: [callNow("1001"), callNow("1002")], cases }))
  expect([store.shelf.value.slots, store.shelf.value.more, store.counts.value.needs]).toEqual([["1001", "1002"], [], 2])
  expect(store.needs.value.get("1001")!.map(({ id }) => id)).toEqual(["b", "a"])
  tell(changes({ closed: ["b"] }))
  expect([store.shelf.value.slots, store.seat("1001")!.caseId]).toEqual([["1001", "1002"], "a"])
})

it("knows of seats that have a colour and no case", () => {
  tell(snapshot({ seats: SEATS, calls: [callNow("1001", { step: 2 }), callNow("1002")] }))
  expect([store.needs.value.size, [...store.marked.value]]).toEqual([0, [["A 组", 1]]])
  tell(changes({ calls: [callNow("1001")] }))
  expect([...store.marked.value]).toEqual([])
})
