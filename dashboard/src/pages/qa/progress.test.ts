import { expect, it } from "vitest"
import type { ImportJob } from "../../api/http"
import { behind, countsOf, leftOf } from "./progress"

function job(state: ImportJob["state"], bytes: number, share = 0): ImportJob {
  return { id: `${bytes}`, name: "x.wav", bytes, state, share, call_id: null, is_known: false, reason: null, detail: "", ahead: null }
}

it("counts what is decoded and what is scored as running, and what was deleted as no fault of the file", () => {
  const deleted = { ...job("refused", 1), reason: "deleted" as const }
  const jobs = [job("done", 1), job("refused", 1), deleted, job("decoding", 1), job("scoring", 1), job("waiting", 1)]
  expect(countsOf(jobs)).toEqual({ done: 1, bad: 1, known: 1, running: 2, waiting: 1 })
})

it("tells the time left by the bytes that are behind, and what is not sent yet", () => {
  const jobs = [job("done", 100), job("scoring", 100, 0.5), job("waiting", 100)]
  expect(behind(jobs)).toBe(150)
  expect(leftOf(jobs, 150, { at_s: 0, bytes: 0 }, 15)).toBe(30)
})

it("tells no time before it has seen enough", () => {
  expect(leftOf([job("done", 100), job("waiting", 100)], 0, { at_s: 0, bytes: 0 }, 2)).toBeNull()
  expect(leftOf([job("scoring", 100)], 0, { at_s: 0, bytes: 0 }, 60)).toBeNull()
})
