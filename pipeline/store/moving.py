"""All that one database keeps copied into another, of either kind, and proved to be the same there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from pipeline.errors import StoreError
from pipeline.store.claim import claim
from pipeline.store.database import Database
from pipeline.store.dialects import count_on, index_terms, take_time
from pipeline.store.leases import heard
from pipeline.store.metadata import metadata
from pipeline.store.schema import (
    audit,
    calls,
    people,
    records,
    said,
    schema_version,
    servers,
    sweeps,
    users,
)
from pipeline.store.sqlite_file import SqliteFile
from pipeline.store.terms import indexed

AT_ONCE = 2_000  # rows
_STAYS = (schema_version, servers, sweeps)  # of the database itself
TABLES = [table for table in metadata.sorted_tables if table not in _STAYS]


Digests = Mapping[str, tuple[int, str]]
"""Of each table its rows and what they hold, as SHA-256 of all."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What both sides hold."""

    digests: Digests

    @property
    def rows(self) -> dict[str, int]:
        """Of each table."""
        return {name: count for name, (count, _) in self.digests.items()}


def move(source: Database, target: Database, told: Callable[[int, int], None] = lambda done, of: None) -> Moved:
    """In one transaction: the target has all of it, or is as empty as before. The source is only read.

    Calls that have not ended are nobody's there: the next server that starts ends them. `told` of rows copied and how
    many there are. Raises StoreError where the target has calls or people already, and where what was read there
    afterwards is not what was read here.
    """
    with target.writing() as written:
        take_time(written)
        check_empty(written, target.name)
        with source.reading() as read:
            take_time(read)
            _copy(read, written, told)
            here = digests(read)
        there = digests(written)
        if different := [name for name in here if here[name] != there[name]]:
            raise StoreError(f"{target.name} does not hold what {source.name} holds: {', '.join(different)}")
    return Moved(here)


@contextmanager
def unserved(database: Database) -> Iterator[None]:
    """While it is moved: what a server wrote behind the copy would be lost. Raises StoreError where one runs on it."""
    if places := heard(database):
        said = "stop it first (of one that was killed this is said for 20 seconds more)"
        raise StoreError(f"{database.name} is in use by the server {places[0]}: {said}")
    with claim(database.path) if isinstance(database, SqliteFile) else nullcontext():
        yield


def counts(database: Database) -> dict[str, int]:
    """The rows of each table."""
    with database.reading() as connection:
        return {table.name: _count(connection, table) for table in TABLES}


def check_empty(connection: Connection, name: str) -> None:
    """Raises StoreError where there is anything of calls or people already, with how much of what a reader knows."""
    if not any(_count(connection, table) for table in TABLES if table is not people):
        return
    known = ((calls, "calls"), (users, "people"), (audit, "rows of audit"))
    held = ", ".join(f"{_count(connection, table)} {what}" for table, what in known)
    raise StoreError(f"{name} is in use already ({held}): what is moved needs a database without any")


def _copy(read: Connection, written: Connection, told: Callable[[int, int], None]) -> None:
    of, done = sum(_count(read, table) for table in TABLES), 0
    for table in TABLES:
        if table is people:  # one row, which every database has
            written.execute(table.delete())
        for rows in _rows(read, table):
            written.execute(insert(table), rows)
            if table is said:
                _index(written, rows)
            done += len(rows)
            told(done, of)
    for column in (records.c.position, calls.c.number):
        count_on(written, column)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """By their keys, whatever order the database itself has them in."""
    wanted = select(*(column for column in table.columns if column is not calls.c.place)).order_by(*table.primary_key)
    found = connection.execute(wanted, execution_options={"yield_per": AT_ONCE})
    for rows in found.mappings().partitions():
        yield [dict(row) if table is audit else {name: _taken(value) for name, value in row.items()} for row in rows]


def _taken(value: Any) -> Any:
    """As any database takes it: SQLite keeps NUL in a text, PostgreSQL does not. Rows of the audit stay as their chain
    has them; what is written today has none (`codec.py`, `Audit.note`).
    """
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _index(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        index_terms(connection, row["number"], indexed(row["text"]).terms)


def digests(connection: Connection) -> Digests:
    """By the sum of the rows' own digests: the databases sort texts differently."""
    found = {}
    for table in TABLES:
        count, total = 0, 0
        for rows in _rows(connection, table):
            for row in rows:
                text = json.dumps(row, ensure_ascii=True, sort_keys=True).encode()
                total = (total + int.from_bytes(hashlib.sha256(text).digest())) % (1 << 256)
                count += 1
        found[table.name] = count, f"{total:064x}"
    return found
