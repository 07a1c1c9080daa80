import { expect, it } from "vitest"
import { caseOf } from "../../floor/testing"
import { lastsMs, othersWord } from "./wording"

it("counts a cause no further than until it was over, also of a case that somebody has", () => {
  const silence = caseOf("k", { cause: "dead_air", since_at: 1_000, calm_at: 17_000 })
  expect([lastsMs(silence, 60_000), lastsMs({ ...silence, calm_at: null }, 60_000)]).toEqual([16_000, 59_000])
  expect(othersWord([silence], 60_000)).toContain("00:16")
})
