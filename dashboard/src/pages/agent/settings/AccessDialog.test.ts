// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { at, shown, textOf } from "../testing"
import AccessDialog from "./AccessDialog.vue"

let status: number
let asked: unknown[]

beforeEach(() => {
  asked = []
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push([init.method, path, JSON.parse(String(init.body))])
    return { status, text: async () => '{"may_write":true}' }
  })
})

afterEach(() => void vi.unstubAllGlobals())

async function show(answer: number): Promise<ReturnType<typeof shown>> {
  status = answer
  const wrapper = shown(AccessDialog, {})
  await at(wrapper, "access-token").setValue(" a-token ")
  await wrapper.find("form").trigger("submit")
  await flushPromises()
  return wrapper
}

it("says what the page may do, in words and without a header", () => {
  const said = textOf(shown(AccessDialog, {}))
  expect(said).toMatch(/能看.*不能操作.*令牌/)
  expect(said).not.toMatch(/Authorization|Bearer|header/i)
})

it("shows the token and is done", async () => {
  const wrapper = await show(200)
  expect(asked).toEqual([["POST", "/api/session", { token: "a-token" }]])
  expect([wrapper.emitted("opened"), wrapper.emitted("close")]).toEqual([[[]], [[]]])
})

it("says why it was not let in", async () => {
  for (const [code, said] of [[401, "令牌不对"], [429, "请等几秒"], [500, "连不上服务器"]] as const) {
    const wrapper = await show(code)
    expect(at(wrapper, "access-state").text()).toContain(said)
    expect(wrapper.emitted("opened")).toBeUndefined()
  }
})
