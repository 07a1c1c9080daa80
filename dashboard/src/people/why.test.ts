import { afterEach, expect, it } from "vitest"
import { isEnglish, switchLanguage } from "../texts"
import { peopleZhCN } from "../texts/people/zh-CN"
import { whyNot } from "./why"

const refused = (reason?: string): string => whyNot({ status: 409, detail: "this is the server's sentence", body: { detail: "", reason } })

afterEach(() => {
  if (isEnglish.value) switchLanguage()
})

it("says each reason in Chinese", () => {
  const reasons = Object.keys(peopleZhCN.refusals)
  expect(reasons).toContain("last_admin")
  expect(reasons.map(refused).filter((text) => !/[\u4e00-\u9fff]/.test(text))).toEqual([])
})

it("repeats the server's sentence for a reason of tomorrow, for none, and in English", () => {
  expect([refused("of_tomorrow"), refused(), whyNot({ status: 502, detail: "" })]).toEqual(["this is the server's sentence", "this is the server's sentence", "502"])
  switchLanguage()
  expect(refused("last_admin")).toBe("this is the server's sentence")
})
