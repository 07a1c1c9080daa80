"""A call as a strip, to be drawn in one line of a list: who spoke when, where nobody did, what the coach said."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.store.glances import Glance


@dataclass(frozen=True, slots=True)
class StripMark:
    """A hint. `place`: in thousandths of the call."""

    place: int
    severity: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Places from, to, one behind the other, in thousandths of the call; `turns` by channel."""

    turns: dict[str, list[int]]
    silences: list[int]
    marks: list[StripMark]


def strip_of(glance: Glance) -> Strip:
    return Strip(glance.turns, glance.silences, [StripMark(*hint) for hint in glance.hints])
