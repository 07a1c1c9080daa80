"""Failures of parts of the coach, recoveries, and load shedding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A part of the coach stopped working; the rest goes on.

    `stage` is asr, store, score (an interrupted call could not be scored), record (the record in this place cannot
    be read) or rule (a pattern of the rulebook is off for this call). `reason`: one English sentence. `cause`, where it
    is known, is a code that a page translates: full, locked, gone, replaced, read_only, damaged, rulebook, newer (a
    newer callcoach wrote the record), taken (another writer has the call), deleted (it was), erased (its words
    were) or slow (a pattern took too long).
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
    """The machine has been too slow since `start_ms`: the slices of this call are processed `behind_ms` late.

    `level` says what is left out: 1 captions, 2 also words, which come later, 3 also pitch and the pace by sound;
    0: nothing any more. Turns and the silence clock are never left out.
    """

    at_ms: int
    level: int
    behind_ms: int
    start_ms: int


@dataclass(frozen=True, slots=True)
class RecordsWaiting:
    """`count` published records are not in the store yet; display only, never stored, has no seq."""

    at_ms: int
    count: int
