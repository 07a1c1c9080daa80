import { expect, it } from "vitest"
import type { CallNow, Case, Seat } from "../api/floor"
import { callNow, caseOf, chance, changes, NOW, seat, snapshot } from "./testing"
import { changed, needsOf, othersOf, wallOf, worstOf, type Wall } from "./wall"

it("says of a change which seats may look different", () => {
  const wall = wallOf(snapshot({ seats: [seat("1001"), seat("1002")], calls: [callNow("1002")], cases: [caseOf("k", { agent_id: "1002" })] }))
  const { wall: after, touched } = changed(wall, changes({ gone: ["call-1002"], closed: ["k"], seats: [seat("1002", { state: "wrap_up" })] }))
  expect([...touched]).toEqual(["1002"])
  expect([after.calls.size, after.cases.size, after.origins.size]).toEqual([0, 0, 0])
  expect(after.seats.get("1002")!.state).toBe("wrap_up")
  expect(wall.calls.size).toBe(1) // what was stays as it was
})

it("keeps a call's clock steady whatever is late, and sets it anew for one that was held up", () => {
  const heard = (heard_at: number, at_ms: number): CallNow => callNow("1001", { at_ms }, { heard_at })
  let wall = wallOf(snapshot({ calls: [heard(NOW + 400, 60_000)] }))
  const origin = (): number => wall.origins.get("call-1001")! - NOW
  for (const [late, expected] of [[500, -59_600], [100, -59_900], [900, -59_900], [5000, -55_000]] as const) {
    wall = changed(wall, changes({ calls: [heard(NOW + late, 60_000)] })).wall
    expect(origin()).toBe(expected)
  }
})

it("has the cases of each agent together, the most pressing first", () => {
  const cases = [caseOf("a", { agent_id: "1" }), caseOf("b", { agent_id: "1", rank: "critical", cause: "complaint" }), caseOf("c", { agent_id: "1", rank: "critical", cause: "help", since_at: NOW + 5 })]
  const needs = needsOf([...cases, caseOf("d", { agent_id: "2" })])
  expect([...needs].map(([agentId, all]) => [agentId, all.map(({ id }) => id)])).toEqual([["1", ["c", "b", "a"]], ["2", ["d"]]])
  expect([...worstOf(needs).values()].map(({ id }) => id)).toEqual(["c", "d"])
})

it("tells beside the most pressing what else lasts still", () => {
  const needs = [caseOf("a", { calm_at: NOW }), caseOf("b", { calm_at: NOW }), caseOf("c")]
  expect(othersOf(needs).map(({ id }) => id)).toEqual(["c"])
})

it.each(Array.from({ length: 200 }, (_, seed) => seed))("is after story %i what a snapshot at its end would be", (seed) => {
  const upTo = chance(seed)
  const [seats, calls, cases] = [new Map<string, Seat>(), new Map<string, CallNow>(), new Map<string, Case>()]
  let wall = wallOf(snapshot())
  for (let step = 0; step < 40; step += 1) {
    const told = changes()
    for (let deed = 0; deed <= upTo(4); deed += 1) one(upTo, step, told, seats, calls, cases)
    wall = changed(wall, told).wall
  }
  const whole = wallOf(snapshot({ seats: [...seats.values()], calls: [...calls.values()], cases: [...cases.values()] }))
  const shown = ({ seats, calls, cases, origins }: Wall): unknown => [seats, calls, cases].map((map) => [...map.entries()].sort()).concat([[...origins.keys()].sort()] as never)
  expect(shown(wall)).toEqual(shown(whole))
})

/** One change, told and kept; of one thing no message tells two. */
function one(upTo: (below: number) => number, step: number, told: ReturnType<typeof changes>, seats: Map<string, Seat>, calls: Map<string, CallNow>, cases: Map<string, Case>): void {
  const id = String(1001 + upTo(8))
  const isTold = [...told.seats, ...told.calls, ...told.cases].some(({ agent_id }) => agent_id === id) || told.gone.length + told.closed.length > 0
  if (isTold) return
  const kind = upTo(4)
  if (kind === 0) {
    seats.set(id, seat(id, { state: upTo(2) ? "idle" : "call" }))
    told.seats.push(seats.get(id)!)
  } else if (kind === 1) {
    calls.set(id, callNow(id, { step: upTo(4) }, { call_id: `call-${id}-${upTo(3)}` }))
    told.calls.push(calls.get(id)!)
  } else if (kind === 2 && calls.has(id)) {
    told.gone.push(calls.get(id)!.call_id)
    calls.delete(id)
  } else if (cases.size && upTo(2)) {
    const gone = [...cases.keys()][upTo(cases.size)]!
    if (told.cases.some((fresh) => fresh.id === gone)) return
    told.closed.push(gone)
    cases.delete(gone)
  } else {
    cases.set(`k${step}-${id}`, caseOf(`k${step}-${id}`, { agent_id: id }))
    told.cases.push(cases.get(`k${step}-${id}`)!)
  }
}
