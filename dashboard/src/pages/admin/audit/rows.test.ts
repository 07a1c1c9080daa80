import { expect, it } from "vitest"
import { peopleZhCN } from "../../../texts/people/zh-CN"
import { groupsOf, linesOf, macOf, markOf, objectOf, whoOf, type Names } from "./rows"

const NAMES: Names = {
  users: new Map([["u1", { name: "林晓雯", role: "agent", agent_id: "1027" }]]),
  tokens: new Map([["ab12", { name: "CTI 弹屏" }]]),
  teams: new Map([["A", "A 组"]]),
}

it("tells who by the names of today", () => {
  const who = (actor: string | null, outcome: "done" | "refused" = "done"): unknown => whoOf({ actor, action: "call.read", outcome }, NAMES, peopleZhCN)
  expect(who("u1")).toEqual({ name: "林晓雯", what: "坐席 1027" })
  expect(who("token:ab12")).toEqual({ name: "CTI 弹屏", what: "令牌" })
  expect(who("0192f0c1-aaaa-7bbb-8ccc-0123456789ab")).toEqual({ name: "已移除的人", what: "0192…6789ab" })
  expect(who(null)).toEqual({ name: "系统", what: "" })
  expect(who(null, "refused")).toEqual({ name: "没有登录的人", what: "" })
})

it("tells what it was done to", () => {
  expect(["u1", "token:ab12", "A", "c-0418", null].map((object) => objectOf({ object }, NAMES))).toEqual(["林晓雯", "CTI 弹屏", "A 组", "c-0418", ""])
})

it("counts by what kind of deed it was, refusals apart", () => {
  const counts = [
    { action: "session.begin", outcome: "done", rows: 9 },
    { action: "link.use", outcome: "done", rows: 2 },
    { action: "session.begin", outcome: "refused", rows: 3 },
    { action: "user.change", outcome: "done", rows: 4 },
    { action: "of.tomorrow", outcome: "done", rows: 1 },
  ] as const
  expect(groupsOf(counts)).toEqual([
    { group: "sign", rows: 11 },
    { group: "change", rows: 4 },
    { group: "other", rows: 1 },
    { group: "refused", rows: 3 },
  ])
})

it("marks a refusal as one, whatever was refused", () => {
  expect([markOf({ action: "call.listen", outcome: "refused" }), markOf({ action: "call.listen", outcome: "done" })]).toEqual(["missed", "ear"])
})

it("spreads details and shortens a mark", () => {
  expect(linesOf({ before: { days: 180 }, after: { days: 90, teams: ["A", "B"] }, version: 3 })).toEqual([
    { name: "before.days", text: "180" },
    { name: "after.days", text: "90" },
    { name: "after.teams", text: "A, B" },
    { name: "version", text: "3" },
  ])
  expect(macOf("9c417be0aaaaaaaa2f1a")).toBe("9c41 7be0 … 2f1a")
})
