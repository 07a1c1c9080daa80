import { expect, it } from "vitest"
import { phrasesOf } from "./rulebook"

it("breaks a sentence behind its marks, and loses nothing of it", () => {
  const cut = (sentence: string): string[] => phrasesOf(sentence)
  expect(cut("「还在查，再等__分钟，可以吗？」")).toEqual(["「还在查，", "再等__分钟，", "可以吗？」"])
  expect(cut("您好！请问有什么可以帮您？")).toEqual(["您好！", "请问有什么可以帮您？"])
  expect(cut("放慢到2.5倍")).toEqual(["放慢到2.5倍"])
  for (const sentence of ["，好", "……请讲", "真的？！好", "", "他说：“好。”再见"]) expect(cut(sentence).join("")).toBe(sentence)
})
