import { expect, it } from "vitest"
import type { Event, Legend } from "../api/events"
import { phaseNow, phasesOf, wayOf } from "./phases"
import { LEGEND, started, viewOf } from "./testing"

const enters = (phase: string, at_ms: number): Event => ({ kind: "PhaseChanged", at_ms, phase })
const of = (events: Event[], legend: Legend = LEGEND) => viewOf([started({ legend }), ...events])
const read = (events: Event[]): string[] => phasesOf(of(events)).map(({ id, state }) => `${id} ${state}`)

it("names the usual phases from the start, others once they were entered", () => {
  expect(read([enters("opening", 0)])).toEqual(["opening now", "body open", "closing open"])
  expect(read([enters("opening", 0), enters("body", 9), enters("hold", 20)])).toEqual(["opening done", "body done", "hold now", "closing open"])
  expect(read([enters("opening", 0), { kind: "CallEnded", at_ms: 9, reason: "finished", actor: null }])).toEqual(["opening done", "body open", "closing open"])
})

it("has no title for a phase that the legend does not name, and shows it all the same", () => {
  expect(phasesOf(of([enters("haggling", 0)])).at(-1)).toEqual({ id: "haggling", title: null, state: "now", atMs: 0 })
  expect(phaseNow(of([enters("body", 0)]))?.title?.title).toBe("正文")
  expect(phaseNow(of([]))).toBeNull()
})

it("keeps the way in one line: the phase at hand, one before it and what comes", () => {
  const many = { ...LEGEND, phases: ["a", "b", "c", "d", "e", "f"].map((id) => ({ id, title: id, title_en: "", is_usual: true })) }
  const way = (id: string): string[] => wayOf(of([enters(id, 0)], many), 4).map((one) => `${one.id} ${one.state}`)
  expect([way("a"), way("c"), way("f")]).toEqual([
    ["a now", "b open", "c open", "d open"],
    ["b done", "c now", "d open", "e open"],
    ["c done", "d done", "e done", "f now"],
  ])
})
