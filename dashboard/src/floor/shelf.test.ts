import { describe, expect, it } from "vitest"
import type { Case } from "../api/floor"
import { emptyShelf, resized, shelve, type Held, type Shelf } from "./shelf"
import { caseOf, chance, NOW } from "./testing"

function open(...cases: Case[]): Map<string, Case> {
  return new Map(cases.map((one) => [one.id, one]))
}

const warning = (id: string, since = 0): Case => caseOf(id, { since_at: NOW + since })
const critical = (id: string, since = 0): Case => caseOf(id, { since_at: NOW + since, rank: "critical", cause: "complaint" })
const blind = (id: string, since = 0): Case => caseOf(id, { since_at: NOW + since, rank: "blind", cause: "lost" })

describe("a slot", () => {
  it("goes to the most urgent at first, help before all", () => {
    const help = caseOf("h", { rank: "critical", cause: "help", since_at: NOW + 9 })
    expect(shelve(emptyShelf(4), open(blind("b"), warning("w"), critical("c"), help)).slots).toEqual(["h", "c", "w", "b"])
  })

  it("belongs to its case: a new one takes the first free slot, whatever its rank", () => {
    const before = shelve(emptyShelf(3), open(warning("w")))
    expect(shelve(before, open(warning("w"), critical("c"))).slots).toEqual(["w", "c", null])
  })

  it("that empties has the rest sorted, which else stay", () => {
    let shelf = shelve(emptyShelf(3), open(warning("w"), warning("v", 1)))
    shelf = shelve(shelf, open(warning("w"), warning("v", 1), critical("c")))
    expect(shelf.slots).toEqual(["w", "v", "c"])
    expect(shelve(shelf, open(warning("w"), critical("c"))).slots).toEqual(["c", "w", null])
  })

  it("moves for nobody while somebody is in there, and once they are out", () => {
    const all = open(warning("w"), warning("v", 1), critical("c"))
    const full: Shelf = { slots: ["w", "v", "c"], more: [], isUnsorted: false }
    all.delete("w")
    const held = shelve(full, all, { at: "v" })
    expect(held).toEqual({ slots: [null, "v", "c"], more: [], isUnsorted: true })
    expect(shelve(held, all).slots).toEqual(["c", "v", null])
  })

  it("goes to a critical case that finds none, from the least urgent", () => {
    const all = open(warning("w"), blind("b"), warning("v", 1))
    const shelf = shelve(emptyShelf(3), all)
    const after = shelve(shelf, new Map([...all, ["c", critical("c")]]))
    expect(after.slots).toEqual(["w", "v", "c"])
    expect(after.more).toEqual(["b"])
    const held = shelve(shelf, new Map([...all, ["c", critical("c")]]), { at: "b" })
    expect(held.slots).toEqual(["w", "c", "b"])
  })

  it("stays with what is critical when the page becomes narrower", () => {
    const all = open(warning("w"), critical("c"), blind("b"))
    expect(resized(shelve(emptyShelf(5), all), 2, all)).toEqual({ slots: ["c", "w"], more: ["b"], isUnsorted: false })
  })
})

describe.each(Array.from({ length: 200 }, (_, seed) => seed))("random story %i", (seed) => {
  it("keeps its rules", () => {
    const upTo = chance(seed)
    const all = new Map<string, Case>()
    let shelf = emptyShelf(1 + upTo(6))
    for (let step = 0; step < 60; step += 1) {
      const before = shelf
      const ids = [...all.keys()]
      if (ids.length && upTo(5) < 2) all.delete(ids[upTo(ids.length)]!)
      else {
        const id = `k${step}`
        all.set(id, [warning, critical, blind][upTo(3)]!(id, step))
      }
      const held: Held | null = upTo(3) ? null : { at: before.slots[upTo(before.slots.length)] ?? null }
      shelf = shelve(before, all, held)
      holds(before, shelf, all, held)
    }
  })
})

function holds(before: Shelf, after: Shelf, all: ReadonlyMap<string, Case>, held: Held | null): void {
  const shown = after.slots.filter((id) => id !== null)
  expect([...shown, ...after.more].sort()).toEqual([...all.keys()].sort()) // each once, and none forgotten
  if (after.more.length) expect(shown).toHaveLength(after.slots.length)
  const isCriticalLeft = after.more.some((id) => all.get(id)!.rank === "critical")
  if (isCriticalLeft) expect(shown.filter((id) => all.get(id)!.rank !== "critical" && id !== held?.at)).toEqual([])
  const hasEmptied = before.isUnsorted || before.slots.some((id) => id !== null && !all.has(id))
  const isDisplaced = (id: string): boolean => after.more.includes(id)
  before.slots.forEach((id, at) => {
    if (id === null || !all.has(id) || after.slots[at] === id) return
    // It stands elsewhere: only as a slot emptied and nobody was in there, or as a critical one needed the place.
    expect((hasEmptied && held === null) || (isDisplaced(id) && all.get(after.slots[at]!)!.rank === "critical" && held?.at !== id)).toBe(true)
  })
}
