"""The figures of a day: for the strip above the wall, and for the shift that is handed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Protocol

from pipeline.floor.cases import CasesKept
from pipeline.floor.messages import Day, Hour
from pipeline.store.cases import KeptCase
from pipeline.store.floor_day import Counted


class Counts(Protocol):
    """As of store.floor_day.FloorDays."""

    def counted(self, since: float, until: float, teams: Collection[str] | None) -> list[Counted]: ...

    def deleted(self, since: float, until: float, teams: Collection[str] | None) -> int: ...

    def mean_score(self, since: float, until: float, teams: Collection[str] | None) -> float | None: ...


def bounds(day: date) -> tuple[float, float]:
    """Of a day of this machine, in seconds since 1970: also of one with 23 or 25 hours."""
    begin = datetime.combine(day, time()).astimezone()
    end = datetime.combine(day + timedelta(days=1), time()).astimezone()
    return begin.timestamp(), end.timestamp()


def day_of(counts: Counts, cases: CasesKept, teams: Collection[str] | None, day: date) -> Day:
    """Raises StoreError."""
    since, until = bounds(day)
    hours = counts.counted(since, until, teams)
    kept = cases.between(round(since * 1000), round(until * 1000), teams)
    before = counts.mean_score(*bounds(day - timedelta(days=1)), teams)
    taken = {hour: [case for case in kept if _hour(case, since) == hour] for hour in range(25)}
    by_hour = {one.hour: one for one in hours}
    filled = [
        _figures(hour, [by_hour[hour]] if hour in by_hour else [], taken[hour])
        for hour in range(25)
        if hour in by_hour or taken[hour]
    ]
    named = tuple(replace(one, hour=datetime.fromtimestamp(since + one.hour * 3_600).hour) for one in filled)
    mean_before = round(before, 1) if before is not None else None
    return Day(_figures(0, hours, kept), named, mean_before, counts.deleted(since, until, teams))


def _hour(case: KeptCase, since: float) -> int:
    return int((case.since_at / 1000 - since) // 3_600)


def _figures(hour: int, counted: Sequence[Counted], cases: Sequence[KeptCase]) -> Hour:
    took = [
        (case.first_taken_at - case.since_at) / 1000
        for case in cases
        if case.cause == "help" and case.first_taken_at is not None
    ]
    return Hour(
        hour,
        sum(one.calls for one in counted),
        sum(one.silent for one in counted),
        _share(sum(one.scores for one in counted), sum(one.scored for one in counted), 1),
        _share(sum(one.followed for one in counted), sum(one.hints for one in counted)),
        _share(sum(one.in_time for one in counted), sum(one.painted for one in counted)),
        round(median(took), 1) if took else None,
        sum(one.scored for one in counted),
    )


def _share(part: float, of: int, digits: int = 4) -> float | None:
    return round(part / of, digits) if of else None
