import { expect, it } from "vitest"
import { homeOf, pathOnly } from "./next"

const HERE = "http://10.2.0.2:8000"

it("goes on within this server", () => {
  expect(pathOnly("/agent?call=c1", HERE)).toBe("/agent?call=c1")
  expect(pathOnly("/admin/audit#48211", HERE)).toBe("/admin/audit#48211")
  expect(pathOnly("/agent/../admin", HERE)).toBe("/admin")
})

it.each([
  "//evil.example", "/\\evil.example", "https://evil.example/agent", "javascript:alert(1)", "\\\\evil.example", "/\t/evil.example",
  "/.//evil.example", "/agent/..//evil.example",
  "agent", "", null, undefined, ["/agent", "/x"], "/login?next=/agent", "/api/me/data", "/ws/floor", "http://",
])("goes nowhere else: %s", (next) => {
  expect(pathOnly(next, HERE)).toBeNull()
})

it("brings everybody home", () => {
  expect([homeOf({ may: ["call.import", "floor.watch"] }), homeOf({ may: ["call.import"] })]).toEqual(["/floor", "/qa"])
  expect([homeOf({ may: ["self", "call.read"] }), homeOf({ may: ["self", "people.read"] })]).toEqual(["/agent", "/admin"])
})
