import { expect, it } from "vitest"
import type { CallScored, ScoreItem, Span } from "../api/events"
import { hint, started, viewOf } from "../call/testing"
import { findingsOf } from "./findings"

const span = (start_ms: number): Span => ({ channel: "agent", start_ms, end_ms: start_ms + 900, quote: "你应该", quote_en: "" })
const item = (rule: string, verdict: string, ...evidence: Span[]): ScoreItem => ({ rule, title: rule, title_en: "", verdict, evidence, fatal: false, is_ban: rule.startsWith("ban") }) as unknown as ScoreItem
const card = (...items: ScoreItem[]): CallScored => ({ items }) as unknown as CallScored

it("tells of a hint and of its item once, and of what the card alone has found", () => {
  const { hints } = viewOf([started(), hint(1, 12_000, { rule: "ban-a", evidence: [span(11_000)] })])
  const score = card(item("ban-a", "missed", span(11_000), span(40_000)), item("pace", "to_confirm", span(20_000)), item("name", "met", span(900)))
  expect(findingsOf(hints, score).map(({ hint, severity, evidence }) => [hint, severity, evidence.map(({ start_ms }) => start_ms)])).toEqual([
    [1, "warning", [11_000]],
    [-1, "critical", [40_000]],
    [-2, "warning", [20_000]],
  ])
  expect(findingsOf([], null)).toEqual([])
})
