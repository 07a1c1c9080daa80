"""What does not work just now, and that it works again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A part of the coach stopped working; the rest goes on.

    `stage` is asr, store, score (a call that broke off has none) or record (this one cannot be read); `cause`, where
    it is known, is what a page may say in its own words: full, locked, gone, replaced, read_only, damaged, rulebook.
    """

    at_ms: int
    stage: str
    reason: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class StageBack:
    """A part of the coach that had failed works again."""

    at_ms: int
    stage: str


@dataclass(frozen=True, slots=True)
class OverloadNoted:
    """The machine is too slow for its calls since `start_ms`: this one's slices come `behind_ms` late.

    What is left out for it at which `level`: 1 captions, 2 words come later, 3 pitch and the pace by sound. 0: all is
    done again. Turns and the silence clock never suffer.
    """

    at_ms: int
    level: int
    behind_ms: int
    start_ms: int


@dataclass(frozen=True, slots=True)
class RecordsWaiting:
    """So many published records are not in the store yet; display only, never stored, has no seq."""

    at_ms: int
    count: int
