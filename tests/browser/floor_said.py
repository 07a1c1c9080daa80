"""The records of a call that a lead opens, as its page is told them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.folders import bundled

FACTS: dict[str, Any] = {
    "direction": "inbound", "peer": None, "customer_name": None, "company": "锦和", "agent_id": "1004",
    "agent_name": None, "team": "A", "timezone": None, "recording_consent": None,
}  # fmt: skip
LINES = (
    ("agent", 40_000, "您好，锦和物业，我是赵明，请问有什么可以帮您？"),
    ("customer", 48_000, "你们到底管不管！"),
    ("customer", 83_000, "我要投诉！天花板从昨晚就开始漏水，报修两次没人来！"),
    ("customer", 101_000, "上个月就漏过一次，你们抹了点胶就走了。"),
    ("agent", 110_000, "这是因为昨天晚上值班的师傅"),
    ("customer", 116_000, "我不管什么原因！我家孩子的床都湿了，你们今天到底能不能来人？"),
    ("agent", 123_000, "嗯，您说。"),
    ("customer", 126_000, "上次那个师傅说好第二天来，结果人影都没有。"),
)
HINT: dict[str, Any] = {
    "hint": 1, "rule": "complaint-listen", "severity": "warning", "title": "先听", "say": "先听，不解释",
    "why": "客户还在说，已听 42 秒", "clears_when": "客户说完", "cite": {"document": "", "quote": ""},
    "start_ms": 120_000,
    "end_ms": 124_000, "evidence": [], "form": "do", "title_en": "Listen", "say_en": "Listen, don't explain",
    "why_en": "42 s so far", "clears_when_en": "", "counts": None,
}  # fmt: skip


def records(call_id: str, until_ms: int) -> list[dict[str, Any]]:
    """A call that has gone on until `until_ms` of its audio."""
    shift = until_ms - 130_000
    told: list[tuple[str, dict[str, Any]]] = [
        ("CallStarted", {
            "at_ms": 0, "call_id": call_id, "started_at": "2026-11-22T15:20:00+08:00",
            "channels": ["agent", "customer"],
            "facts": FACTS, "rulebook_id": "handbook", "rulebook_version": "1", "settings_hash": "x", "engine": "demo",
            "engine_notice": "", "notices": [], "words_trust": None, "actor": None, "team_settings_version": None,
            "legend": asdict(legend(load_rulebook(bundled("rules", "handbook.yaml")), 5_000, 15_000)),
        }),
    ]  # fmt: skip
    for channel, at_ms, text in LINES:
        start, end = max(0, at_ms + shift), max(1000, at_ms + shift + 3000)
        told.append(("TurnEnded", {"at_ms": end, "channel": channel, "start_ms": start, "end_ms": end}))
        word = {"text": text, "start_ms": start, "end_ms": end, "confidence": 0.9}
        told.append(("WordsHeard", {
            "at_ms": end, "channel": channel, "start_ms": start, "end_ms": end, "text": text, "words": [word],
            "shown": text,
            "lag_ms": 900, "heard_later": False,
        }))  # fmt: skip
    window = {"channel": "agent", "start_ms": max(0, until_ms - 20_000), "end_ms": until_ms, "at_ms": until_ms}
    told += [
        ("PaceMeasured", {**window, "speaking_rate": 146.0, "articulation_rate": 180.0, "characters": 49,
                          "speaking_ms": 9000,
                          "articulation_ms": 8000, "basis": "words", "baseline_rate": None, "baseline_speaking_ms": 0}),
        ("LevelMeasured", {**window, "speech_dbfs": -20.0, "snr_db": 22.0, "clipped_share": 0.0}),
        ("HintRaised", {**HINT, "at_ms": until_ms}),
    ]  # fmt: skip
    return [
        {"call_id": call_id, "seq": at + 1, "event": {"kind": kind, **fields}} for at, (kind, fields) in enumerate(told)
    ]
