import { describe, expect, it } from "vitest"
import type { Event, WordsTrust } from "../../../api/events"
import { BLEED_SHOWN_MS, faultsOf, notesOf, scoreFailureOf } from "../../../call/faults"
import { reduce } from "../../../call/reduce"
import { CALL, measured, recording, started, stopped, viewOf } from "../../../call/testing"
import { emptyView } from "../../../call/view"
import { en } from "../../../texts/en"
import { zhCN } from "../../../texts/zh-CN"
import { lineOf, noteText, recogniserText } from "./statusTexts"

const MOMENT = { nowMs: 60_000, offlineS: 42, retries: 3 }

const TRUST: WordsTrust = { good_for: "hints", characters_wrong: [0.14, 0.15], characters_wrong_in_noise: [0.22, 0.45], bans_missed: 0.25 }

it("says which recogniser hears, and what its words may be trusted with", () => {
  const base = { engine: "base", words_trust: TRUST }
  expect(recogniserText(base, zhCN)).toBe("识别模型 base · 文字供提示，不足以评分：朗读错字 14–15%，嘈杂时 22–45%，电话里 25% 的禁语听不出")
  expect(recogniserText(base, en)).toContain("words for hints, not for scores: 14–15% of characters wrong in clean reading")
  expect(recogniserText({ engine: "/models/ours", words_trust: null }, zhCN)).toBe("识别模型 ours · 准确度未测量")
  expect(recogniserText({ engine: "demo", words_trust: null }, zhCN)).toContain("只认识演示声音")
  expect(recogniserText({ engine: "none", words_trust: null }, zhCN)).toBe("")
})

describe("faults", () => {
  it("says at all times that somebody may only look, and whose the rest is", () => {
    const [fault] = faultsOf(emptyView(""), 0, false, "qa")
    expect(lineOf(fault!, zhCN, MOMENT)).toMatchObject({ title: "只能看，不能操作", more: expect.stringMatching(/质检.*由坐席处理/) })
    expect(faultsOf(emptyView(""), 0, true, "lead").map(({ what }) => what)).toEqual(["offline", "read_only"])
  })

  it("names the device that is lost", () => {
    const view = viewOf([started(), measured(10), { kind: "ChannelLost", at_ms: 2000, channel: "agent", start_ms: 1000 }])
    const [fault] = faultsOf(view, 36_000, false)
    expect(lineOf(fault!, zhCN, MOMENT)).toMatchObject({ title: "听不到您", since: "00:59", more: expect.stringContaining("USB") })
  })

  it("says quietly what is odd about the recording, the sides first", () => {
    const notices = [
      { code: "short", detail: "the last 3 ms are missing" },
      { code: "only_left", detail: "only the left side is heard" },
    ] as const
    const view = viewOf([started({ notices: [...notices], channels: ["mixed"] })])
    const notes = notesOf(view)
    expect(notes.map((note) => noteText(note, zhCN, false))).toEqual([
      "录音只有左声道有人声 · 不分坐席与客户",
      "录音结尾缺一小段",
    ])
    const [kept] = notesOf(viewOf([started({ notices: [...notices] })]))
    expect(noteText(kept!, zhCN, false)).toBe("录音只有左声道有人声 · 可能是无声电话")
    expect(noteText(kept!, zhCN, true)).toBe("录音只有左声道有人声")
    const later = { code: "of_later", detail: "as it came" } as unknown as (typeof notices)[0]
    expect(noteText(notesOf(viewOf([started({ notices: [later] })]))[0]!, zhCN, false)).toBe("as it came")
  })

  it("says that a side speaks another language, which, and what becomes of its words", () => {
    const told = (is_written: boolean) =>
      faultsOf(viewOf([started(), { kind: "LanguageHeard", at_ms: 9000, channel: "customer", start_ms: 6000, language: "en", is_written }]), 9000, false)
    expect(lineOf(told(false)[0]!, zhCN, MOMENT)).toEqual({ icon: "ear-off", title: "客户说的不是普通话，文字不可信", since: "00:54", more: "英语 · 只看声音" })
    expect(lineOf(told(true)[0]!, zhCN, MOMENT)).toMatchObject({ title: "客户说的不是普通话", more: "英语，文字照录 · 只看声音" })
    expect(lineOf(told(false)[0]!, en, MOMENT)).toMatchObject({ title: "Caller: not Mandarin, the words cannot be trusted", more: "English · sound only" })
  })

  it("says where a recording stopped, and nothing of one that was withdrawn", () => {
    const [fault] = faultsOf(viewOf([started(), recording, stopped("disk_full")]), 300_000, false)
    expect(lineOf(fault!, zhCN, MOMENT)).toEqual({
      icon: "record-off", title: "磁盘已满 · 录音停在 04:12", since: "", more: "提示照常 · 请联系管理员",
    })
    expect(faultsOf(viewOf([started(), recording, stopped("withdrawn")]), 300_000, false)).toEqual([])
  })

  it("says that the recogniser starts again, and nothing once it is back", () => {
    const view = viewOf([started(), { kind: "StageFailed", at_ms: 5000, stage: "asr", reason: "worker gone", cause: "" }])
    const [fault] = faultsOf(view, 9000, false)
    expect(fault).toEqual({ what: "no_words", failure: { reason: "worker gone", sinceMs: 5000 } })
    expect(lineOf(fault!, zhCN, MOMENT).more).toContain("重新启动")
    expect(faultsOf(reduce(view, { call_id: CALL, seq: 9, event: { kind: "StageBack", at_ms: 9000, stage: "asr" } }), 9000, false)).toEqual([])
    const [none] = faultsOf(viewOf([started({ engine: "none" })]), 9000, false)
    expect(lineOf(none!, zhCN, MOMENT)).toMatchObject({ since: "", more: zhCN.status.onlySound })
  })

  it("says that records wait in memory until the store works again", () => {
    const failed: Event = { kind: "StageFailed", at_ms: 5000, stage: "store", reason: "locked", cause: "locked" }
    const view = viewOf([started(), failed, { kind: "StageFailed", at_ms: 6000, stage: "asr", reason: "gone", cause: "" }])
    expect(faultsOf(view, 9000, false).map((fault) => lineOf(fault, zhCN, MOMENT).title)).toEqual(["没有通话文字", "记录暂存内存"])
    const back: Event = { kind: "StageBack", at_ms: 9000, stage: "store" }
    expect(faultsOf(reduce(view, { call_id: CALL, seq: 9, event: back }), 9000, false).map(({ what }) => what)).toEqual(["no_words"])
  })
})

