"""A SQLite file with the tables of callcoach: how it is opened, read, written, synced and put back.

WAL with synchronous=NORMAL: a committed transaction is in the operating system's hands, so `kill -9` loses
nothing; a power cut may lose what the system had not yet written of calls still running (some tens of seconds),
and never harms the file. No slice waits for the disk: checkpoints, which sync, run in a thread of their own.
https://www.sqlite.org/wal.html

A slice cannot wait long for another writer, nor for a connection while many pages read: the calls in progress have
connections of their own, with a short timeout.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from pipeline.errors import StoreError
from pipeline.store.place import Place, code_of, file_of
from pipeline.store.schema import prepare

BUSY_TIMEOUT_MS = 5_000  # how long another writer is waited for
OPEN_AGAIN_MS = 20
SLICE_TIMEOUT_MS = 100  # the same for a slice of a call in progress
_FILE = "file"  # what a connection has open
CHECKPOINT_APPENDS = 150  # of some 25 KB of log each: a few times a minute of calls


class Database:
    """From any thread: each transaction has a connection to itself. Everything raises StoreError when it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.put_back: Callable[[], None] = lambda: None  # called when a deleted database lies in its place again
        self._place = Place(path)
        self._engine = _make_engine(path, BUSY_TIMEOUT_MS)
        self._slices = _make_engine(path, SLICE_TIMEOUT_MS, "wal_autocheckpoint=0")
        self._appends = 0
        self._checkpoint: threading.Thread | None = None
        self._mending = threading.Lock()
        self._thread = _OfThread()
        self._open()
        self._opened = self._hold_open()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread reads and writes within is one transaction, kept as a whole or not at all.

        It has the lock from the start: what it reads cannot change before it writes. Within another it is part of that,
        and what an error ends is taken back also where the error is caught further out.
        """
        if self._thread.connection is not None:
            with self._told("written"), self._thread.connection.begin_nested():
                yield
            return
        with self._transaction("written", self._engine) as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # sqlite3 itself begins with the first write
            self._thread.connection = connection
            try:
                yield
                self._place.check(connection.info[_FILE])
            finally:
                self._thread.connection = None

    @contextmanager
    def reading(self, *, only_kept: bool = False) -> Iterator[Connection]:
        """`only_kept`: also within `together` nothing of it, but what is kept for good."""
        if self._thread.connection is not None and not only_kept:
            with self._told("read"):
                yield self._thread.connection
            return
        with self._transaction("read", self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[Connection]:
        """One transaction, whose first statement is to write: that takes the lock. `patient` waits seconds for it."""
        if self._thread.connection is not None:
            with self._told("written"):
                yield self._thread.connection
            return
        with self._transaction("written", self._engine if patient else self._slices) as connection:
            yield connection
            self._place.check(connection.info[_FILE])

    def probe(self) -> None:
        """Really writes, and something new: what is rolled back or the same as before never reaches the disk.

        The number counts for nobody: which version a file has says a table of ours.
        """
        with self.writing() as connection:
            before = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
            connection.exec_driver_sql(f"PRAGMA user_version={(int(before) + 1) % 1_000}")

    def mend(self) -> bool:
        """As of Archive."""
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

    def sync(self, mode: Literal["PASSIVE", "TRUNCATE"] = "PASSIVE") -> None:
        """TRUNCATE also empties the log of what was deleted, unless somebody is reading just now."""
        # The records are kept already; where this fails, the next checkpoint syncs them.
        with suppress(StoreError), self._transaction("synced", self._engine) as connection:
            connection.execute(text(f"PRAGMA wal_checkpoint({mode})"))

    def sync_at_times(self) -> None:
        """To be called once an append."""
        self._appends += 1
        if self._appends % CHECKPOINT_APPENDS or (self._checkpoint is not None and self._checkpoint.is_alive()):
            return
        self._checkpoint = threading.Thread(target=self.sync, name="checkpoint", daemon=True)
        self._checkpoint.start()

    def _open(self) -> None:
        """Puts the file into WAL mode, which it keeps, and its tables into order.

        Asked again when locked: of two that switch one file to WAL at the same moment, SQLite refuses one at once,
        whatever its timeout.
        """
        until_s = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                with self._transaction("opened", self._engine) as connection:
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

    @contextmanager
    def _transaction(self, action: str, engine: Engine) -> Iterator[Connection]:
        with self._told(action), engine.begin() as connection:
            if connection.info[_FILE] != self._place.file:  # a stranger that lies in its place
                self._place.check(connection.info[_FILE])
            yield connection

    @contextmanager
    def _told(self, action: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._place.refusal(action, error) from error


class _OfThread(threading.local):
    """The transaction that a thread is in the midst of, by `together`."""

    connection: Connection | None = None


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
