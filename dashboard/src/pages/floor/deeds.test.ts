// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest"
import { makeDeeds } from "./deeds"

afterEach(() => vi.unstubAllGlobals())

function answers(status: number, detail: string): void {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ detail }), { status })))
}

it("tells in the page's language what another lead was quicker with, and what is over", async () => {
  const deeds = makeDeeds()
  answers(409, "another lead has it")
  expect(await deeds.take("k")).toBe(false)
  expect(deeds.problem.value).toBe("没有办成：另一位班长已经接手")
  answers(404, "there is no open case k")
  await deeds.close(["k"], "好了")
  expect(deeds.problem.value).toBe("没有办成：这件事已经结束了")
  answers(409, "call c does not run")
  await deeds.whisper("c", "我来了", "w")
  expect(deeds.problem.value).toBe("没有办成：通话已结束")
  answers(422, "text is too long")
  await deeds.whisper("c", "我来了", "w")
  expect(deeds.problem.value).toBe("没有办成：text is too long")
})
