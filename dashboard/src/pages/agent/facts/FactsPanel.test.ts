// @vitest-environment happy-dom
import { nextTick, computed, ref } from "vue"
import { expect, it, vi } from "vitest"
import { filled } from "../../../call/facts"
import { started } from "../../../call/testing"
import { at, liveOf, shown } from "../testing"
import FactsPanel from "./FactsPanel.vue"

it("shows what is known, keeps each letter, and tells a field once it is finished", async () => {
  const live = liveOf()
  const wrapper = shown(FactsPanel, { closable: false }, live)
  const name = at(wrapper, "facts-customer_name")
  expect((name.element as HTMLInputElement).value).toBe("张女士")
  ;(name.element as HTMLInputElement).value = "李"
  await name.trigger("input")
  expect(live.facts.write).toHaveBeenLastCalledWith("customer_name", "李")
  expect(live.facts.commit).not.toHaveBeenCalled()
  await name.trigger("change")
  expect(live.facts.commit).toHaveBeenCalledOnce()
})

it("keeps the agent's name at a desk that of who is signed in", () => {
  const agent = (isFixed: boolean): HTMLInputElement => {
    const live = liveOf()
    live.facts.isAgentFixed = computed(() => isFixed)
    return at(shown(FactsPanel, { closable: false }, live), "facts-agent_name").element as HTMLInputElement
  }
  expect(agent(true).readOnly).toBe(true)
  expect(agent(false).readOnly).toBe(false)
})

it("tells the direction at once", async () => {
  const live = liveOf()
  await at(shown(FactsPanel, { closable: false }, live), "facts-outbound").setValue(true)
  expect(live.facts.write).toHaveBeenCalledWith("direction", "outbound")
  expect(live.facts.commit).toHaveBeenCalledOnce()
})

it("shows no consent that is not in force: a tick the server refused goes out again", async () => {
  const inForce = ref(false)
  const live = liveOf()
  live.facts.form = computed(() => filled({ ...started().facts, recording_consent: inForce.value }))
  const box = at(shown(FactsPanel, { closable: false }, live), "facts-recording_consent")
  await box.setValue(true)
  await nextTick()
  expect((box.element as HTMLInputElement).checked).toBe(false)
  live.facts.commit = async () => void (inForce.value = true)
  await box.setValue(true)
  await nextTick()
  expect((box.element as HTMLInputElement).checked).toBe(true)
})

it("says why something was not saved, and that no server was there where nothing was said", async () => {
  const live = liveOf()
  const wrapper = shown(FactsPanel, { closable: false }, live)
  live.facts.state.value = "problem"
  await nextTick()
  expect(at(wrapper, "facts-state").text()).toBe("没有保存 · 连不上服务器")
  live.facts.detail.value = "too long"
  await nextTick()
  expect(at(wrapper, "facts-state").text()).toBe("没有保存 · too long")
})

it("closes with what was typed kept; Esc in the middle of a word belongs to the IME", async () => {
  const live = liveOf()
  const wrapper = shown(FactsPanel, { closable: true }, live)
  expect(document.activeElement).toBe(at(wrapper, "facts-customer_name").element)
  await wrapper.find("form").trigger("keydown", { key: "Escape", keyCode: 229 })
  expect(wrapper.emitted("close")).toBeUndefined()
  await wrapper.find("form").trigger("keydown", { key: "Escape" })
  expect(wrapper.emitted("close")).toHaveLength(1)
  expect(vi.mocked(live.facts.commit)).toHaveBeenCalledOnce()
})

it("stays where it does not lie over something else", async () => {
  const wrapper = shown(FactsPanel, { closable: false })
  await wrapper.find("form").trigger("submit")
  expect(wrapper.emitted("close")).toBeUndefined()
  expect(at(wrapper, "facts-close").exists()).toBe(false)
})
