import { expect, it } from "vitest"
import { callsEn } from "./calls/en"
import { callsZhCN } from "./calls/zh-CN"
import { dockEn } from "./dock/en"
import { dockZhCN } from "./dock/zh-CN"
import { en } from "./en"
import { floorEn } from "./floor/en"
import { floorZhCN } from "./floor/zh-CN"
import { peopleEn } from "./people/en"
import { peopleZhCN } from "./people/zh-CN"
import { listEn } from "./list/en"
import { listZhCN } from "./list/zh-CN"
import { replayEn } from "./replay/en"
import { replayZhCN } from "./replay/zh-CN"
import { reviewEn } from "./review/en"
import { reviewZhCN } from "./review/zh-CN"
import { zhCN } from "./zh-CN"

/** Every text with its path; functions are called with a number in each place. */
function leaves(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]]
  if (typeof value === "function") return [[path, String((value as (...args: number[]) => string)(3, 4))]]
  return Object.entries(value as object).flatMap(([name, one]) => leaves(one, `${path}.${name}`))
}

const HAN = /[\u2e80-\u9fff\uff00-\uffef]/
const MAY_BE_EMPTY = /easure\.none$|fields\..*\.more$/

it.each([
  ["zh-CN", zhCN],
  ["en", en],
  ["zh-CN of people", peopleZhCN],
  ["en of people", peopleEn],
  ["zh-CN of lists", listZhCN],
  ["en of lists", listEn],
  ["zh-CN of replays", replayZhCN],
  ["en of replays", replayEn],
  ["zh-CN of reviews", reviewZhCN],
  ["en of reviews", reviewEn],
  ["zh-CN of an agent's calls", callsZhCN],
  ["en of an agent's calls", callsEn],
  ["zh-CN of the dock", dockZhCN],
  ["en of the dock", dockEn],
  ["zh-CN of the floor", floorZhCN],
  ["en of the floor", floorEn],
])("%s says something everywhere", (_, texts) => {
  const empty = leaves(texts).filter(([path, text]) => text.trim() === "" && !MAY_BE_EMPTY.test(path))
  expect(empty).toEqual([])
})

it("has no Chinese in English but the name of the language", () => {
  const chinese = [...leaves(en), ...leaves(peopleEn), ...leaves(reviewEn), ...leaves(replayEn), ...leaves(listEn), ...leaves(callsEn), ...leaves(floorEn), ...leaves(dockEn)].filter(([path, text]) => HAN.test(text) && !path.startsWith(".language."))
  expect(chinese).toEqual([])
})

it("has full-width punctuation beside Chinese", () => {
  const wrong = [...leaves(zhCN), ...leaves(peopleZhCN), ...leaves(reviewZhCN), ...leaves(replayZhCN), ...leaves(listZhCN), ...leaves(callsZhCN), ...leaves(floorZhCN), ...leaves(dockZhCN)].filter(([path, text]) => !/csv\.header$/.test(path) && /[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]/.test(text))
  expect(wrong).toEqual([])
})
