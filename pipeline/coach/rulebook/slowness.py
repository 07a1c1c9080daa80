"""Patterns that take too long: found in a rulebook before it is used, told of in a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.coach.patterns import slow_text
from pipeline.coach.rulebook.schema import Rulebook, sayings
from pipeline.events.faults import StageFailed


@dataclass(frozen=True, slots=True)
class SlowPattern:
    """A pattern that takes too long on `text`; `where` are the keys and indices under which it stands."""

    where: tuple[int | str, ...]
    pattern: str
    text: str


def slow_patterns(rulebook: Rulebook) -> list[SlowPattern]:
    """Tries every pattern on texts that are bad for it; takes some seconds for a large rulebook."""
    return [
        SlowPattern(where, pattern, text)
        for where, pattern in _patterns(rulebook)
        if (text := slow_text(pattern)) is not None
    ]


def pattern_off(at_ms: int, rulebook: Rulebook, pattern: str) -> StageFailed:
    """Says whose pattern is no longer listened for, in ms of audio since the call's start."""
    titles = [_title(rulebook, where) for where, other in _patterns(rulebook) if other == pattern]
    names = ", ".join(dict.fromkeys(titles)) or "a wording"
    return StageFailed(at_ms, "rule", f"{names}: a pattern takes too long and is off for this call", "slow")


def _patterns(rulebook: Rulebook) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for where, saying in sayings(rulebook):
        for name in ("pattern", "unless", "unless_after"):
            if pattern := getattr(saying, name):
                yield (*where, name), pattern


def _title(rulebook: Rulebook, where: tuple[int | str, ...]) -> str:
    """Of the rule, act or phase in which something stands."""
    section, number = where[:2]
    part = getattr(rulebook, str(section))[number]
    return str(part.title)
