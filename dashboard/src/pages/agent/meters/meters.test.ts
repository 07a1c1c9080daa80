// @vitest-environment happy-dom
import { expect, it } from "vitest"
import type { Event, PaceMeasured } from "../../../api/events"
import { LEGEND, started, viewOf } from "../../../call/testing"
import { at, shown, textOf } from "../testing"
import PaceMeter from "../../../stage/meters/PaceMeter.vue"
import SilenceMeter from "../../../stage/meters/SilenceMeter.vue"

function pace(change: Partial<PaceMeasured>): ReturnType<typeof shown> {
  const measured: PaceMeasured = {
    kind: "PaceMeasured", at_ms: 30_000, channel: "agent", start_ms: 10_000, end_ms: 30_000, speaking_rate: 206.4, articulation_rate: 230,
    characters: 32, speaking_ms: 9000, articulation_ms: 8000, basis: "words", baseline_rate: null, baseline_speaking_ms: 0, ...change,
  } // prettier-ignore
  return shown(PaceMeter, { pace: measured, legend: LEGEND, mini: false, blind: false })
}

it("says how fast, against the band, and over which window", () => {
  const wrapper = pace({})
  expect(at(wrapper, "meter-pace").attributes("data-verdict")).toBe("high")
  expect([at(wrapper, "pace-value").text(), textOf(wrapper)]).toEqual(["206", expect.stringContaining("近 20 秒 · 32 字")])
  expect(wrapper.find(".needle").attributes("style")).toContain("left: 61")
})

it("calls an estimate one", () => {
  const wrapper = pace({ basis: "acoustic" })
  expect([at(wrapper, "pace-value").text(), wrapper.find(".needle").classes()]).toEqual(["约 206", ["needle", "dashed"]])
})

it("shows no number that rests on too little speech, and none that is old", async () => {
  const wrapper = pace({ speaking_ms: 2900 })
  expect([at(wrapper, "pace-value").text(), wrapper.find(".needle").exists()]).toEqual(["—", false])
  expect(textOf(wrapper)).toContain("话音不足 3 秒")
  const blind = pace({})
  await blind.setProps({ blind: true })
  expect(at(blind, "meter-pace").attributes("data-verdict")).toBe("blind")
  expect(textOf(blind)).toContain("无数据")
})

it("says what is usual for this voice, and on how much that rests", () => {
  expect(at(pace({}), "pace-usual").exists()).toBe(false)
  expect(at(pace({ baseline_rate: 187.6, baseline_speaking_ms: 720_000 }), "pace-usual").text()).toBe("平时 188 · 基于 12 分钟")
})

const QUIET: Event = { kind: "SilenceStarted", at_ms: 4000, start_ms: 3000, silence: "both", limit_ms: 5000 }

function silence(events: Event[], nowMs: number, blind = false): ReturnType<typeof shown> {
  return shown(SilenceMeter, { view: viewOf(events), nowMs, blind })
}

it("counts a silence in seconds and fills a fifth of its limit at a time", () => {
  const read = (nowMs: number): [string, number] => {
    const wrapper = silence([started(), QUIET], nowMs)
    return [at(wrapper, "silence-value").text(), wrapper.findAll(".pips .full").length]
  }
  expect([read(3900), read(4000), read(7999), read(30_000)]).toEqual([["0", 0], ["1", 1], ["4", 4], ["27", 5]])
})

it("names the kind of silence, or who speaks", () => {
  const wrapper = silence([started(), QUIET], 4000)
  expect(at(wrapper, "meter-silence").attributes("data-kind")).toBe("both")
  expect(textOf(wrapper)).toMatch(/双方静默.*满 5 秒提示$/)
  expect(textOf(silence([started(), { kind: "TurnStarted", at_ms: 900, channel: "customer", start_ms: 800 }], 1000))).toContain("客户正在说")
})

it("says of a side that is lost neither that it speaks nor how long it was silent", () => {
  const spoke: Event = { kind: "TurnStarted", at_ms: 900, channel: "customer", start_ms: 800 }
  const lost: Event = { kind: "ChannelLost", at_ms: 3000, channel: "customer", start_ms: 2000 }
  const back: Event = { kind: "ChannelBack", at_ms: 9000, channel: "customer", start_ms: 2000, end_ms: 8980 }
  expect(textOf(silence([started(), spoke, lost], 3100))).not.toContain("正在说")
  expect(textOf(silence([started(), spoke, lost, back], 9100))).toContain("客户正在说")
  expect(textOf(silence([started(), spoke], 1000, true))).not.toContain("正在说")
})

it("waits longer where only the agent is heard, and counts nothing while nothing is heard", () => {
  expect(textOf(silence([started({ channels: ["agent"] })], 1000))).toContain("满 15 秒提示")
  expect(at(silence([started(), QUIET], 5000, true), "silence-value").text()).toBe("—")
})
