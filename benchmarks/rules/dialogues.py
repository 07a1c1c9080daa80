"""Labelled dialogues: what was said when, what the coach must say or score by when, and what it must never.

The format is told at the head of dialogues.yaml. Times in seconds of audio since the call's start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from pipeline.events.call import CallFacts

HERE = Path(__file__).parent
Who = Literal["agent", "customer", "system"]
Form = Literal["hint", "script", "card", "phase", "promise", "form", "check", "met", "missed"]


@dataclass(frozen=True)
class Line:
    """One turn. The figures are what the ears would tell; None: as usual."""

    who: Who
    start_s: float
    end_s: float
    text: str
    level_dbfs: float | None = None
    snr_db: float | None = None
    asr_confidence: float | None = None
    language: str | None = None


@dataclass(frozen=True)
class Must:
    """`item`: of the handbook, or a rule's id. `form`: how it shows; `met` and `missed` are the scorecard's."""

    item: str
    form: Form
    by_s: float
    why: str
    not_before_s: float | None = None
    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MustNot:
    """Never a live hint and never missed on the scorecard."""

    item: str
    why: str = ""


@dataclass(frozen=True)
class Dialogue:
    id: str
    title: str
    covers: str
    started_at: str  # ISO 8601
    facts: CallFacts
    lines: tuple[Line, ...]
    must: tuple[Must, ...]
    must_not: tuple[MustNot, ...]

    @property
    def end_s(self) -> float:
        return max(line.end_s for line in self.lines)


def read_dialogues(path: Path = HERE / "dialogues.yaml") -> list[Dialogue]:
    return [_dialogue(**told) for told in yaml.safe_load(path.read_text(encoding="utf-8"))]


def read_items(path: Path = HERE / "items.yaml") -> dict[str, str]:
    """Items of the handbook and their titles."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _dialogue(id: str, title: str, covers: str, facts: dict[str, Any], **told: Any) -> Dialogue:
    known = dict(facts)
    started_at = known.pop("started_at")
    return Dialogue(
        id, title, covers, started_at, CallFacts(**known),
        lines=tuple(Line(**line) for line in told.pop("lines")),
        must=tuple(_must(**wanted) for wanted in told.pop("must")),
        must_not=tuple(MustNot(one.pop("item_or_rule"), **one) for one in told.pop("must_not")),
        **told,
    )  # fmt: skip


def _must(item_or_rule: str, by_s: float, why: str, **told: Any) -> Must:
    return Must(item_or_rule, told.pop("as"), by_s, why, **told)
