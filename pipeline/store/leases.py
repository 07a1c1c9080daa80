"""Which server has which calls, and whether it is still there: told by the database's clock.

A server renews its lease every `renew_ms`. One whose lease is void is not heard of: its calls are shown so and nothing
is written, because it may be stopped, or cut off, and come back. Who takes a call over raises its owner number first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select, update

from pipeline.errors import StoreError
from pipeline.quantities import WaitMs
from pipeline.store.appending import DESK
from pipeline.store.database import Database
from pipeline.store.dialects import now_s, upsert
from pipeline.store.schema import calls, servers, tokens


def place_of_desk(desk_id: str) -> str:
    """Of an agent's machine that reports to a server (bringing.py)."""
    return DESK + desk_id


def is_at_no_desk() -> ColumnElement[bool]:
    """Whether a row of `calls` is a server's own: those of a desk nobody but the desk ends and scores."""
    return or_(calls.c.place.is_(None), ~calls.c.place.startswith(DESK, autoescape=True))


def unheard(database: Database, call_ids: Sequence[str], void_ms: int) -> set[str]:
    """Those of these calls that run at a server or desk of which nothing was heard for so long."""
    with database.reading() as connection:
        void = _renewed_before(connection, void_ms)
        wanted = select(calls.c.call_id).join(servers, servers.c.place == calls.c.place)
        found = connection.execute(wanted.where(calls.c.call_id.in_(call_ids), ~calls.c.ended, void))
        return set(found.scalars())


LOAD = "load-"
"""Begins the id of a desk of a load test; those of others are hexadecimal."""
LOAD_LEFT_MS = 60_000


def left_at_desks(database: Database, left_ms: int) -> list[str]:
    """Calls that have not ended, of desks whose token was revoked, when nothing has been heard of them for so long.

    And those of a load test that was killed: its desks never come again with them.
    """
    is_revoked = calls.c.place.in_(select(literal(DESK) + tokens.c.id).where(tokens.c.revoked_at.is_not(None)))
    is_of_load = calls.c.place.startswith(DESK + LOAD, autoescape=True)
    with database.reading() as connection:
        gone = or_(
            is_revoked & or_(servers.c.place.is_(None), _renewed_before(connection, left_ms)),
            is_of_load & _renewed_before(connection, min(left_ms, LOAD_LEFT_MS)),
        )
        wanted = select(calls.c.call_id).outerjoin(servers, servers.c.place == calls.c.place)
        found = wanted.where(or_(is_revoked, is_of_load), ~calls.c.ended, calls.c.last_seq > 0, gone)
        return list(connection.execute(found.order_by(calls.c.number)).scalars())


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    renew_ms: WaitMs = 5_000
    void_ms: WaitMs = 20_000  # without renewal: its calls are shown as not heard of
    left_ms: WaitMs = 600_000  # without renewal: its calls are ended by another server


class Leases:
    """The lease of this server. `renew` from a thread of its own."""

    def __init__(
        self,
        database: Database,
        place: str,
        settings: LeaseSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`place`: what this server is told by in the database, the same after each start."""
        self.place = place
        self._database = database
        self.settings = settings or LeaseSettings()
        self._clock = clock
        self._number = 0
        self._renewed_s = clock()
        self._judges_from_s = 0.0

    def begin(self) -> None:
        """Whoever had this place before is not heard any more. Raises StoreError."""
        with self._database.together(), self._database.writing() as connection:
            known = connection.execute(select(servers.c.number).where(servers.c.place == self.place)).scalar()
            self._number = (known or 0) + 1
            row = {"place": self.place, "number": self._number, "renewed_at": _now(connection)}
            upsert(connection, servers, row, "place")
        self._renewed_s = self._clock()

    def renew(self) -> None:
        """Raises StoreError, also where another process has taken this place."""
        mine = and_(servers.c.place == self.place, servers.c.number == self._number)
        with self._database.writing(patient=False) as connection:  # over a line that is dead, too, it is soon told
            renewed = connection.execute(update(servers).where(mine).values(renewed_at=now_s(connection)))
        if renewed.rowcount != 1:
            raise StoreError(f"another callcoach has taken the place of this one ({self.place}) in the database")
        if self.is_void:  # the database was away: for the others, too
            self._judges_from_s = self._clock() + self.settings.void_ms / 1000
        self._renewed_s = self._clock()

    @property
    def is_void(self) -> bool:
        """As far as this server knows: nothing was renewed for so long."""
        return self._clock() - self._renewed_s > self.settings.void_ms / 1000

    def unheard(self, call_ids: Sequence[str]) -> set[str]:
        return unheard(self._database, call_ids, self.settings.void_ms)

    def own(self) -> list[str]:
        """Calls that have not ended, of this place or of none: an earlier process of this one has left them."""
        with self._database.reading() as connection:
            return _unfinished(connection, self.is_own())

    def is_own(self) -> ColumnElement[bool]:
        """Whether a row of `calls` is of this place, or of none."""
        return or_(calls.c.place == self.place, calls.c.place.is_(None))

    def left(self) -> list[str]:
        """Calls that have not ended, of servers that nobody has heard of for long. None for a while after an outage."""
        if self._clock() < self._judges_from_s:
            return []
        with self._database.reading() as connection:
            return _unfinished(connection, self.is_left(connection))

    def is_left(self, connection: Connection) -> ColumnElement[bool]:
        """Whether a row of `calls` is of a server that nobody has heard of for long."""
        gone = _renewed_before(connection, self.settings.left_ms)
        is_anothers = calls.c.place.in_(select(servers.c.place).where(gone, servers.c.place != self.place))
        return and_(is_anothers, is_at_no_desk())


class Renewal:
    """Renews a lease from a thread of its own, from `start` until `close`. `say` is for the terminal."""

    def __init__(self, leases: Leases, say: Callable[[str], None]) -> None:
        self._leases = leases
        self._say = say
        self._closing = threading.Event()
        self._is_said = False
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(self._leases.settings.renew_ms / 1000):
            try:
                self._leases.renew()
                self._is_said = False
            except StoreError as error:
                if self._leases.is_void and not self._is_said and not self._closing.is_set():
                    self._is_said = True
                    self._say(f"other servers do not hear of this one: {error}")


def heard(database: Database) -> list[str]:
    """The places of the servers that run on this database now, as far as their leases tell."""
    with database.reading() as connection:
        wanted = select(servers.c.place).where(~_renewed_before(connection, LeaseSettings().void_ms))
        return list(connection.execute(wanted.order_by(servers.c.place)).scalars())


def _unfinished(connection: Connection, where: ColumnElement[bool]) -> list[str]:
    wanted = select(calls.c.call_id).where(~calls.c.ended, calls.c.last_seq > 0, where).order_by(calls.c.number)
    return list(connection.execute(wanted).scalars())


def _now(connection: Connection) -> float:
    return float(connection.execute(select(now_s(connection))).scalar_one())


def _renewed_before(connection: Connection, ms: int) -> ColumnElement[bool]:
    return servers.c.renewed_at < now_s(connection) - ms / 1000
