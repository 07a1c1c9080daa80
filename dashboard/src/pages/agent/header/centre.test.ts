import { describe, expect, it } from "vitest"
import type { CentreStatus } from "../../../api/http"
import { centreFaultsOf } from "../../../call/centre"
import { isLasting } from "../../../call/faults"
import { lineOf } from "./statusTexts"
import { zhCN } from "../../../texts/zh-CN"

const STATUS: CentreStatus = {
  state: "connected", since: 0, reason: "", detail: "", name: "锦和", address: "https://coach.example.com", desk: "A-01",
  waiting_records: 0, waiting_recordings: 0, waiting_utterances: 0, offset_ms: 12, words: "ok",
}
const MOMENT = { nowMs: 0, offlineS: 0, retries: 0 }

function said(change: Partial<CentreStatus>): string[] {
  const faults = centreFaultsOf({ status: { ...STATUS, ...change }, sinceMs: 42_000 })
  expect(faults.every(isLasting)).toBe(true)
  return faults.map((fault) => lineOf(fault, zhCN, MOMENT)).map(({ title, since, more }) => [title, since, more].filter(Boolean).join(" | "))
}

describe("what the centre limits", () => {
  it("is nothing while it is there, or where there is none", () => {
    expect(centreFaultsOf(null)).toEqual([])
    expect(said({})).toEqual([])
    expect(said({ offset_ms: null })).toEqual([])
  })
  it("is said with its time, what goes on, and what is kept here", () => {
    expect(said({ state: "away" })).toEqual(["中心失联 | 00:42 | 通话与提示不受影响 · 正在重试"])
    expect(said({ state: "away", words: "none", waiting_records: 42, waiting_recordings: 1 })).toEqual([
      "中心失联 | 00:42 | 提示照常，文字等恢复 · 正在重试 · 暂存本机：记录 42 条、录音 1 份",
    ])
  })
  it.each([
    ["token", "登记已被撤销"],
    ["version", "版本与中心不配"],
    ["certificate", "证书变了"],
    ["taken", "另一台电脑"],
  ] as const)("of a refusal is why: %s", (reason, why) => {
    expect(said({ state: "refused", reason })).toEqual([expect.stringMatching(new RegExp(`^中心不接收 \\| .*${why}.* · 通话与提示不受影响$`))])
  })
  it("is told of a clock that is off by more than two seconds, beside all else", () => {
    expect(said({ offset_ms: 2000 })).toEqual([])
    expect(said({ offset_ms: -2001 })).toEqual([expect.stringContaining("本机时钟慢 2.0 秒")])
    expect(said({ state: "away", offset_ms: 300_000 })).toHaveLength(2)
  })
})
