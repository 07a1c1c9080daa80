// @vitest-environment happy-dom
import { expect, it } from "vitest"
import type { Event } from "../../api/events"
import { hint, started, viewOf, words } from "../../call/testing"
import { at, shown, textOf } from "./testing"
import TranscriptCard from "../../stage/TranscriptCard.vue"

const SAID = words(0, 2600, "这是公司规定一共三千五百元", { shown: "这是公司规定，一共3500元。" })
const BAN = hint(1, 3000, {
  rule: "ban-policy",
  title: "禁语",
  evidence: [{ channel: "agent", start_ms: 400, end_ms: 1200, quote: "公司规定", quote_en: "" }],
})
const DOUBTED: Event = { kind: "WordsSuppressed", at_ms: 6000, channel: "customer", start_ms: 3000, end_ms: 5000, text: "字幕由志愿者提供", reason: "phantom_line" }
const OVER: Event = { kind: "CallEnded", actor: null, at_ms: 9000, reason: "finished" }

const card = (events: Event[]): ReturnType<typeof shown> => shown(TranscriptCard, { view: viewOf(events), dimmed: false })

it("shows the words as a reader wants them, marked where a hint's evidence lies", async () => {
  const wrapper = card([started(), SAID])
  expect(wrapper.find(".text").text()).toBe("这是公司规定，一共3500元。")
  expect(wrapper.find(".marked").exists()).toBe(false)
  await wrapper.setProps({ view: viewOf([started(), SAID, BAN]) })
  expect(wrapper.find(".marked").text()).toBe("公司规定")
  expect(wrapper.find(".marked").classes()).toContain("warning")
  expect(at(wrapper, "line-tag").text()).toBe("公司规定")
})

it("says beside the line which figure was found, at one line alone", () => {
  const found = { channel: "agent", start_ms: 0, end_ms: 4000, quote: "346 字/分", quote_en: "346 chars/min" } as const
  const wrapper = card([started(), SAID, words(3000, 4200, "好的"), hint(2, 5000, { evidence: [found] })])
  expect(wrapper.findAll("[data-testid=line]").map((line) => line.find("[data-testid=line-tag]").exists())).toEqual([false, true])
  expect([at(wrapper, "line-tag").text(), wrapper.find(".marked").exists()]).toEqual(["346 字/分", false])
})

it("draws a line anew only for a new mark", async () => {
  const wrapper = card([started(), SAID])
  const element = at(wrapper, "line").element
  await wrapper.setProps({ view: viewOf([started(), SAID, words(3000, 4000, "好的")]) })
  expect(at(wrapper, "line").element).toBe(element)
  expect(wrapper.findAll("[data-testid=line]")).toHaveLength(2)
})

it("ends with the words being guessed, those agreed on set apart", () => {
  const guessed: Event = { kind: "WordsGuessed", at_ms: 4000, channel: "customer", start_ms: 3000, text: "我家的水管", agreed: 3 }
  const wrapper = card([started(), SAID, guessed])
  expect(at(wrapper, "guess").attributes("data-channel")).toBe("customer")
  expect([wrapper.find(".agreed").text(), textOf(at(wrapper, "guess"))]).toEqual(["我家的", expect.stringContaining("我家的 水管")])
})

it("says when words come late, in the head and at the line", () => {
  const late = card([started(), words(0, 1000, "您好", { lag_ms: 3100 })])
  expect(at(late, "words-lag").classes()).toContain("late")
  expect(textOf(at(late, "line"))).toContain("迟")
  const soon = card([started(), words(0, 1000, "您好")])
  expect(at(soon, "words-lag").classes()).not.toContain("late")
  expect(textOf(at(soon, "line"))).not.toContain("迟")
})

it("marks what was heard later from the recording, which is not late", () => {
  const later = card([started(), OVER, words(0, 1000, "您好", { at_ms: 9000, lag_ms: 8000, heard_later: true })])
  expect(at(later, "heard-later").text()).toBe("事后补听")
  expect(textOf(at(later, "line"))).not.toContain("迟")
})

it("keeps what was not believed until the call is over, and says why", () => {
  expect(at(card([started(), SAID, DOUBTED]), "suppressed").exists()).toBe(false)
  const over = at(card([started(), SAID, DOUBTED, OVER]), "suppressed")
  expect(textOf(over)).toMatch(/未采纳 1 处.*字幕由志愿者提供.*空想字幕/)
})

it("tells no words yet from no words at all", () => {
  expect(textOf(card([started()]))).toContain("还没有文字")
  expect(textOf(card([started({ engine: "none" })]))).toContain("没有通话文字 · 只看声音")
})

it("greys what is written in another language than was spoken, once it is told", async () => {
  const wrapper = card([started(), SAID])
  expect(at(wrapper, "made-up").exists()).toBe(false)
  const told: Event = { kind: "LanguageHeard", at_ms: 9000, channel: "agent", start_ms: 0, language: "en", is_written: false }
  await wrapper.setProps({ view: viewOf([started(), SAID, told]) })
  expect(at(wrapper, "line").classes()).toContain("made-up")
  expect(at(wrapper, "made-up").text()).toBe("不是普通话，不可信")
})
