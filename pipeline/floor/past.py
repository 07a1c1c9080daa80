"""What happened on the floor on a day: the cases that came up, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.floor.messages import Case, Day


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase(Case):
    """A case of a day. `name`: of the agent; `closed_by`: of the lead, "" where none closed it."""

    name: str
    closed_at: int | None
    closed_because: str
    closed_by: str
    closed_reason: str


@dataclass(frozen=True, slots=True)
class PastCases:
    cases: tuple[PastCase, ...]


@dataclass(frozen=True, slots=True)
class FloorDay:
    """What happened on a day of the centre's clock, of the teams that one may watch; `ahead_min`: that clock of UTC."""

    day: str
    ahead_min: int
    figures: Day
    cases: tuple[PastCase, ...]
