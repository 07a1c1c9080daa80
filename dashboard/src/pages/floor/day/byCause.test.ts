import { expect, it } from "vitest"
import type { PastCase } from "../../../api/http"
import { byCause } from "./byCause"

const past = (cause: PastCase["cause"], since_at: number, closed_at: number | null, taken: PastCase["taken"] = null): PastCase =>
  ({ id: `${cause}${since_at}`, agent_id: "1", call_id: "c", cause, rank: "warning", since_at, detail: "", line: "", taken, escalated_at: null, calm_at: null, name: "", closed_at, closed_because: "", closed_by: "", closed_reason: "" }) as PastCase

it("tells of each cause how often, how many were taken, and for how long; what is open has no length yet", () => {
  const told = byCause([past("blind", 0, 30_000), past("help", 5_000, null, { by: "Wang", by_id: "w", at: 9_000, is_here: true } as PastCase["taken"]), past("blind", 60_000, 70_000)])
  expect(told).toEqual([
    { cause: "blind", count: 2, taken: 0, open: 0, lastedMs: 40_000, mostMs: 30_000 },
    { cause: "help", count: 1, taken: 1, open: 1, lastedMs: 0, mostMs: 0 },
  ])
  expect(byCause([])).toEqual([])
})
