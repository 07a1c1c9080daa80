"""From which recordings of an archive calls have come: no recording becomes a call twice, or half of one.

A recording is told by the digest of what is in it. It is begun, and then kept with all of its call at once: one that
was begun and never kept was stopped in its midst, and is begun again by the next who comes to it.

One that is to become another call instead of the one that it is has a row of its own meanwhile (`anew`): until the new
call is kept, the old one stays all that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, insert, select, update

from pipeline.errors import StoreError
from pipeline.events.record import Event
from pipeline.store.appending import own, written
from pipeline.store.database import Database
from pipeline.store.overview import said_in
from pipeline.store.schema import calls, deleted, origins
from pipeline.store.sql import add

_ANEW = "+"


@dataclass(frozen=True, slots=True)
class Begun:
    """What a recording is to become, or has become."""

    call_id: str
    is_kept: bool = False
    left: str | None = None  # the call as which it was begun before


def anew(digest: str) -> str:
    """In place of the digest of a recording that is to become another call."""
    return digest + _ANEW


class Origins:
    """From any thread and process. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, digest: str, call_id: str, name: str, *, again: bool = False) -> Begun:
        """From now on it is to become this call, unless it has become one already.

        Raises StoreError also where that one was deleted: an archive brings nothing back, unless asked to (`again`).
        """
        of_it = origins.c.digest == digest
        with self._database.together(), self._database.writing() as connection:
            before = connection.execute(select(origins.c.call_id).where(of_it)).scalar()
            if before is None:
                connection.execute(insert(origins).values(digest=digest, call_id=call_id, name=name))
                return Begun(call_id)
            kept = select(calls.c.call_id).where(calls.c.call_id == before, calls.c.ended)
            if connection.execute(kept).scalar() is not None:
                return Begun(before, is_kept=True)
            gone = select(deleted.c.call_id).where(deleted.c.call_id == before)
            if not again and connection.execute(gone).scalar() is not None:
                raise StoreError(
                    f"it was stored as call {before}, which was deleted: it is not stored again", "deleted"
                )
            connection.execute(update(origins).where(of_it).values(call_id=call_id, name=name))
            return Begun(call_id, left=before)

    def is_begun(self, digest: str, call_id: str) -> bool:
        """Whether it is still to become this call."""
        mine = select(origins.c.digest).where(origins.c.digest == digest, origins.c.call_id == call_id)
        with self._database.reading() as connection:
            return connection.execute(mine).scalar() is not None

    def keep(
        self, digest: str, call_id: str, events: Sequence[Event], make_room: Callable[[], None] | None = None
    ) -> bool:
        """All of the call in one transaction. False where somebody else has begun the same recording meanwhile.

        `make_room`: of one that was begun `anew`, deletes the call that it was, in the same transaction.
        """
        batch, known = written(call_id, 1, 1, events), said_in(events)
        mine = (origins.c.digest == digest) & (origins.c.call_id == call_id)
        with self._database.together(), self._database.writing() as connection:
            if connection.execute(select(origins.c.name).where(mine)).scalar() is None:
                return False
            if make_room is not None:
                _make_room(connection, digest, call_id, make_room)
            own(connection, call_id)
            add(connection, batch, known)
        self._database.sync()
        return True

    def give_up(self, digest: str, call_id: str) -> bool:
        """Of a recording that is none: nothing tells of it. False where it is kept as this call."""
        mine = (origins.c.digest == digest) & (origins.c.call_id == call_id)
        is_kept = exists().where(calls.c.call_id == call_id)
        with self._database.writing() as connection:
            connection.execute(delete(origins).where(mine, ~is_kept))
            return connection.execute(select(calls.c.number).where(calls.c.call_id == call_id)).scalar() is None


def _make_room(connection: Connection, digest: str, call_id: str, make_room: Callable[[], None]) -> None:
    whose = origins.c.digest == digest.removesuffix(_ANEW)
    name = connection.execute(select(origins.c.name).where(whose)).scalar()  # which goes with the call that it was
    make_room()
    connection.execute(delete(origins).where(origins.c.digest == digest))
    connection.execute(update(origins).where(whose).values(call_id=call_id, name=name))
