"""At a desk: how much of each of its calls the centre has. What is not known to be there is sent once more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, or_, select, update

from pipeline.people.desks import TOLERATED_S
from pipeline.store.appending import end_seq
from pipeline.store.database import Database
from pipeline.store.desk_schema import deliveries, shifts
from pipeline.store.dialects import now_s
from pipeline.store.schema import calls, records

RECORDING_REFUSED = "recording"  # how `refused` begins where the recording was asked about, and is not taken


@dataclass(frozen=True, slots=True)
class Delivery:
    """Of a call, of which the centre has the records up to `kept_seq`. `is_refused`: it takes nothing more."""

    call_id: str
    kept_seq: int
    is_own_clock: bool
    is_refused: bool = False


class SqlDeliveries:
    """From any thread. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, call_id: str, *, is_own_clock: bool) -> None:
        """A call that has begun here."""
        with self._database.writing(patient=False) as connection:
            self._put(connection, call_id, is_own_clock=is_own_clock)

    def of(self, call_id: str) -> Delivery:
        with self._database.reading() as connection:
            row = connection.execute(select(deliveries).where(deliveries.c.call_id == call_id)).one_or_none()
        if row is None:
            return Delivery(call_id, 0, is_own_clock=True)
        return Delivery(call_id, row.kept_seq, row.is_own_clock, row.refused is not None)

    def left(self) -> list[Delivery]:
        """Calls of which records are kept here that the centre has not, and may have; in the order they began."""
        kept_seq, is_own = func.coalesce(deliveries.c.kept_seq, 0), func.coalesce(deliveries.c.is_own_clock, True)
        wanted = (
            select(calls.c.call_id, kept_seq, is_own)
            .outerjoin(deliveries, deliveries.c.call_id == calls.c.call_id)
            .where(_is_due(), calls.c.last_seq > kept_seq, deliveries.c.refused.is_(None))
            .order_by(calls.c.number)
        )
        with self._database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(wanted)]

    def keep(self, call_id: str, seq: int) -> None:
        """The centre has all up to `seq`."""
        self._change(call_id, kept_seq=seq)

    def refuse(self, call_id: str, why: str) -> None:
        """The centre takes nothing more of it."""
        self._change(call_id, refused=why)

    def still_here(self) -> list[tuple[str, int, int]]:
        """Ended calls that the centre has confirmed, some of it or all; their newest record, and their end; oldest
        first.
        """
        joined = calls.join(deliveries, deliveries.c.call_id == calls.c.call_id)
        due = (calls.c.ended, deliveries.c.refused.is_(None), deliveries.c.kept_seq > 0)
        wanted = select(calls.c.call_id, calls.c.last_seq, end_seq()).select_from(joined).where(*due)
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(calls.c.number))
            return [(call_id, last, end) for call_id, last, end in found if end is not None]

    def ask_about_sound(self, call_id: str) -> None:
        """The centre is to be asked about its recording, once more."""
        self._change(call_id, has_sound=False)

    def keep_sound(self, call_id: str) -> None:
        """The centre has its recording, or does not want it."""
        self._change(call_id, has_sound=True)

    def is_delivered(self, call_id: str) -> bool:
        """Whether the centre has all that is kept of the call; its recording is not looked at."""
        with self._database.reading() as connection:
            all_kept = calls.c.last_seq <= deliveries.c.kept_seq
            wanted = select(calls.c.call_id).join(deliveries, deliveries.c.call_id == calls.c.call_id)
            found = connection.execute(wanted.where(calls.c.call_id == call_id, calls.c.ended, all_kept))
            return found.scalar() is not None

    def is_settled(self, call_id: str) -> bool:
        """Whether the call is delivered, or refused: where its consent was taken back, its recording is asked about."""
        return self.of(call_id).is_refused or self.is_delivered(call_id)

    def without_sound(self) -> list[str]:
        """Calls that have ended, and of whose recording nothing is known at the centre; those begun first, first."""
        is_told = func.coalesce(deliveries.c.refused.startswith(RECORDING_REFUSED), False)
        open_ = or_(deliveries.c.call_id.is_(None), and_(~deliveries.c.has_sound, ~is_told))
        wanted = select(calls.c.call_id).outerjoin(deliveries, deliveries.c.call_id == calls.c.call_id)
        with self._database.reading() as connection:
            due = wanted.where(_is_due(), calls.c.ended, open_).order_by(calls.c.number)
            return list(connection.execute(due).scalars())

    def count(self) -> int:
        """So many records are kept here that the centre has not, and may have."""
        behind = func.sum(calls.c.last_seq - func.coalesce(deliveries.c.kept_seq, 0))
        wanted = select(behind).outerjoin(deliveries, deliveries.c.call_id == calls.c.call_id)
        with self._database.reading() as connection:
            due = wanted.where(_is_due(), deliveries.c.refused.is_(None))
            return int(connection.execute(due).scalar() or 0)

    def done(self, now: float, keep_s: float) -> list[str]:
        """Calls that ended and began so long ago of which the centre has all, with their score, or which it deleted, or
        of which it takes no more, as the consent was taken back there, and the recording has gone here.

        `now`: by the centre's clock, by which most began; when they ended is by this machine's.
        """
        scored = select(records.c.call_id).where(records.c.call_id == calls.c.call_id, records.c.kind == "CallScored")
        is_whole = and_(deliveries.c.refused.is_(None), deliveries.c.kept_seq >= calls.c.last_seq, scored.exists())
        is_gone = deliveries.c.refused.startswith("deleted")
        is_held = and_(deliveries.c.refused.startswith("held"), deliveries.c.has_sound)  # and its recording has gone
        with self._database.reading() as connection:
            wanted = (
                select(calls.c.call_id)
                .join(deliveries, deliveries.c.call_id == calls.c.call_id)
                .where(
                    calls.c.ended,
                    calls.c.held_at.is_(None),
                    or_(and_(is_whole, deliveries.c.has_sound), is_gone, is_held),
                )
                .where(calls.c.started_at <= now - keep_s, calls.c.kept_at <= now_s(connection) - literal(keep_s))
                .order_by(calls.c.number)
            )
            return list(connection.execute(wanted).scalars())

    def forget(self, call_id: str) -> None:
        """A call that is not here any more."""
        with self._database.writing() as connection:
            connection.execute(delete(deliveries).where(deliveries.c.call_id == call_id))

    def unfinished(self) -> int:
        """So many calls the centre has not whole, and may have."""
        is_whole = and_(deliveries.c.kept_seq >= calls.c.last_seq, deliveries.c.has_sound)
        is_settled = func.coalesce(or_(deliveries.c.refused.is_not(None), is_whole), False)
        wanted = select(func.count()).select_from(calls)
        joined = wanted.outerjoin(deliveries, deliveries.c.call_id == calls.c.call_id)
        with self._database.reading() as connection:
            return int(connection.execute(joined.where(_is_due(), ~is_settled)).scalar_one())

    def _change(self, call_id: str, **values: object) -> None:
        with self._database.writing() as connection:
            self._put(connection, call_id)
            connection.execute(update(deliveries).where(deliveries.c.call_id == call_id).values(values))

    def _put(self, connection: Connection, call_id: str, *, is_own_clock: bool = True) -> None:
        known = connection.execute(select(deliveries.c.call_id).where(deliveries.c.call_id == call_id)).scalar()
        if known is None:
            row = {"call_id": call_id, "kept_seq": 0, "has_sound": False, "is_own_clock": is_own_clock}
            connection.execute(insert(deliveries).values(row))


def _is_due() -> ColumnElement[bool]:
    """Whether a call is the centre's to have: one from before the first shift here, when this was no desk, is not."""
    since = select(func.min(shifts.c.begun_at) - TOLERATED_S).scalar_subquery()
    return or_(deliveries.c.call_id.is_not(None), calls.c.started_at >= since)
