// @vitest-environment happy-dom
import { mount } from "@vue/test-utils"
import { expect, it } from "vitest"
import SpeechStrip from "./SpeechStrip.vue"

function drawn(strip: string, seconds: number): Record<string, string | undefined> {
  const { element } = mount(SpeechStrip, { props: { strip, seconds } })
  return Object.fromEntries(["agent", "customer", "lost"].map((name) => [name, element.querySelector(`.${name}`)?.getAttribute("d") ?? ""]))
}

it("ends with now, and has no more than was asked for", () => {
  expect(drawn("a.c", 120)).toEqual({ agent: "M117 2h1v8h-1z", customer: "M119 14h1v8h-1z", lost: "" })
  expect(drawn(`${"a".repeat(100)}xb`, 2)).toEqual({ agent: "M1 2h1v8h-1z", customer: "M1 14h1v8h-1z", lost: "M0 8h1v8h-1z" })
})
