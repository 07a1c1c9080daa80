import { afterEach, expect, it } from "vitest"
import { isEnglish, switchLanguage } from "../../texts"
import { whyUnsent } from "./unsent"

const why = (status: number, reason?: string, text = "x"): string =>
  whyUnsent({ file: new File([text], "a.wav"), reply: { status, detail: "the server's sentence", body: { reason } } })

afterEach(() => {
  if (isEnglish.value) switchLanguage()
})

it.each([
  [413, "too_large", "x", "文件太大"],
  [422, undefined, "", "文件是空的"],
  [422, "other_team", "x", "这个工号是别的班组的，这里导入不了"],
  [404, undefined, "x", "没有这个班组，或者不归您管，请刷新网页再选"],
  [408, undefined, "x", "传到一半断了"],
  [0, undefined, "x", "连不上服务器，传到一半断了"],
] as [number, string | undefined, string, string][])("says it in Chinese: %s %s", (status, reason, text, said) => {
  expect(why(status, reason, text)).toBe(said)
})

it("goes with the language of the page", () => {
  switchLanguage()
  expect(why(422, undefined, "")).toBe("the file is empty")
  expect(why(413, "too_large")).toBe("the server's sentence")
})
