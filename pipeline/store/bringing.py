"""Records that desks bring to their centre: those of many calls in one transaction, each call's kept or refused alone.

A desk numbers the records of its calls and is their owner. At the centre a call is of the place
`desk:ID`: no server ends or scores it, and it is not heard of while nothing is heard of its desk.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, case, func, select, update

from pipeline.errors import BehindEnd, CallDeleted, Conflict, NotOwner, StoreError
from pipeline.events.after_end import may_follow_end, strays
from pipeline.events.call import CallEnded, CallStarted, FactsNoted
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.store.appending import Batch, append_to_all, end_seq, own, written
from pipeline.store.baselines import BaselineSettings
from pipeline.store.database import Database
from pipeline.store.dialects import now_s, rows_of
from pipeline.store.learning import learn
from pipeline.store.leases import place_of_desk
from pipeline.store.retention import MADE_AT, SLACK_S
from pipeline.store.schema import calls, deleted, records
from pipeline.store.sql import add

log = logging.getLogger(__name__)

_SYNCED = (CallEnded, CallScored, FactsNoted)
"""What a desk says once and never again: it outlasts a power cut before the desk hears that it is kept."""


_TOLD_BESIDE = (CallStarted, CallEnded, CallScored, FactsNoted)
"""Of which more is kept than the record: what lists show, and what is learned. As are words behind a call's end."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Events of a call as records from `first_seq` on. `owner`: the number that was given before; None: it begins.

    `ahead_s`: by how much that clock is ahead of ours by which the desk tells when the call began; 0: it is ours.
    """

    call_id: str
    desk_id: str
    owner: int | None
    first_seq: int
    events: Sequence[Event]
    ahead_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Of what is kept of a call: nothing, where `last_seq` is 0. `ended_s`: since it ended; `end_seq`: the record that
    says so; null while it runs."""

    last_seq: int
    is_of_desk: bool  # of the one that asks
    ended_s: float | None = None
    end_seq: int | None = None


class Bringing:
    """From any thread."""

    def __init__(self, database: Database, learning: BaselineSettings | None = None) -> None:
        """`learning`: finished calls teach what is usual for their agents; None: these do not."""
        self._database = database
        self._learning = learning

    def bring(self, brought: Sequence[Brought]) -> list[int | StoreError]:
        """For each its owner number, or why nothing of it was kept. Raises StoreError when nothing of all was."""
        written_out = [_Written.of(one) for one in brought]
        going_on = _going_on(written_out)
        found: dict[_Written, int | StoreError] = {}
        with self._database.together():
            found |= self._together(going_on)
            for one in written_out:
                if one not in found:
                    found[one] = self._tried(one)
        if any(isinstance(event, _SYNCED) for one in brought for event in one.events):
            self._database.sync()
        else:
            self._database.sync_at_times()
        return [found[one] for one in written_out]

    def last_seq(self, call_id: str, desk_id: str) -> int:
        """Of what is kept of a call of this desk; 0: nothing is."""
        mine = (calls.c.call_id == call_id) & (calls.c.place == place_of_desk(desk_id))
        with self._database.reading() as connection:
            return connection.execute(select(calls.c.last_seq).where(mine)).scalar() or 0

    def standing(self, call_ids: Sequence[str], desk_id: str) -> dict[str, Standing]:
        """How each of these calls stands here, but for those that were deleted."""
        with self._database.reading() as connection:
            gone = set(connection.execute(select(deleted.c.call_id).where(deleted.c.call_id.in_(call_ids))).scalars())
            since = case((calls.c.ended, func.coalesce(now_s(connection) - calls.c.kept_at, 0.0)), else_=None)
            wanted = select(
                calls.c.call_id, calls.c.last_seq, calls.c.place == place_of_desk(desk_id), since, end_seq()
            )
            found = connection.execute(wanted.where(calls.c.call_id.in_(call_ids)))
            known = {row[0]: Standing(row[1], bool(row[2]), row[3], row[4]) for row in found}
        return {call_id: known.get(call_id, Standing(0, True)) for call_id in call_ids if call_id not in gone}

    def running(self, desk_id: str, most: int) -> list[str]:
        """Calls of this desk that have not ended here, the oldest first."""
        mine = (calls.c.place == place_of_desk(desk_id)) & ~calls.c.ended & (calls.c.last_seq > 0)
        with self._database.reading() as connection:
            wanted = select(calls.c.call_id).where(mine).order_by(calls.c.number).limit(most)
            return list(connection.execute(wanted).scalars())

    def duration_ms(self, call_id: str) -> int | None:
        """Null while the call runs."""
        with self._database.reading() as connection:
            return connection.execute(select(calls.c.duration_ms).where(calls.c.call_id == call_id)).scalar()

    def is_of(self, call_id: str, desk_id: str) -> bool:
        """Whether this desk has brought the call."""
        mine = (calls.c.call_id == call_id) & (calls.c.place == place_of_desk(desk_id))
        with self._database.reading() as connection:
            return connection.execute(select(calls.c.number).where(mine)).scalar() is not None

    def is_deleted(self, call_id: str) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(deleted.c.at).where(deleted.c.call_id == call_id)).scalar() is not None

    def hear(self, desk_ids: Sequence[str]) -> None:
        """These desks are heard of now: all in one statement, as whoever keeps records waits for it."""
        with self._database.together(), self._database.writing() as connection:
            now = connection.execute(select(now_s(connection))).scalar_one()
            told, given = rows_of(connection, [(place_of_desk(desk_id), 0, now) for desk_id in {*desk_ids}])
            heard = f"INSERT INTO servers (place, number, renewed_at) {told} ON CONFLICT (place)"
            connection.exec_driver_sql(f"{heard} DO UPDATE SET renewed_at = excluded.renewed_at", given)

    def _together(self, going_on: Sequence[_Written]) -> dict[_Written, int | StoreError]:
        """In one savepoint; where that cannot be, each half in its own, down to the one that it is about."""
        if len(going_on) < 2:
            return {one: self._tried(one) for one in going_on}
        try:
            with self._database.together(), self._database.writing() as connection:
                if append_to_all(connection, [one.batch for one in going_on if one.batch is not None]):
                    return {one: one.brought.owner or 0 for one in going_on}
                raise _NotAll
        except Exception as error:
            if isinstance(error, StoreError) and error.cause:
                raise
        middle = len(going_on) // 2
        return self._together(going_on[:middle]) | self._together(going_on[middle:])

    def _tried(self, one: _Written) -> int | StoreError:
        """What a database refuses just now, it refuses all; what it cannot take at all costs nobody else anything."""
        call_id = one.brought.call_id
        try:
            with self._database.together(), self._database.writing() as connection:
                return self._bring(connection, one)
        except (NotOwner, Conflict, BehindEnd, CallDeleted) as error:
            return error
        except StoreError as error:
            if error.cause:
                raise
            return Conflict(call_id, f"its records cannot be kept: {error}")
        except Exception as error:  # a number that no database has, and whatever else a desk may bring
            log.exception("records of call %s cannot be kept", call_id)
            return Conflict(call_id, f"its records cannot be kept: {error!r}")

    def _bring(self, connection: Connection, written_out: _Written) -> int:
        one = written_out.brought
        owner = one.owner
        if owner is None:
            owner = _own(connection, one)  # first of all: of another desk's call nothing is told, whatever was brought
            self.hear([one.desk_id])  # with its first record: a call of a desk that nothing is heard of is given up
        if written_out.batch is None:
            raise StoreError(written_out.why)
        new = add(connection, replace(written_out.batch, owner=owner))
        _refuse_behind_end(connection, new)
        for seq, event in enumerate(new.events, start=new.first_seq):
            if isinstance(event, CallStarted):
                _correct(connection, one)
            elif isinstance(event, CallEnded) and self._learning is not None:
                learn(connection, one.call_id, seq, self._learning)
        return owner