describe("a call that is over", () => {
  const failed: Event = { kind: "StageFailed", at_ms: 5000, stage: "store", reason: "calls.db: full", cause: "full" }
  const ended: Event = { kind: "CallEnded", actor: null, at_ms: 9000, reason: "finished" }
  const waiting: Event = { kind: "RecordsWaiting", at_ms: 9000, count: 58 }
  const back: Event = { kind: "StageBack", at_ms: 9000, stage: "store" }

  it("says how many records are not kept, and that all are once they are", () => {
    const view = viewOf([started(), failed, ended, waiting])
    const [fault, ...others] = faultsOf(view, 9000, false)
    expect(others).toEqual([])
    expect(lineOf(fault!, zhCN, MOMENT)).toMatchObject({ title: "还有 58 条记录没有存下", more: "正在重试（磁盘已满）· 请勿关闭程序" })
    const kept = reduce(view, { call_id: CALL, seq: 9, event: back })
    expect(faultsOf(kept, 9000, false)).toEqual([])
    expect([kept.isKeptLate, kept.unkept]).toEqual([true, null])
    expect(viewOf([started(), failed, back, ended]).isKeptLate).toBe(false)
  })

  it("does not name a number nobody has told, and gives a reason it has no words for as it is", () => {
    const [fault] = faultsOf(viewOf([started(), { ...failed, cause: "" } as Event, ended]), 9000, false)
    expect(lineOf(fault!, zhCN, MOMENT)).toMatchObject({ title: "有记录还没有存下", more: expect.stringContaining("calls.db: full") })
  })

  it("says why it has no score, until it has one", () => {
    const cut: Event = { kind: "CallEnded", actor: null, at_ms: 9000, reason: "interrupted" }
    const none: Event = { kind: "StageFailed", at_ms: 9000, stage: "score", reason: "went by rulebook 1", cause: "rulebook" }
    expect(scoreFailureOf(viewOf([started(), cut]))).toBeNull()
    expect(scoreFailureOf(viewOf([started(), cut, none]))).toMatchObject({ cause: "rulebook" })
    expect(scoreFailureOf(viewOf([started(), cut, none, { kind: "StageBack", at_ms: 9000, stage: "score" }]))).toBeNull()
    expect(zhCN.score.noneBecause({ cause: "rulebook", reason: "x" })).toMatch(/^无法评分：.*规则书/)
    expect(zhCN.score.noneBecause({ cause: "", reason: "x" })).toBe("无法评分：x")
  })
})

