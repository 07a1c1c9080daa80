"""SQLite by apsw with the face of the standard library's sqlite3, as far as SQLAlchemy looks at it.

The two have a library each, so that a VFS of apsw is not to be had by sqlite3.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from sqlite3 import (  # what SQLAlchemy takes from the module
    DatabaseError as DatabaseError,
    Error as Error,
    IntegrityError as IntegrityError,
    OperationalError as OperationalError,
    sqlite_version_info as sqlite_version_info,
)
from typing import Any

import apsw

paramstyle = "qmark"
VFS: str | None = None
_CHANGES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


def connect(database: str, timeout: float = 5.0, **_: Any) -> Connection:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    made = Connection(_told(apsw.Connection, database, flags=flags, vfs=VFS))
    made.real.set_busy_timeout(int(timeout * 1000))
    return made


def _told(function: Any, *given: Any, **more: Any) -> Any:
    try:
        return function(*given, **more)
    except apsw.Error as error:
        kinds: dict[type, type[sqlite3.Error]] = {
            apsw.ConstraintError: sqlite3.IntegrityError,
            apsw.CorruptError: sqlite3.DatabaseError,
            apsw.NotADBError: sqlite3.DatabaseError,
        }
        told = kinds.get(type(error), sqlite3.OperationalError)(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", 0)
        raise told from error


class Connection:
    text_factory: Any = str

    def __init__(self, real: apsw.Connection) -> None:
        self.real = real

    def cursor(self) -> Cursor:
        return Cursor(self.real)

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        return self.cursor().execute(statement, values)

    def create_function(self, name: str, count: int, function: Any, *, deterministic: bool = False) -> None:
        self.real.create_scalar_function(name, function, count, deterministic=deterministic)

    def commit(self) -> None:
        if not self.real.get_autocommit():
            _told(self.real.execute, "COMMIT")

    def rollback(self) -> None:
        if not self.real.get_autocommit():
            _told(self.real.execute, "ROLLBACK")

    def close(self) -> None:
        self.real.close()


class Cursor:
    """Begins a transaction before the first statement that changes something, as sqlite3 does."""

    arraysize = 1

    def __init__(self, real: apsw.Connection) -> None:
        self._real = real
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1

    @property
    def lastrowid(self) -> int:
        return self._real.last_insert_rowid()

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Cursor:
        return self.executemany(statement, [values])

    def executemany(self, statement: str, many: Iterable[Sequence[Any]]) -> Cursor:
        changes = statement.lstrip()[:7].strip().upper().startswith(_CHANGES)
        if changes and self._real.get_autocommit():
            _told(self._real.execute, "BEGIN")
        before = self._real.total_changes()
        for values in many:
            self._rows = _told(self._run, statement, tuple(values))
        self.rowcount = self._real.total_changes() - before if changes else -1
        return self

    def _run(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        cursor = self._real.cursor()
        self.description = None

        def look(running: apsw.Cursor, _statement: str, _values: Any) -> bool:
            found = running.get_description()
            self.description = [(name, *[None] * 6) for name, _ in found] or None
            return True

        cursor.exec_trace = look
        return list(cursor.execute(statement, values))

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        self._rows = []