class _NotAll(Exception):
    """Of some call other records are kept, or by another owner."""


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What was brought, as JSON: made before the lock. `batch`: None where it cannot be written, and `why`."""

    brought: Brought
    batch: Batch | None
    why: str = ""

    @classmethod
    def of(cls, one: Brought) -> _Written:
        try:
            return cls(one, written(one.call_id, one.owner or 0, one.first_seq, one.events))
        except StoreError as error:
            return cls(one, None, str(error))


def _going_on(written_out: Sequence[_Written]) -> list[_Written]:
    """Those that say nothing but what happens in a call that runs, and once in this round."""
    often = Counter(one.brought.call_id for one in written_out)
    return [
        one
        for one in written_out
        if one.batch is not None
        and one.brought.owner
        and often[one.brought.call_id] == 1
        and not any(isinstance(event, _TOLD_BESIDE) for event in one.brought.events)
    ]


def _own(connection: Connection, one: Brought) -> int:
    """Raises NotOwner for a call of another desk, or of a server: whoever knows its id may not write into it."""
    place = place_of_desk(one.desk_id)
    row = connection.execute(select(calls.c.place).where(calls.c.call_id == one.call_id)).one_or_none()
    if row is not None and row.place != place:
        raise NotOwner(one.call_id)
    return own(connection, one.call_id, place)


def _refuse_behind_end(connection: Connection, new: Batch) -> None:
    """Raises BehindEnd, which takes back what was added."""
    if all(map(may_follow_end, new.events)):
        return
    end = (records.c.call_id == new.call_id) & (records.c.kind == CallEnded.__name__) & (records.c.seq < new.first_seq)
    has_ended = connection.execute(select(records.c.seq).where(end).limit(1)).scalar() is not None
    if (stray := strays(new.events, has_ended)) is not None:
        raise BehindEnd(new.call_id, type(stray).__name__)


def _correct(connection: Connection, one: Brought) -> None:
    """What lists show and order by; the record keeps what the desk said."""
    of_call = calls.c.call_id == one.call_id
    told, now = connection.execute(select(calls.c.started_at, now_s(connection)).where(of_call)).one()
    began = told - one.ahead_s if told is not None else now
    if not MADE_AT <= began <= now + SLACK_S:  # a clock that was set in between: it began before this at least
        began = now
    connection.execute(update(calls).where(of_call).values(started_at=began))
