import { expect, it } from "vitest"
import type { ImportJob } from "../../api/http"
import { behind, countsOf, leftOf, soFar } from "./progress"

function job(state: ImportJob["state"], bytes: number, share = 0): ImportJob {
  return { id: `${bytes}`, name: "x.wav", bytes, state, share, call_id: null, is_known: false, reason: null, detail: "", ahead: null, figures: null }
}

it("counts what is decoded and what is scored as running, and what was deleted or a call before as no fault of the file", () => {
  const deleted = { ...job("refused", 1), reason: "deleted" as const }
  const before = { ...job("done", 1), is_known: true }
  const jobs = [job("done", 1), job("refused", 1), deleted, before, job("decoding", 1), job("scoring", 1), job("waiting", 1)]
  expect(countsOf(jobs)).toEqual({ done: 1, bad: 1, known: 2, running: 2, waiting: 1 })
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

it("averages only what could be assessed, and names the lowest first", () => {
  const scored = (score: number | null, assessed_share: number | null, to_confirm = 0, is_mixed = false): ImportJob => ({
    ...job("done", score ?? 0),
    figures: { score, assessed_share, to_confirm, is_mixed },
  })
  const told = soFar([scored(90, 1), scored(70, 0.8, 2), scored(10, 0.5), scored(null, null, 0, true), job("done", 5)])
  expect(told).toMatchObject({ calls: 4, mean: 80, toConfirm: 1, mixed: 1 })
  expect(told.assessed).toBeCloseTo(2.3 / 3)
  expect(told.lowest.map(({ figures }) => figures!.score)).toEqual([70, 90])
  expect(soFar([])).toMatchObject({ calls: 0, mean: null, assessed: null, lowest: [] })
})
