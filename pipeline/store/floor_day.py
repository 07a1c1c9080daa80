"""What the strip of a day counts of calls, by hours, from what is kept beside them: their records are not read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select

from pipeline.store.database import Database
from pipeline.store.floor_schema import hint_figures
from pipeline.store.schema import calls, deleted

HOUR_S = 3_600
SILENT_STEP = 3
"""A call that came so far in the steps of the silent call counts as one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Of the calls that began in one hour; `hour`: from the begin of the time that was asked for."""

    hour: int
    calls: int
    scored: int
    scores: float
    silent: int
    hints: int
    followed: int
    painted: int
    in_time: int


class FloorDays:
    """From any thread. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counted(self, since: float, until: float, teams: Collection[str] | None) -> list[Counted]:
        """Seconds since 1970; `teams`: of these, null: of all. Hours without any call are left out."""
        c, f = calls.c, hint_figures.c
        hour = cast(c.started_at - since, Integer) // HOUR_S
        silent = func.sum(case((f.silent_step >= SILENT_STEP, 1), else_=0))
        sums = [func.coalesce(func.sum(one), 0) for one in (f.hints, f.followed, f.painted, f.in_time)]
        scores = func.coalesce(func.sum(c.score), 0.0)
        wanted = (
            select(hour, func.count(), func.count(c.score), scores, silent, *sums)
            .select_from(calls.outerjoin(hint_figures, c.number == f.number))
            .where(_in(since, until, teams))
            .group_by(hour)
            .order_by(hour)
        )
        with self._database.reading() as connection:
            return [Counted(*row) for row in connection.execute(wanted)]

    def mean_score(self, since: float, until: float, teams: Collection[str] | None) -> float | None:
        wanted = select(func.avg(calls.c.score)).where(_in(since, until, teams))
        with self._database.reading() as connection:
            found = connection.execute(wanted).scalar()
        return float(found) if found is not None else None

    def deleted(self, since: float, until: float, teams: Collection[str] | None) -> int:
        """Calls that began then and are counted nowhere any more."""
        began = and_(deleted.c.began_at >= since, deleted.c.began_at < until)
        wanted = select(func.count()).select_from(deleted).where(began)
        with self._database.reading() as connection:
            found: int = connection.execute(
                wanted if teams is None else wanted.where(deleted.c.team.in_(teams))
            ).scalar_one()
        return found


def _in(since: float, until: float, teams: Collection[str] | None) -> ColumnElement[bool]:
    is_then = and_(calls.c.started_at >= since, calls.c.started_at < until)
    return is_then if teams is None else and_(is_then, calls.c.team.in_(teams))
