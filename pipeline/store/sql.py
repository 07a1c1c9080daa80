"""Records in a database of either kind: what a screen has shown survives a kill of the process.

When a call ends its records are synced, so finished calls survive a power cut too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Text, cast, exists, func, or_, select

from pipeline.codec import brief_from_json, event_from_json, time_of
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.measures import AgentBaseline
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.upcasting import FORMER_NAMES, NewerEvent
from pipeline.people.person import Whose, Within
from pipeline.store import overview
from pipeline.store.appending import Batch, append, own, written
from pipeline.store.baselines import BaselineSettings
from pipeline.store.belonging import is_within, tell_whose
from pipeline.store.condensed import HEAD_CHARACTERS, LAST_OF_CHANNEL, LOOKED_AT, RULES, Head
from pipeline.store.database import Database
from pipeline.store.deletion import private_spans
from pipeline.store.learning import find, find_all, forget, learn
from pipeline.store.leases import Leases, LeaseSettings, is_at_no_desk, left_at_desks, unheard
from pipeline.store.overview import Order, Row, Wanted
from pipeline.store.retention import correct_start
from pipeline.store.schema import calls, records
from pipeline.store.sqlite_file import SqliteFile


class SqlStore:
    """`append` from the thread of the call, `read` from any thread."""

    def __init__(
        self,
        where: Path | Database,
        learning: BaselineSettings | None = None,
        leases: Leases | None = None,
        *,
        is_live: bool = False,
    ) -> None:
        """`learning`: finished calls teach what is usual for their agents; None: these calls do not (the demo).

        `leases`: of a server that shares the database with others; None: all calls in it are this one's.
        `is_live`: what is appended happens now, whatever the clock of a desk says (`correct_start`).
        """
        self.database = where if isinstance(where, Database) else SqliteFile(where)
        self._learning = learning
        self._leases = leases
        self._is_live = is_live

    def own(self, call_id: str, *, patient: bool = False) -> int:
        with self.database.writing(patient=patient) as connection:
            return own(connection, call_id, self._leases.place if self._leases is not None else None)

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        if not events:
            return
        batch = written(call_id, owner, first_seq, events)
        known = self._said(batch) if batch.has_end and patient else None
        with self.database.writing(patient=patient) as connection:
            new = add(connection, batch, known)
            if self._is_live and any(isinstance(event, CallStarted) for event in new.events):
                correct_start(connection, call_id)
            if self._learning is not None:
                for seq, event in enumerate(new.events, start=new.first_seq):
                    if isinstance(event, CallEnded):
                        learn(connection, call_id, seq, self._learning)
        if any(isinstance(event, CallEnded | CallScored) for event in events):
            self.database.sync()
        else:
            self.database.sync_at_times()

    def read(self, call_id: str, after: int = 0, limit: int | None = None) -> list[Record]:
        where = (records.c.call_id == call_id) & (records.c.seq > after)
        with self.database.reading() as connection:
            found = connection.execute(select(records).where(where).order_by(records.c.seq).limit(limit)).all()
        return [self._record(row) for row in found]

    def calls(self, limit: int | None = None, offset: int = 0, within: Within | None = None) -> list[str]:
        begun = select(calls.c.call_id).where(calls.c.last_seq > 0)
        if within is not None:
            begun = begun.where(is_within(within))
        wanted = begun.order_by(calls.c.number.desc()).limit(limit).offset(offset)
        with self.database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def find(self, wanted: Wanted, order: Order = "newest", limit: int = 50, after: Row | None = None) -> list[Row]:
        """As overview.find."""
        with self.database.reading() as connection:
            return overview.find(connection, wanted, order, limit, after)

    def unfinished(self) -> list[str]:
        if self._leases is not None:
            return self._leases.own()
        begun = (~calls.c.ended, calls.c.last_seq > 0, is_at_no_desk())
        wanted = select(calls.c.call_id).where(*begun).order_by(calls.c.number)
        with self.database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def left(self) -> list[str]:
        settings = self._leases.settings if self._leases is not None else LeaseSettings()
        others = self._leases.left() if self._leases is not None else []
        return [*others, *left_at_desks(self.database, settings.left_ms)]

    def private_gone(self, call_ids: Sequence[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        with self.database.reading() as connection:
            return private_spans(connection, call_ids)

    def unheard(self, call_ids: Sequence[str]) -> set[str]:
        if self._leases is not None:
            return self._leases.unheard(call_ids)
        return unheard(self.database, call_ids, LeaseSettings().void_ms)

    def unscored(self) -> list[str]:
        is_scored = exists().where(records.c.call_id == calls.c.call_id, records.c.kind == CallScored.__name__)
        wanted = select(calls.c.call_id).where(calls.c.ended, ~is_scored, is_at_no_desk())
        wanted = wanted.order_by(calls.c.number.desc())
        with self.database.reading() as connection:
            if (leases := self._leases) is not None:
                wanted = wanted.where(or_(leases.is_own(), leases.is_left(connection)))
            return list(connection.execute(wanted).scalars())

    def whose(self, call_id: str) -> Whose | None:
        wanted = select(calls.c.agent_id, calls.c.team).where(calls.c.call_id == call_id, calls.c.last_seq > 0)
        with self.database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return Whose(*row) if row is not None else None

    def last(self, call_id: str) -> Record | None:
        wanted = select(records).where(records.c.call_id == call_id).order_by(records.c.seq.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return self._record(row) if row is not None else None

    @property
    def is_shared(self) -> bool:
        return self.database.is_shared

    def pick(self, call_ids: Sequence[str], kinds: Collection[str], *, brief: bool = False) -> list[Record]:
        written = {*kinds, *(former for former, kind in FORMER_NAMES.items() if kind in kinds)}
        where = records.c.call_id.in_(call_ids) & records.c.kind.in_(written)
        wanted = select(records).where(where).order_by(records.c.call_id, records.c.seq)
        with self.database.reading() as connection:
            found = connection.execute(wanted).all()
        return [self._record(row, brief_from_json if brief else event_from_json) for row in found]

    def heads(self, call_id: str, after: int) -> list[Head]:
        seq, kind, body = records.c.seq, records.c.kind, records.c.event
        of_call = records.c.call_id == call_id
        head = select(seq, kind, func.coalesce(func.substr(cast(body, Text), 1, HEAD_CHARACTERS), ""))
        with self.database.reading() as connection:
            told = connection.execute(select(body).where(of_call, kind == "CallStarted")).scalar()
            sides = [side for side in Channel if f'"{side}"' in str(told)] or list(Channel)
            few = [*connection.execute(select(calls.c.last_seq).where(calls.c.call_id == call_id)).scalars()]
            for one, side in product(LAST_OF_CHANNEL, sides):
                # Backwards in the index by kind, until there is one: of hours of measurements a handful is read.
                last = (
                    select(seq)
                    .where(of_call, kind == one, body.contains(f'"channel":"{side}"'))
                    .order_by(records.c.position.desc())
                )
                few += [found for found in connection.execute(last.limit(1)).scalars() if found > after]
            some = connection.execute(head.where(of_call, seq > after, kind.in_(LOOKED_AT)))
            rest = connection.execute(head.where(of_call, seq.in_(few)))
            unknown = connection.execute(head.where(of_call, seq > after, or_(kind.not_in(RULES), kind.is_(None))))
            return sorted({Head(*row) for row in [*some, *rest, *unknown]})

    def take(self, call_id: str, seqs: Sequence[int]) -> list[Record]:
        wanted = select(records).where(records.c.call_id == call_id, records.c.seq.in_(seqs)).order_by(records.c.seq)
        with self.database.reading() as connection:
            found = connection.execute(wanted).all()
        return [self._record(row) for row in found]

    def position(self) -> int:
        with self.database.reading() as connection:
            last = connection.execute(select(func.max(records.c.position))).scalar() or 0
        self.database.settle()
        return last

    def read_all(self, after: int, limit: int | None = None) -> list[tuple[int, Record]]:
        wanted = select(records).where(records.c.position > after).order_by(records.c.position).limit(limit)
        with self.database.reading() as connection:
            found = connection.execute(wanted).all()
        if found:
            self.database.settle()
        return [(row.position, self._record(row)) for row in found]

    def baseline(self, agent_id: str) -> AgentBaseline | None:
        with self.database.reading() as connection:
            return find(connection, agent_id)

    def baselines(self) -> list[AgentBaseline]:
        """Of all agents, by their ids."""
        with self.database.reading() as connection:
            return find_all(connection)

    def forget_baseline(self, agent_id: str) -> bool:
        """False when nothing was known of this agent. The records of the calls stay."""
        with self.database.writing() as connection:
            was_known = forget(connection, agent_id)
        self.database.sync(empties_log=True)
        return was_known

    def probe(self) -> None:
        self.database.probe()

    def mend(self) -> bool:
        return self.database.mend()

    def close(self) -> None:
        self.database.close()

    def _said(self, batch: Batch) -> overview.Said:
        """Of a call that is imported: made under the lock, that of a long one would keep others' slices waiting.

        A live call asks nothing before its end is kept: who reads may wait long for a database that stands still.
        """
        before = (record.event for record in self.pick([batch.call_id], ("WordsHeard",)))
        return overview.said_in([*before, *batch.events])

    def _record(self, row: Any, read: Callable[[str], Event] = event_from_json) -> Record:
        """One that cannot be read is told as such: it must not hide all the others."""
        try:
            return Record(row.call_id, row.seq, read(row.event))
        except NewerEvent as error:
            reason, cause = f"was written by a newer callcoach: {error}", "newer"
        except ValueError as error:
            reason, cause = f"is damaged: {error}", "damaged"
        said = f"record {row.seq} of call {row.call_id} in {self.database.name}, {row.kind}, {reason}"
        said = said.encode(errors="replace").decode()  # with what was no UTF-8 it could not be sent
        return Record(row.call_id, row.seq, StageFailed(time_of(row.event), "record", said, cause))


def add(connection: Connection, batch: Batch, known: overview.Said | None = None) -> Batch:
    """As append, and what lists tell of the call with it."""
    new = append(connection, batch)
    tell_whose(connection, batch.call_id, new.first_seq, new.events)
    overview.tell(connection, batch.call_id, new.events, known)
    return new
