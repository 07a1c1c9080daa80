"""How long calls are kept: since when, by a clock that is to be believed, and which are due.

A call counts from the moment in which the database received its end, by the database's own clock; what a desk's clock
said then is no reason to delete anything. The newest time that was believed is kept. While the clock is behind it, or
more than `LEAP_S` ahead of it, nobody knows how old anything is: calls that end then wait for their time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, null, or_, select, update

from pipeline.store.database import Database
from pipeline.store.dialects import now_s
from pipeline.store.schema import calls, deleted, sweeps

DAY_S = 86_400.0
SLACK_S = 3_600.0  # by which a clock is put right without anybody being asked
LEAP_S = 31 * DAY_S
MADE_AT = 1_793_491_200.0  # 2026-11-01: no call of this schema was kept before
SETTLED_S = 3_600.0  # after its end a call is left alone: its score and its recording are being made
GONE_S = 600.0  # a sweep of which nothing was heard for so long has died

Having = Literal["words", "private"]


@dataclass(frozen=True, slots=True)
class Due:
    """A call of which something has been kept for as long as it may be. `age_s`: since its end was received."""

    call_id: str
    team: str | None
    age_s: float


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a call with a recording. `age_s`: null while it runs, or where its time is not known."""

    team: str | None = None
    age_s: float | None = None
    is_held: bool = False
    is_deleted: bool = False


def received_at(connection: Connection) -> ColumnElement[float]:
    """Now; null where the clock is not to be believed."""
    now = now_s(connection)
    known = select(sweeps.c.known_at).scalar_subquery()
    is_right = and_(now >= known - SLACK_S, now >= MADE_AT, now <= known + LEAP_S)
    return case((is_right, now), else_=null())


def correct_start(connection: Connection, call_id: str) -> None:
    """To be called when the first record of a live call was received: a desk's clock may be years off.

    Where it says another day than the database's, lists have the database's time; the record keeps what the desk said.
    """
    now, known = connection.execute(select(now_s(connection), sweeps.c.known_at)).one()
    if now > known + LEAP_S:
        return  # nobody knows
    told = connection.execute(select(calls.c.started_at).where(calls.c.call_id == call_id)).scalar()
    received = max(float(now), float(known))
    if told is None or abs(told - received) > DAY_S:
        connection.execute(update(calls).where(calls.c.call_id == call_id).values(started_at=received))