describe("what is only worth a word", () => {
  it("is a far end that was never there", () => {
    expect(notesOf(viewOf([started({ channels: ["agent"] })]))).toEqual([{ what: "no_far_end" }])
    expect(notesOf(viewOf([started({ channels: ["mixed"] })]))).toEqual([])
    expect(notesOf(viewOf([started()]))).toEqual([])
    expect(noteText({ what: "no_far_end" }, zhCN, true)).toBe("客户侧无设备")
    expect(noteText({ what: "no_far_end" }, zhCN, false)).toMatch(/静默会晚些提示.*步骤$/)
  })

  it("is a rule that was too slow and is off: the agent can do nothing about it", () => {
    const off: Event = { kind: "StageFailed", at_ms: 9000, stage: "rule", reason: "禁语: a pattern takes too long and is off for this call", cause: "slow" }
    const view = viewOf([started(), off, { ...off, at_ms: 12_000 } as Event])
    expect(faultsOf(view, 20_000, false)).toEqual([])
    expect(notesOf(view)).toEqual([{ what: "rule_off" }])
    expect(["zh", "en"].map((which) => noteText({ what: "rule_off" }, which === "zh" ? zhCN : en, false))).toEqual([
      "有规则太慢，本通停用 · 其余提示照常",
      "A rule was too slow and is off for this call · other hints go on",
    ])
    expect(noteText({ what: "rule_off" }, zhCN, true)).toBe("有规则停用")
  })

  it("is sound that comes late", () => {
    expect(notesOf(viewOf([started(), measured(0, { late_ms: 500 })]))).toEqual([])
    const [note] = notesOf(viewOf([started(), measured(0, { late_ms: 1240 })]))
    expect(noteText(note!, zhCN, true)).toBe("声音晚到 1.2 秒")
    expect(noteText(note!, zhCN, false)).toBe("坐席 · 声音晚到 1.2 秒")
  })

  it("is a voice heard on the other side, told for a minute", () => {
    const noted = (channel: "agent" | "customer", is_copy = false): Event => ({ kind: "BleedNoted", at_ms: 9000, channel, lag_ms: 30, gain_db: -20, is_copy })
    const tick = (at_ms: number): Event => ({ kind: "TurnStarted", at_ms, channel: "agent", start_ms: at_ms })
    expect(notesOf(viewOf([started(), noted("agent")]))).toEqual([{ what: "bleed", channel: "agent" }])
    expect(notesOf(viewOf([started(), noted("agent"), tick(9000 + BLEED_SHOWN_MS - 1)]))).toHaveLength(1)
    expect(notesOf(viewOf([started(), noted("agent"), tick(9000 + BLEED_SHOWN_MS)]))).toEqual([])
    expect(notesOf(viewOf([started(), noted("agent", true), noted("customer", true)]))).toEqual([{ what: "copy" }])
    expect(noteText({ what: "bleed", channel: "agent" }, zhCN, false)).toMatch(/^耳机漏音.*不计为坐席说话$/)
    expect(noteText({ what: "bleed", channel: "customer" }, zhCN, true)).toBe("线路回声，已排除")
    expect(noteText({ what: "copy" }, zhCN, false)).toMatch(/同一份录音/)
  })
})

describe("a machine that is too slow", () => {
  const noted = (level: number, behind_ms: number, at_ms: number): Event => ({ kind: "OverloadNoted", at_ms, level, behind_ms, start_ms: 60_000 })

  it("says what is left out, how late hints come and since when, until all is done again", () => {
    const view = viewOf([started(), noted(1, 240, 60_000), noted(2, 800, 61_000)])
    const [fault] = faultsOf(view, 75_000, false)
    expect(fault).toEqual({ what: "overload", level: 2, behindMs: 800, sinceMs: 60_000 })
    const line = lineOf(fault!, zhCN, { nowMs: 75_000, offlineS: 0, retries: 0 })
    expect(line).toMatchObject({ title: "这台机器忙不过来", since: "00:15", more: "字幕已停 · 文字晚些补上 · 提示迟 0.8 秒" })
    expect(faultsOf(viewOf([started(), noted(2, 800, 61_000), noted(0, 0, 90_000)]), 91_000, false)).toEqual([])
  })
})
