"""How records come into the tables: whose the call is, which number is next, and what is there already.

All in the caller's transaction, of which the first statement writes: so it takes the lock, and nothing that is compared
here can change before it is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, ScalarSelect, case, func, insert, literal, select, update

from pipeline.codec import event_from_json, event_to_json
from pipeline.errors import CallDeleted, Conflict, NotOwner, StoreError
from pipeline.events.call import CallEnded
from pipeline.events.record import Event
from pipeline.store.dialects import rows_of
from pipeline.store.retention import received_at
from pipeline.store.schema import calls, deleted, records

ROWS_AT_ONCE = 2_000  # in a statement: each has four of the 32,766 values that SQLite takes

DESK = "desk:"
"""Begins the place of a call at an agent's machine (leases.py)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one call as they are written, the first of them as record `first_seq`."""

    call_id: str
    owner: int
    first_seq: int
    events: Sequence[Event]
    bodies: Sequence[str]

    @property
    def last_seq(self) -> int:
        return self.first_seq + len(self.events) - 1

    @property
    def has_end(self) -> bool:
        return any(isinstance(event, CallEnded) for event in self.events)

    def rows(self) -> list[tuple[str, int, str, str]]:
        """Of `records`: the call, the number, the kind and what is written."""
        numbered = enumerate(zip(self.events, self.bodies, strict=True), start=self.first_seq)
        return [(self.call_id, seq, type(event).__name__, body) for seq, (event, body) in numbered]

    def after(self, count: int) -> Batch:
        """Without its first `count` records."""
        return Batch(self.call_id, self.owner, self.first_seq + count, self.events[count:], self.bodies[count:])


def written(call_id: str, owner: int, first_seq: int, events: Sequence[Event]) -> Batch:
    """Raises StoreError for an event that JSON cannot carry."""
    try:
        return Batch(call_id, owner, first_seq, events, [event_to_json(event) for event in events])
    except ValueError as error:
        raise StoreError(f"an event of call {call_id} cannot be written: {error}") from error


def own(connection: Connection, call_id: str, place: str | None = None) -> int:
    """The next owner of a call. One that nobody has begun gets a row without records, which is no call yet.

    `place`: of the server at which it is from now on. Raises CallDeleted.
    """
    kept = case((calls.c.place.startswith(DESK, autoescape=True), calls.c.place), else_=literal(place))
    row = {"owner": calls.c.owner + 1, "place": kept}  # a call of a desk stays one, whoever notes something of it
    raised = update(calls).where(calls.c.call_id == call_id).values(row).returning(calls.c.owner)
    owner = connection.execute(raised).scalar()
    if owner is None:
        refuse_deleted(connection, call_id)
        connection.execute(insert(calls).values(call_id=call_id, last_seq=0, ended=False, owner=1, place=place))
        return 1
    return int(owner)


def end_seq() -> ScalarSelect[int | None]:
    """Of each row of `calls`: the number of the record that is its end."""
    end = (records.c.call_id == calls.c.call_id) & (records.c.kind == CallEnded.__name__)
    return select(func.min(records.c.seq)).where(end).scalar_subquery()


def refuse_deleted(connection: Connection, call_id: str) -> None:
    """Raises CallDeleted."""
    if connection.execute(select(deleted.c.at).where(deleted.c.call_id == call_id)).scalar() is not None:
        raise CallDeleted(call_id)


def append(connection: Connection, batch: Batch) -> Batch:
    """Writes what is not there yet of a batch that has at least one event, and gives that.

    Raises NotOwner, Conflict and CallDeleted.

    As a rule all of it is new and follows the last record of its owner: then one statement says so.
    """
    if batch.owner < 1:  # as a call of before version 3 has it: nobody's
        raise NotOwner(batch.call_id)
    of_call = (calls.c.call_id == batch.call_id) & (calls.c.owner == batch.owner)
    after: dict[str, Any] = {"last_seq": batch.last_seq}
    if batch.has_end:
        after |= {"ended": True, "kept_at": received_at(connection)}
    counted = update(calls).where(of_call, calls.c.last_seq == batch.first_seq - 1).values(after)
    if connection.execute(counted).rowcount == 1:
        _keep(connection, batch.rows())
        return batch
    new = batch.after(_known(connection, batch))
    return append(connection, new) if new.events else new


def append_to_all(connection: Connection, batches: Sequence[Batch]) -> bool:
    """As append for many calls that run, each once, in two statements, where each follows the last record of its owner.

    False where one does not: then all that was written is to be rolled back.
    """
    told, given = rows_of(connection, [(one.call_id, one.owner, one.first_seq - 1, one.last_seq) for one in batches])
    follows = "calls.call_id = column1 AND calls.owner = column2 AND calls.last_seq = column3 AND NOT calls.ended"
    counted = f"UPDATE calls SET last_seq = column4 FROM ({told}) AS told WHERE {follows}"
    if connection.exec_driver_sql(counted, given).rowcount != len(batches):
        return False
    _keep(connection, [row for one in batches for row in one.rows()])
    return True


def _keep(connection: Connection, rows: Sequence[tuple[str, int, str, str]]) -> None:
    for first in range(0, len(rows), ROWS_AT_ONCE):
        told, given = rows_of(connection, rows[first : first + ROWS_AT_ONCE])
        connection.exec_driver_sql(f"INSERT INTO records (call_id, seq, kind, event) {told}", given)


def _known(connection: Connection, batch: Batch) -> int:
    """So many of the batch are kept already, as they are. Raises NotOwner, Conflict and CallDeleted."""
    row = connection.execute(
        select(calls.c.owner, calls.c.last_seq).where(calls.c.call_id == batch.call_id)
    ).one_or_none()
    if row is None:
        refuse_deleted(connection, batch.call_id)
    if row is None or row.owner != batch.owner:
        raise NotOwner(batch.call_id)
    if batch.first_seq > row.last_seq + 1:
        raise Conflict(batch.call_id, f"record {batch.first_seq} does not follow the last one, {row.last_seq}")
    last: int = min(batch.last_seq, row.last_seq)
    among = records.c.seq.between(batch.first_seq, last)
    kept = connection.execute(select(records.c.seq, records.c.event).where(records.c.call_id == batch.call_id, among))
    bodies: dict[int, str] = {row.seq: row.event for row in kept}
    count = last - batch.first_seq + 1
    for seq, event, body in zip(range(batch.first_seq, last + 1), batch.events, batch.bodies, strict=False):
        if body != bodies.get(seq) and not _is_same(event, bodies.get(seq)):
            raise Conflict(batch.call_id, f"record {seq} is another one already")
    return count


def _is_same(event: Event, body: str | None) -> bool:
    """Whether it was kept so by a callcoach of another version."""
    try:
        return body is not None and event_from_json(body) == event
    except ValueError:
        return False
