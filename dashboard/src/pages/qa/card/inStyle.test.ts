import { expect, it } from "vitest"
import { inStyle } from "./inStyle"

it("keeps what would end the string", () => {
  expect(inStyle("林晓雯 · A7")).toBe('"林晓雯 · A7"')
  expect(inStyle('a"; } b\\c\nd')).toBe('"a\\22 ; } b\\5c c\\a d"')
})
