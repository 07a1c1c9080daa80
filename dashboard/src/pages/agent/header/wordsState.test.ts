import { expect, it } from "vitest"
import type { RecogniserStatus } from "../../../api/http"
import { started, viewOf } from "../../../call/testing"
import type { Event, WordsTrust } from "../../../api/events"
import { zhCN } from "../../../texts/zh-CN"
import { recogniserOf, wordsStateOf } from "./wordsState"

const DOWN: Event = { kind: "StageFailed", at_ms: 900, stage: "asr", reason: "died", cause: "" }
const BACK: Event = { kind: "StageBack", at_ms: 1900, stage: "asr" }
const TRUST: WordsTrust = { good_for: "hints", characters_wrong: [0.1], characters_wrong_in_noise: [0.2], bans_missed: 0.1 }
const OVER: Event = { kind: "CallEnded", actor: null, at_ms: 9000, reason: "interrupted" }

const status = (change: Partial<RecogniserStatus>): RecogniserStatus => ({ engine: "base", notice: "", fault: "", words_trust: null, ...change })

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
  expect(state(call, false, status({ engine: "base" }))).toEqual(["ok", "识别 正常"])
  expect(state(call, false, status({ engine: "none", notice: "没有模型" }))).toEqual(["none", "无文字"])
  expect(state(call, false, status({ engine: "base", fault: "died" }))).toEqual(["none", "无文字"])
  expect(state([started({ engine: "none" }), OVER], false, status({ engine: "demo" }))[0]).toBe("notice")
  expect(state(call, true, status({ engine: "base" }))).toEqual([])
})

it("says in a call and between calls what the words are good for", () => {
  const base = started({ engine: "base", words_trust: TRUST })
  const now = status({ words_trust: TRUST })
  expect(state([base])).toEqual(["ok", "识别 正常 · 供提示"])
  expect(state([base, OVER], false, now)).toEqual(["ok", "识别 正常 · 供提示"])
  expect(wordsStateOf(viewOf([]), false, now, zhCN)?.detail).toContain("不足以评分")
  expect(recogniserOf(viewOf([base]), status({ engine: "none" }))?.engine).toBe("base")
  expect(recogniserOf(viewOf([base, OVER]), status({ engine: "none" }))?.engine).toBe("none")
  expect(recogniserOf(viewOf([base, OVER]), null)?.engine).toBe("base")
  expect(recogniserOf(viewOf([]), null)).toBeNull()
})

it("tells the lateness of words by its figure alone where there is no room", () => {
  const view = { ...viewOf([started({ engine: "base" })]), lagMs: 31_700 }
  expect(wordsStateOf(view, false, null, zhCN)?.text).toBe("文字慢 31.7 秒")
  expect(wordsStateOf(view, false, null, zhCN, true)?.text).toBe("慢 31.7 秒")
})
