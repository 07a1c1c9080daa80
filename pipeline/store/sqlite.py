"""Records in one SQLite file: what a screen has shown survives a kill of the process.

WAL with synchronous=NORMAL: a committed transaction is in the operating system's hands, so `kill -9` loses
nothing; a power cut may lose what the system had not yet written of calls still running (some tens of seconds),
and never harms the file. No slice waits for the disk: checkpoints, which sync, run in a thread of their own. When a
call ends its records are synced (a checkpoint syncs the log first), so finished calls survive a power cut too.
https://www.sqlite.org/wal.html

A slice cannot wait long for another writer, nor for a connection while many pages read: the calls in progress have
connections of their own, with a short timeout.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    URL,
    Connection,
    Engine,
    Text,
    case,
    cast,
    create_engine,
    event,
    exists,
    func,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from pipeline.codec import event_from_json
from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.measures import AgentBaseline
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.upcasting import FORMER_NAMES, NewerEvent
from pipeline.people.person import Whose, Within
from pipeline.store.appending import append, own, written
from pipeline.store.baselines import BaselineSettings
from pipeline.store.condensed import HEAD_CHARACTERS, LAST_OF_CHANNEL, LOOKED_AT, RULES, Head
from pipeline.store.learning import find, find_all, forget, learn
from pipeline.store.ownership import TELLING, owner_of
from pipeline.store.place import Place, code_of, file_of
from pipeline.store.schema import calls, prepare, records

BUSY_TIMEOUT_MS = 5_000  # how long another writer is waited for
OPEN_AGAIN_MS = 20
SLICE_TIMEOUT_MS = 100  # the same for a slice of a call in progress
_FILE = "file"  # what a connection has open
CHECKPOINT_APPENDS = 150  # of some 25 KB of log each: a few times a minute of calls


class SqliteStore:
    """`append` from the thread of the call, `read` from any thread: each transaction has a connection to itself."""

    def __init__(self, path: Path, learning: BaselineSettings | None = None) -> None:
        """`learning`: finished calls teach what is usual for their agents; None: these calls do not (the demo)."""
        self.path = path
        self.put_back: Callable[[], None] = lambda: None  # called when a deleted database lies in its place again
        self._learning = learning
        self._place = Place(path)
        self._engine = _make_engine(path, BUSY_TIMEOUT_MS)
        self._slices = _make_engine(path, SLICE_TIMEOUT_MS, "wal_autocheckpoint=0")
        self._appends = 0
        self._checkpoint: threading.Thread | None = None
        self._mending = threading.Lock()
        self._open()
        self._opened = self._hold_open()

    def own(self, call_id: str, *, patient: bool = False) -> int:
        with self._transaction("written", self._engine if patient else self._slices) as connection:
            owner = own(connection, call_id)
            self._place.check(connection.info[_FILE])
        return owner

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        if not events:
            return
        batch = written(call_id, owner, first_seq, events)
        with self._transaction("written", self._engine if patient else self._slices) as connection:
            new = append(connection, batch)
            self._place.check(connection.info[_FILE])
            if self._learning is not None:
                for seq, event in enumerate(new.events, start=new.first_seq):
                    if isinstance(event, CallEnded):
                        learn(connection, call_id, seq, self._learning)
        if any(isinstance(event, CallEnded | CallScored) for event in events):
            self._sync()
        else:
            self._sync_at_times()

    def read(self, call_id: str, after: int = 0, limit: int | None = None) -> list[Record]:
        where = (records.c.call_id == call_id) & (records.c.seq > after)
        with self._transaction("read") as connection:
            found = connection.execute(select(records).where(where).order_by(records.c.seq).limit(limit)).all()
        return [self._record(row) for row in found]

    def calls(self, limit: int | None = None, offset: int = 0, within: Within | None = None) -> list[str]:
        if within is not None:
            known = [one for one in self.calls() if within.has(self.whose(one) or Whose())]
            return known[offset : None if limit is None else offset + limit]
        begun = select(calls.c.call_id).where(calls.c.last_seq > 0)
        wanted = begun.order_by(calls.c.number.desc()).limit(limit).offset(offset)
        with self._transaction("read") as connection:
            return list(connection.execute(wanted).scalars())

    def unfinished(self) -> list[str]:
        wanted = select(calls.c.call_id).where(~calls.c.ended, calls.c.last_seq > 0).order_by(calls.c.number)
        with self._transaction("read") as connection:
            return list(connection.execute(wanted).scalars())

    def unscored(self) -> list[str]:
        is_scored = exists().where(records.c.call_id == calls.c.call_id, records.c.kind == CallScored.__name__)
        wanted = select(calls.c.call_id).where(calls.c.ended, ~is_scored).order_by(calls.c.number.desc())
        with self._transaction("read") as connection:
            return list(connection.execute(wanted).scalars())

    def whose(self, call_id: str) -> Whose | None:
        told = self.pick([call_id], TELLING)
        return owner_of(told) if told or self.last(call_id) is not None else None

    def last(self, call_id: str) -> Record | None:
        wanted = select(records).where(records.c.call_id == call_id).order_by(records.c.seq.desc()).limit(1)
        with self._transaction("read") as connection:
            row = connection.execute(wanted).one_or_none()
        return self._record(row) if row is not None else None

    def pick(self, call_ids: Sequence[str], kinds: Collection[str]) -> list[Record]:
        written = {*kinds, *(former for former, kind in FORMER_NAMES.items() if kind in kinds)}
        where = records.c.call_id.in_(call_ids) & records.c.kind.in_(written)
        wanted = select(records).where(where).order_by(records.c.call_id, records.c.seq)
        with self._transaction("read") as connection:
            found = connection.execute(wanted).all()
        return [self._record(row) for row in found]

    def heads(self, call_id: str, after: int) -> list[Head]:
        seq, kind, body = records.c.seq, records.c.kind, records.c.event
        of_call, channel = records.c.call_id == call_id, type_coerce(body, JSON)["channel"].as_string()
        channel = case((func.json_valid(body) == 1, channel))  # of a damaged text SQLite would not even say NULL
        head = select(seq, kind, func.coalesce(func.substr(cast(body, Text), 1, HEAD_CHARACTERS), ""))
        with self._transaction("read") as connection:
            told = connection.execute(select(body).where(of_call, kind == "CallStarted")).scalar()
            sides = [side for side in Channel if f'"{side}"' in str(told)] or list(Channel)
            few = [*connection.execute(select(calls.c.last_seq).where(calls.c.call_id == call_id)).scalars()]
            for one, side in product(LAST_OF_CHANNEL, sides):
                # Backwards in the index by kind, until there is one: of hours of measurements a handful is read.
                last = select(seq).where(of_call, kind == one, channel == side).order_by(records.c.position.desc())
                few += [found for found in connection.execute(last.limit(1)).scalars() if found > after]
            some = connection.execute(head.where(of_call, seq > after, kind.in_(LOOKED_AT)))
            rest = connection.execute(head.where(of_call, seq.in_(few)))
            unknown = connection.execute(head.where(of_call, seq > after, or_(kind.not_in(RULES), kind.is_(None))))
            return sorted({Head(*row) for row in [*some, *rest, *unknown]})

    def take(self, call_id: str, seqs: Sequence[int]) -> list[Record]:
        wanted = select(records).where(records.c.call_id == call_id, records.c.seq.in_(seqs)).order_by(records.c.seq)
        with self._transaction("read") as connection:
            found = connection.execute(wanted).all()
        return [self._record(row) for row in found]

    def position(self) -> int:
        with self._transaction("read") as connection:
            return connection.execute(select(func.max(records.c.position))).scalar() or 0

    def read_all(self, after: int, limit: int | None = None) -> list[tuple[int, Record]]:
        wanted = select(records).where(records.c.position > after).order_by(records.c.position).limit(limit)
        with self._transaction("read") as connection:
            found = connection.execute(wanted).all()
        return [(row.position, self._record(row)) for row in found]

    def baseline(self, agent_id: str) -> AgentBaseline | None:
        with self._transaction("read") as connection:
            return find(connection, agent_id)

    def baselines(self) -> list[AgentBaseline]:
        """Of all agents, by their ids."""
        with self._transaction("read") as connection:
            return find_all(connection)

    def forget_baseline(self, agent_id: str) -> bool:
        """False when nothing was known of this agent. The records of the calls stay."""
        with self._transaction("written") as connection:
            was_known = forget(connection, agent_id)
        self._sync("TRUNCATE")  # what the log still knows goes too, unless somebody is reading just now
        return was_known

    def probe(self) -> None:
        """Really writes, and something new: what is rolled back or the same as before never reaches the disk.

        The number counts for nobody: which version a file has says a table of ours.
        """
        with self._transaction("written") as connection:
            self._place.check(connection.info[_FILE])
            before = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
            connection.exec_driver_sql(f"PRAGMA user_version={(int(before) + 1) % 1_000}")

    def mend(self) -> bool:
        with self._mending:
            try:
                self._place.check()
            except StoreError as error:
                if error.cause != "gone":
                    raise
            else:
                return False
            opened = self._opened.driver_connection
            assert isinstance(opened, sqlite3.Connection)
            # Whoever writes compares the file while holding the lock: with it in hand, all who were in time are done.
            opened.execute("BEGIN IMMEDIATE")
            opened.rollback()
            self._place.put_back(opened)
            self._opened.close()
            self._engine.dispose()
            self._slices.dispose()
            self._opened = self._hold_open()
        self.put_back()
        return True

    def close(self) -> None:
        if self._checkpoint is not None:
            self._checkpoint.join()
        self._opened.close()
        self._engine.dispose()
        self._slices.dispose()

    def _open(self) -> None:
        """Puts the file into WAL mode, which it keeps, and its tables into order.

        Asked again when locked: of two that switch one file to WAL at the same moment, SQLite refuses one at once,
        whatever its timeout.
        """
        until_s = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                with self._transaction("opened") as connection:
                    connection.execute(text("PRAGMA journal_mode=WAL"))
                    prepare(connection, str(self.path))
                return
            except StoreError as error:
                if code_of(error.__cause__) != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
                time.sleep(OPEN_AGAIN_MS / 1000)

    def _hold_open(self) -> PoolProxiedConnection:
        """A connection that reads nothing more: by it a file that is deleted can still be reached, log and all."""
        opened = self._engine.raw_connection()
        opened.cursor().execute("SELECT version FROM schema_version").fetchall()
        return opened

    def _record(self, row: Any) -> Record:
        """One that cannot be read is told as such: it must not hide all the others."""
        try:
            return Record(row.call_id, row.seq, event_from_json(row.event))
        except NewerEvent as error:
            reason, cause = f"was written by a newer callcoach: {error}", "newer"
        except ValueError as error:
            reason, cause = f"is damaged: {error}", "damaged"
        said = f"record {row.seq} of call {row.call_id} in {self.path}, {row.kind}, {reason}"
        said = said.encode(errors="replace").decode()  # with what was no UTF-8 it could not be sent
        return Record(row.call_id, row.seq, StageFailed(_time_of(row.event), "record", said, cause))

    def _sync(self, mode: Literal["PASSIVE", "TRUNCATE"] = "PASSIVE") -> None:
        # The records are kept already; where this fails, the next checkpoint syncs them.
        with suppress(StoreError), self._transaction("synced") as connection:
            connection.execute(text(f"PRAGMA wal_checkpoint({mode})"))

    def _sync_at_times(self) -> None:
        self._appends += 1
        if self._appends % CHECKPOINT_APPENDS or (self._checkpoint is not None and self._checkpoint.is_alive()):
            return
        self._checkpoint = threading.Thread(target=self._sync, name="checkpoint", daemon=True)
        self._checkpoint.start()

    @contextmanager
    def _transaction(self, action: str, engine: Engine | None = None) -> Iterator[Connection]:
        try:
            with (engine or self._engine).begin() as connection:
                if connection.info[_FILE] != self._place.file:  # a stranger that lies in its place
                    self._place.check(connection.info[_FILE])
                yield connection
        except SQLAlchemyError as error:
            raise self._place.refusal(action, error) from error


def _time_of(text: str) -> int:
    """As far as it can be known of an event that is damaged."""
    try:
        at_ms = json.loads(text)["at_ms"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return 0
    return at_ms if type(at_ms) is int else 0


def _text(stored: bytes) -> str:
    """A text that is no UTF-8 belongs to one damaged record; sqlite3 itself would fail the whole reading."""
    return stored.decode(errors="surrogateescape")


def _make_engine(path: Path, timeout_ms: int, *pragmas: str) -> Engine:
    def set_up(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info[_FILE] = file_of(path)
        connection.text_factory = _text
        for pragma in (f"busy_timeout={timeout_ms}", "synchronous=NORMAL", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    # `rw`, never `rwc`: where the file is gone, a new connection must not leave an empty one in its place.
    address = URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_engine(address, connect_args={"timeout": timeout_ms / 1000})
    event.listen(engine, "connect", set_up)
    return engine
