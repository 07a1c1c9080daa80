// @vitest-environment happy-dom
import { mount } from "@vue/test-utils"
import { expect, it } from "vitest"
import App from "./App.vue"
import { router, wantedCall } from "./router"

it("takes the call from the address, else the latest", () => {
  expect(wantedCall({ query: { call: "c1" } })).toEqual({ wanted: "c1" })
  expect(wantedCall({ query: { call: ["c1", "c2"] } })).toEqual({ wanted: "c1" })
  for (const call of ["", null]) expect(wantedCall({ query: { call } })).toEqual({ wanted: "latest" })
  expect(wantedCall({ query: {} })).toEqual({ wanted: "latest" })
})

it.each(["/agent", "/agent/", "/agent/c1", "/agent?call=c1"])("shows the agent page at %s", (address) => {
  expect(router.resolve(address).matched[0]!.path).toMatch(/^\/agent\//)
})

it.each(["/agents", "/nothing/here", "/qa/nothing"])("says at %s in both languages that nothing is there, with a way on", async (address) => {
  await router.push(address)
  const wrapper = mount(App, { global: { plugins: [router] } })
  expect(wrapper.find("[lang=zh-CN]").text()).toBe("这里没有页面。打开坐席页")
  expect(wrapper.find("[lang=en]").text()).toContain("There is no page here.")
  expect(wrapper.findAll("a").map((link) => link.attributes("href"))).toEqual(["/agent", "/agent"])
})
