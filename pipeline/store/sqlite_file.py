"""A SQLite file with the tables of callcoach: how it is opened, read, written, synced and put back.

WAL with synchronous=NORMAL: a committed transaction is in the operating system's hands, so `kill -9` loses
nothing; a power cut may lose what the system had not yet written of calls still running (some tens of seconds),
and never harms the file. No slice waits for the disk: checkpoints, which sync, run in a thread of their own.
https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from pipeline.errors import StoreError
from pipeline.private import private_file
from pipeline.store.database import BUSY_TIMEOUT_MS, SLICE_TIMEOUT_MS, Database, Pool
from pipeline.store.dialects import merge_terms
from pipeline.store.place import Place, code_of, file_of
from pipeline.store.schema import prepare, schema_version

OPEN_AGAIN_MS = 20
_FILE = "file"  # what a connection has open
CHECKPOINT_APPENDS = 150  # of some 25 KB of log each: a few times a minute of calls


class SqliteFile(Database):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.put_back: Callable[[], None] = lambda: None  # called when a deleted database lies in its place again
        self._place = Place(path)
        self._engine = _make_engine(path, BUSY_TIMEOUT_MS)
        self._slices = _make_engine(path, SLICE_TIMEOUT_MS, "wal_autocheckpoint=0")
        self._appends = 0
        self._checkpoint: threading.Thread | None = None
        self._mending = threading.Lock()
        self._open()
        self._opened = self._hold_open()

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def title(self) -> str:
        return self.path.name

    def probe(self) -> None:
        """Something new: what is rolled back or the same as before never reaches the disk.

        The number counts for nobody: which version a file has says a table of ours.
        """
        with self.writing() as connection:
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

    def copy_to(self, target: Path) -> None:
        """All that is kept now, as a new file without a log. Nobody who writes waits for it; raises StoreError."""
        opened = self._engine.raw_connection()
        try:
            private_file(target)
            assert isinstance(opened.driver_connection, sqlite3.Connection)
            with closing(sqlite3.connect(target)) as copy:
                opened.driver_connection.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self.name} cannot be copied to {target}: {error}") from error
        finally:
            opened.close()

    def sync(self, *, empties_log: bool = False) -> None:
        mode, is_moved = "TRUNCATE" if empties_log else "PASSIVE", False
        with suppress(StoreError), self._transaction("synced", "write") as connection:
            is_blocked, logged, moved = connection.execute(text(f"PRAGMA wal_checkpoint({mode})")).one()
            is_moved = not is_blocked and moved == logged
        if not is_moved:  # somebody reads what was before, or checkpoints: then SQLite may leave the log unsynced
            self._sync_log()

    def settle(self) -> None:
        """Nobody outlasts a crash of SQLite: it is in the process that reads."""

    def _sync_log(self) -> None:
        """SQLite holds no lock on its log that closing it could take away, as it does on the file."""
        with suppress(OSError), self.path.with_name(f"{self.path.name}-wal").open("r+b") as log:
            os.fsync(log.fileno())

    def wipe(self) -> bool:
        """What was moved within the file before it was deleted may have left traces where it was: so all is rewritten.

        SQLite does that beside the log, in a file of its own in the folder for temporary ones.
        """
        with self._transaction("rewritten", "write") as connection:
            merge_terms(connection)
        with self._transaction("rewritten", "write") as connection:
            connection.exec_driver_sql("VACUUM")
        with self._transaction("synced", "write") as connection:
            is_busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not is_busy

    def sync_at_times(self) -> None:
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
                with self._transaction("opened", "write") as connection:
                    connection.execute(text("PRAGMA journal_mode=WAL"))
                    prepare(connection, self.name, self._lock)
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
    def _transaction(self, action: str, pool: Pool) -> Iterator[Connection]:
        engine = self._slices if pool == "slices" else self._engine
        with self._told(action), engine.begin() as connection:
            if connection.info[_FILE] != self._place.file:  # a stranger that lies in its place
                self._place.check(connection.info[_FILE])
            yield connection

    def _lock(self, connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # sqlite3 itself begins with the first write

    def _begin(self, connection: Connection) -> None:
        pass

    def _check(self, connection: Connection) -> None:
        self._place.check(connection.info[_FILE])

    def _refusal(self, action: str, error: SQLAlchemyError) -> StoreError:
        return self._place.refusal(action, error)


def look_at(path: Path) -> None:
    """To be called with a file that somebody names by hand: opening one makes it ours, rights and all.

    Raises StoreError where it is no database, or another program's.
    """
    if not path.is_file() or not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read as a database of callcoach: {error}") from error
    if tables and schema_version.name not in tables:
        raise StoreError(f"{path} is a database, but not one of callcoach: it has no table {schema_version.name}")


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
    timeout_s = timeout_ms / 1000
    engine = create_engine(address, connect_args={"timeout": timeout_s}, pool_timeout=timeout_s)
    event.listen(engine, "connect", set_up)
    return engine
