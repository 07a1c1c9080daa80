import { expect, it } from "vitest"
import type { DeskEntry } from "../../../api/http"
import { people } from "../../../texts/people"
import { clockOff, listed, stateOf, versionOf } from "./rows"

const NOW = 1_795_332_291
const DESK: DeskEntry = { id: "d", name: "前台", machine: "FRONT", program: "callcoach 0.1.0", enrolled_at: 1, seen_at: null, offset_ms: null, revoked_at: null, is_here: false, agent: null }

it.each([
  [{ is_here: true }, "在线"],
  [{}, "还没连过"],
  [{ seen_at: NOW - 120 }, "离线 · 最后在线 2 分前"],
  [{ seen_at: NOW, is_here: true, revoked_at: 5 }, "已撤销"],
])("says how a desk stands: %o", (told, text) => {
  expect(stateOf({ ...DESK, ...told }, NOW, people.value).text).toBe(text)
})

it.each([
  [null, ""],
  [2000, ""],
  [-2000, ""],
  [3240, "时钟快 3.2 秒"],
  [-300_000, "时钟慢 5 分"],
  [-1_795_332_291_000, "时钟慢 20779 天"],
])("tells a clock that is off by %s ms", (offset_ms, text) => {
  expect(clockOff({ ...DESK, offset_ms }, people.value)).toBe(text)
  expect(clockOff({ ...DESK, offset_ms, revoked_at: 5 }, people.value)).toBe("")
})

it("has those in use first, and the program's version alone", () => {
  const revoked = [{ ...DESK, id: "a", revoked_at: NOW - 80_000 }, { ...DESK, id: "e", enrolled_at: 9, revoked_at: NOW - 10 }, { ...DESK, id: "x", revoked_at: NOW - 90_000 }]
  const found = listed([...revoked, { ...DESK, id: "b", enrolled_at: 4 }, { ...DESK, id: "c", enrolled_at: 2 }], NOW)
  expect(found.map(({ id }) => id)).toEqual(["c", "b", "e", "a"])
  expect(versionOf(DESK)).toBe("0.1.0")
})