class Retention:
    """From any thread. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def doubt(self) -> str:
        """Why the clock is not believed; "" where it is."""
        with self.database.reading() as connection:
            now = float(connection.execute(select(now_s(connection))).scalar_one())
            known = float(connection.execute(select(sweeps.c.known_at)).scalar_one())
            newest = connection.execute(select(func.max(calls.c.kept_at))).scalar()
        latest = max(known, newest or 0.0, MADE_AT)
        if now < latest - SLACK_S:
            return f"the clock says {_moment(now)}, and it was {_moment(latest)} already"
        if now > known + LEAP_S:
            days = (now - known) / DAY_S
            return f"the clock says {_moment(now)}, {days:.0f} days after the newest time known here, {_moment(known)}"
        return ""

    def believe(self, *, by_hand: bool = False) -> None:
        """To be called now and then while there is no doubt. `by_hand`: a person says that the clock is right.

        Calls of which nobody knew when they ended count from now.
        """
        with self.database.writing() as connection:
            now = now_s(connection)
            if by_hand:
                connection.execute(update(calls).where(calls.c.kept_at > now).values(kept_at=null()))
            connection.execute(update(sweeps).values(known_at=now))
            connection.execute(update(calls).where(calls.c.ended, calls.c.kept_at.is_(None)).values(kept_at=now))

    def teams(self) -> list[str | None]:
        """Of all calls; null where there are some without."""
        with self.database.reading() as connection:
            return list(connection.execute(select(calls.c.team).where(calls.c.ended).distinct()).scalars())

    def due(self, team: str | None, days: int, having: Having | None = None) -> list[Due]:
        """Calls of a team, kept for `days` or more, the oldest first. `having`: those in which that is still there."""
        with self.database.reading() as connection:
            age = (now_s(connection) - calls.c.kept_at).label("age")
            least = max(days * DAY_S, SETTLED_S)
            wanted = select(calls.c.call_id, calls.c.team, age).where(
                *_free(team, having), calls.c.kept_at <= now_s(connection) - literal(least)
            )
            return [Due(*row) for row in connection.execute(wanted.order_by(calls.c.kept_at, calls.c.number))]

    def oldest(self, team: str | None, having: Having | None = None) -> float | None:
        """How old the oldest of them is, in seconds; as of `due`."""
        with self.database.reading() as connection:
            age = select(func.max(now_s(connection) - calls.c.kept_at)).where(*_free(team, having))
            found: float | None = connection.execute(age).scalar()
        return found

    def counts(self) -> list[tuple[str | None, int, int]]:
        """Of each team, and last of calls without one: how many have ended, and how many of these are held."""
        wanted = select(calls.c.team, func.count(), func.count(calls.c.held_at)).where(calls.c.ended)
        with self.database.reading() as connection:
            found = [(team, count, held) for team, count, held in connection.execute(wanted.group_by(calls.c.team))]
        return sorted(found, key=lambda of: (of[0] is None, of[0]))

    def of(self, call_ids: Sequence[str]) -> dict[str, Kept]:
        """Those that are known, or were."""
        with self.database.reading() as connection:
            gone = connection.execute(select(deleted.c.call_id).where(deleted.c.call_id.in_(call_ids))).scalars()
            found = {call_id: Kept(is_deleted=True) for call_id in gone}
            age = case((calls.c.ended, now_s(connection) - calls.c.kept_at), else_=null())
            wanted = select(calls.c.call_id, calls.c.team, age, calls.c.held_at.is_not(None))
            for call_id, *told in connection.execute(wanted.where(calls.c.call_id.in_(call_ids))):
                found[call_id] = Kept(*told)
        return found

    def is_due(self, every_s: float) -> bool:
        """Whether the last sweep is so long ago, and nobody sweeps."""
        with self.database.reading() as connection:
            row = connection.execute(select(sweeps)).one()
            now = float(connection.execute(select(now_s(connection))).scalar_one())
        is_free = row.seen_at is None or not 0 <= now - row.seen_at < GONE_S
        return is_free and (row.swept_at is None or not 0 <= now - row.swept_at < every_s)

    @contextmanager
    def sweeping(self, sweeper: str) -> Iterator[bool]:
        """One at a time on a database, whichever server or command it is of; False: another one is at it."""
        if not self.go_on(sweeper):
            yield False
            return
        try:
            yield True
        finally:
            with self.database.writing() as connection:
                ended = {"sweeper": None, "seen_at": None, "swept_at": now_s(connection)}
                connection.execute(update(sweeps).where(sweeps.c.sweeper == sweeper).values(ended))

    def go_on(self, sweeper: str) -> bool:
        """Takes the turn, or says that its sweeper is still there; False where another one has it."""
        with self.database.writing() as connection:
            now = now_s(connection)
            has_died = or_(sweeps.c.seen_at < now - literal(GONE_S), sweeps.c.seen_at > now + literal(GONE_S))
            is_mine = or_(sweeps.c.sweeper.is_(None), sweeps.c.sweeper == sweeper, has_died)
            taken = connection.execute(update(sweeps).where(is_mine).values(sweeper=sweeper, seen_at=now))
        return taken.rowcount == 1


def _free(team: str | None, having: Having | None) -> list[ColumnElement[bool]]:
    """Calls of a team of which something may be deleted. `having`: those in which that is still there."""
    gone = {"words": calls.c.words_erased_at, "private": calls.c.private_gone_at}
    still_there = [gone[having].is_(None)] if having is not None else []
    return [calls.c.ended, calls.c.held_at.is_(None), calls.c.team.is_not_distinct_from(team), *still_there]


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return f"{at:.0f} s after 1970"
