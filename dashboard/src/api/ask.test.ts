import { afterEach, expect, it, vi } from "vitest"
import { ask, pathOf, whyOf } from "./ask"

let asked: [string, RequestInit][]

function answering(status: number, text: string): void {
  asked = []
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push([path, init])
    return { status, text: async () => text }
  })
}

afterEach(() => vi.unstubAllGlobals())

it("puts names into the path as one part of it, and content as JSON", async () => {
  answering(202, "{}")
  await ask("PUT /api/calls/{call_id}/facts", { call_id: "a/b?", takes: { company: "甲" } })
  expect(asked[0]).toMatchObject(["/api/calls/a%2Fb%3F/facts", { method: "PUT", body: '{"company":"甲"}', headers: { "Content-Type": "application/json" } }])
  await ask("GET /api/session")
  expect(asked[1]).toMatchObject(["/api/session", { method: "GET", body: undefined }])
  expect(pathOf("GET /api/calls/{call_id}/audio", { call_id: "c 1" })).toBe("/api/calls/c%201/audio")
})

it("gives the server's own line, else the status", async () => {
  answering(422, '{"detail": "company is 3"}')
  expect(whyOf(await ask("POST /api/calls"))).toBe("company is 3")
  answering(502, "<html>bad gateway</html>")
  expect(whyOf(await ask("POST /api/calls"))).toBe("502")
})

it("takes no answer, and one that is not callcoach's, for none", async () => {
  answering(200, "<html>log in to the wireless network</html>")
  expect(await ask("GET /api/session")).toEqual({ status: 0, body: null, detail: "" })
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no server")))
  expect(whyOf(await ask("GET /api/session"))).toBe("")
})
