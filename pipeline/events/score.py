"""The scorecard of a finished call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.events.hints import Span


class Verdict(StrEnum):
    """Result of one rule. Not applicable: its phase never came, or a fact it needs is unknown."""

    MET = "met"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One rule of the scorecard. `points`: earned, of `weight`; null when not applicable.

    `fatal`: the call cannot pass if this item is missed.
    """

    rule: str
    title: str
    group: str
    verdict: Verdict
    weight: int
    points: float | None
    fatal: bool
    evidence: tuple[Span, ...] = ()
    note: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Points of one group of the scorecard; `weight` counts applicable items only."""

    name: str
    points: float
    weight: int


@dataclass(frozen=True, slots=True)
class CallScored:
    """The scorecard. `fatal`: number of missed fatal items."""

    at_ms: int
    total: float | None  # of 100; null when nothing was applicable
    fatal: int
    groups: tuple[ScoreGroup, ...]
    items: tuple[ScoreItem, ...]
