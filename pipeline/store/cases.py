"""The table of cases of the floor: who needed help, what became of it, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, literal, or_, select, update

from pipeline.store.database import Database
from pipeline.store.dialects import now_s, upsert
from pipeline.store.floor_schema import floor_cases
from pipeline.store.schema import calls, deleted


@dataclass(frozen=True, slots=True)
class KeptCase:
    """As of `floor.messages.Case`, without what was said; people by their ids. Milliseconds since 1970.

    `closed_because`: `closed` by a lead, `withdrawn` by the agent, `calm`, or `ended` with its call.
    """

    id: str
    agent_id: str
    team: str | None
    call_id: str | None
    cause: str
    rank: str
    since_at: int
    detail: str = ""
    first_taken_at: int | None = None
    taken_by: str | None = None
    taken_at: int | None = None
    escalated_at: int | None = None
    closed_at: int | None = None
    closed_because: str | None = None
    closed_by: str | None = None
    reason: str | None = None


class SqlCases:
    """A CasesKept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, cases: Sequence[KeptCase]) -> None:
        """But for those of calls that were deleted meanwhile."""
        ids = {case.call_id for case in cases if case.call_id is not None}
        with self._database.together(), self._database.writing() as connection:
            gone = set(connection.execute(select(deleted.c.call_id).where(deleted.c.call_id.in_(ids))).scalars())
            for case in cases:
                if case.call_id not in gone:
                    upsert(connection, floor_cases, asdict(case), "id")

    def end_left(self, now_ms: int) -> None:
        """Those that are open of calls that have ended, as with a process that was killed."""
        over = select(calls.c.call_id).where(calls.c.ended)
        left = floor_cases.c.closed_at.is_(None) & floor_cases.c.call_id.in_(over)
        with self._database.writing() as connection:
            connection.execute(update(floor_cases).where(left).values(closed_at=now_ms, closed_because="ended"))

    def recent(self, since_at: int) -> list[KeptCase]:
        is_recent = or_(floor_cases.c.since_at >= since_at, floor_cases.c.closed_at.is_(None))
        with self._database.reading() as connection:
            return [KeptCase(*row) for row in connection.execute(select(floor_cases).where(is_recent))]

    def between(self, since_at: int, until_at: int, teams: Collection[str] | None) -> list[KeptCase]:
        c = floor_cases.c
        wanted = select(floor_cases).where(c.since_at >= since_at, c.since_at < until_at).order_by(c.since_at)
        if teams is not None:
            wanted = wanted.where(c.team.in_(teams))
        with self._database.reading() as connection:
            return [KeptCase(*row) for row in connection.execute(wanted)]


def forget_cases(connection: Connection, call_id: str) -> None:
    """Of a call that is deleted."""
    connection.execute(delete(floor_cases).where(floor_cases.c.call_id == call_id))


def forget_stray_cases(connection: Connection, keep_s: Callable[[str | None], float]) -> int:
    """Those of calls of which no record ever came here, once they are as old as the team's calls may become."""
    c, known = floor_cases.c, select(calls.c.call_id).where(calls.c.last_seq > 0)
    stray = c.closed_at.is_not(None) & (c.call_id.is_(None) | c.call_id.not_in(known))
    gone = 0
    for team in connection.execute(select(c.team).where(stray).distinct()).scalars().all():
        is_due = c.since_at <= (now_s(connection) - literal(keep_s(team))) * 1000
        gone += connection.execute(delete(floor_cases).where(stray, c.team.is_not_distinct_from(team), is_due)).rowcount
    return gone
