import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { dropDraft, dropOldDrafts, keepDraft, keyOf, readDraft, recoverDrafts } from "./drafts"

const journal = vi.hoisted(() => new Map<string, string>())
vi.mock("./journal", () => ({
  note: async (key: string, text: string | null) => void (text === null ? journal.delete(key) : journal.set(key, text)),
  noted: async () => new Map(journal),
}))

const DAY_MS = 86_400_000
const kept = new Map<string, string>()

beforeEach(() => {
  kept.clear()
  journal.clear()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  vi.stubGlobal("localStorage", new Proxy(storage, { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }))
})
afterEach(() => void vi.unstubAllGlobals())

it("is what was written last, of this person, call and item alone", () => {
  const key = keyOf("u1", "call", "rule", "verdict")
  expect(readDraft(key)).toBeNull()
  keepDraft(key, { text: "说了禁语", choice: "partly", at_ms: Date.now() })
  expect(readDraft(key)).toMatchObject({ text: "说了禁语", choice: "partly" })
  expect(readDraft(keyOf("u2", "call", "rule", "verdict"))).toBeNull()
  dropDraft(key)
  expect(readDraft(key)).toBeNull()
})

it("tells parts apart whatever stands in them", () => {
  expect(keyOf("a.b", "c")).not.toBe(keyOf("a", "b.c"))
})

it("goes when it is too old, and when nothing is left of it", () => {
  keepDraft(keyOf("u", "old"), { text: "a", choice: "", at_ms: 0 })
  keepDraft(keyOf("u", "new"), { text: "b", choice: "", at_ms: 31 * DAY_MS })
  dropOldDrafts(32 * DAY_MS)
  expect([...kept.keys()]).toEqual([keyOf("u", "new")])
  keepDraft(keyOf("u", "new"), { text: "", choice: "", at_ms: 0 })
  expect(kept.size).toBe(0)
})

it("is not said to be kept where the browser keeps nothing", () => {
  vi.stubGlobal("localStorage", { setItem: () => { throw new Error("full") }, getItem: () => { throw new Error("no") } })
  expect(keepDraft("k", { text: "a", choice: "", at_ms: 0 })).toBe(false)
  expect(readDraft("k")).toBeNull()
})

it("gets back from the journal what a crash took, and not what was sent since", async () => {
  const [lost, older, sent, old] = ["lost", "older", "sent", "old"].map((name) => keyOf("u", name)) as [string, string, string, string]
  const now = Date.now()
  keepDraft(older, { text: "说了", choice: "", at_ms: now - 9 })
  keepDraft(sent, { text: "不再需要", choice: "met", at_ms: now - 9 })
  const before = new Map(kept)
  for (const key of [lost, older]) keepDraft(key, { text: "说了禁语", choice: "partly", at_ms: now })
  dropDraft(sent)
  keepDraft(old, { text: "去年", choice: "", at_ms: now - 31 * DAY_MS })
  kept.clear() // the browser was killed, and localStorage is as it was a while ago
  for (const [key, text] of before) kept.set(key, text)
  await recoverDrafts(now)
  expect([lost, older, sent, old].map((key) => readDraft(key, now)?.text ?? null)).toEqual(["说了禁语", "说了禁语", null, null])
  expect(journal.has(old)).toBe(false)
})
