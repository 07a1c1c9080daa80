import { expect, it } from "vitest"
import type { RecogniserStatus } from "../../../api/http"
import { started, viewOf } from "../../../call/testing"
import type { Event } from "../../../api/events"
import { zhCN } from "../../../texts/zh-CN"
import { wordsStateOf } from "./wordsState"

const DOWN: Event = { kind: "StageFailed", at_ms: 900, stage: "asr", reason: "died", cause: "" }
const BACK: Event = { kind: "StageBack", at_ms: 1900, stage: "asr" }
const OVER: Event = { kind: "CallEnded", actor: null, at_ms: 9000, reason: "interrupted" }

function state(events: Event[], isStale = false, now: RecogniserStatus | null = null): [string?, string?] {
  const found = wordsStateOf(viewOf(events), isStale, now, zhCN)
  return found ? [found.state, found.text] : []
}

it("follows the records of a running call, and calls nothing fine while none come", () => {
  const base = started({ engine: "base" })
  expect(state([base])).toEqual(["ok", "识别 正常"])
  expect(state([base, DOWN])).toEqual(["none", "无文字"])
  expect(state([base, DOWN, BACK])).toEqual(["ok", "识别 正常"])
  expect(state([base], true)).toEqual(["stale", "识别 无数据"])
  expect(state([started()])[0]).toBe("notice")
})

it("says of the time after a call what hears the next one, whatever heard that one", () => {
  const call = [started({ engine: "base" }), OVER]
  expect(state(call)).toEqual([])
  expect(state(call, false, { engine: "base", notice: "", fault: "" })).toEqual(["ok", "识别 正常"])
  expect(state(call, false, { engine: "none", notice: "没有模型", fault: "" })).toEqual(["none", "无文字"])
  expect(state(call, false, { engine: "base", notice: "", fault: "died" })).toEqual(["none", "无文字"])
  expect(state([started({ engine: "none" }), OVER], false, { engine: "demo", notice: "", fault: "" })[0]).toBe("notice")
  expect(state(call, true, { engine: "base", notice: "", fault: "" })).toEqual([])
})
