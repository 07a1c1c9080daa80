import { describe, expect, it } from "vitest"
import type { Event } from "../api/events"
import { faultsOf, isLasting } from "./faults"
import { foreignOf, isMadeUp } from "./languages"
import { started, viewOf, words } from "./testing"

const heard = (at_ms: number, start_ms: number, language: string, is_written = false): Event => ({
  kind: "LanguageHeard", at_ms, channel: "customer", start_ms, language, is_written,
})
const of = (start_ms: number, language = "zh") => words(start_ms, start_ms + 900, "您好", { channel: "customer", language })

describe("another language", () => {
  it("is a fault of its side for as long as it is spoken", () => {
    const view = viewOf([started(), heard(5000, 2000, "en")])
    const [fault, ...others] = faultsOf(view, 9000, false)
    expect([fault, others]).toEqual([{ what: "language", channel: "customer", language: "en", isWritten: false, sinceMs: 2000 }, []])
    expect(isLasting(fault!)).toBe(true)
    expect(foreignOf(view, "agent")).toBeNull()
    expect(faultsOf(viewOf([started(), heard(5000, 2000, "en"), heard(9000, 8000, "zh", true)]), 9000, false)).toEqual([])
  })

  it("makes words written in the coached one made up, those of before it was told too", () => {
    const { lines, languages } = viewOf([started(), of(0), of(2000), heard(5000, 2000, "en"), of(6000), heard(12000, 9000, "zh", true), of(10000)])
    expect(lines.map((line) => isMadeUp(line, languages))).toEqual([false, true, true, false])
  })

  it("is believed where it is written as it is spoken", () => {
    const { lines, languages } = viewOf([started(), of(2000), heard(5000, 2000, "en", true), of(6000, "en"), heard(12000, 9000, "zh", true), of(9000, "en")])
    expect(lines.map((line) => isMadeUp(line, languages))).toEqual([true, false, true])
  })

  it("takes the caption that is being made up away", () => {
    const guess: Event = { kind: "WordsGuessed", at_ms: 4000, channel: "customer", start_ms: 3000, text: "我家", agreed: 0 }
    expect(viewOf([started(), guess, heard(5000, 2000, "en")]).guesses).toEqual({})
  })
})
