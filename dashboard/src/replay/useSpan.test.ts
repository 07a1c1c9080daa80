import { effectScope, nextTick, ref, shallowRef } from "vue"
import { expect, it } from "vitest"
import type { ScoreItem, Span, WordsHeard } from "../api/events"
import type { Lanes } from "./lanes"
import type { Sound } from "./useSound"
import { useSpan } from "./useSpan"

const spanAt = (start_ms: number): Span => ({ channel: "agent", start_ms, end_ms: start_ms + 1000, quote: "", quote_en: "" })
/** As if each time read anew from the records. */
const readItem = (rule: string, ...starts: number[]): ScoreItem => ({ rule, evidence: starts.map(spanAt) }) as ScoreItem

function opened() {
  const item = shallowRef<ScoreItem | null>(null)
  const sound = { atMs: ref(0), loop: ref(null), seek: (ms: number) => void (sound.atMs.value = ms) } as unknown as Sound
  const lanes = { turns: {} } as unknown as Lanes
  const line = { channel: "agent", start_ms: 18_000, end_ms: 20_800 } as WordsHeard
  const meant = effectScope().run(() => useSpan(sound, () => lanes, () => [line], () => item.value))!
  return { item, sound, meant }
}

it("loops the line one has gone to, though the score is read anew meanwhile", async () => {
  const { item, sound, meant } = opened()
  item.value = readItem("wait-told", 11_400)
  meant.leave()
  sound.seek(18_000)
  item.value = readItem("wait-told", 11_400)
  await nextTick()
  meant.toggleLoop()
  expect(sound.loop.value).toEqual({ startMs: 18_000, endMs: 20_800 })
})

it("loops the evidence of an item that was opened since", async () => {
  const { item, sound, meant } = opened()
  item.value = readItem("wait-told", 11_400)
  meant.leave()
  item.value = readItem("greeting", 400)
  await nextTick()
  meant.toggleLoop()
  expect(sound.loop.value).toEqual({ startMs: 400, endMs: 1400 })
})

it("stays with the evidence heard last when the score is read anew", () => {
  const { item, meant } = opened()
  item.value = readItem("wait-told", 11_400, 15_000)
  meant.hear(item.value.evidence[1]!)
  item.value = readItem("wait-told", 11_400, 15_000)
  expect(meant.evidence.value?.start_ms).toBe(15_000)
})
