"""The table of the audit. Its order is that of the lock: the newest row is read and the next written under one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select

from pipeline.errors import SettingsError
from pipeline.folders import settings_files
from pipeline.people.audit import EVERYTHING, Audit, Count, Wanted
from pipeline.people.audit_chain import START, Row, Tail, follows
from pipeline.people.audit_heads import HEADS_FILE, KEY_FILE, AuditHeads, AuditSettings, read_key
from pipeline.store.database import Database
from pipeline.store.opening import place_of
from pipeline.store.schema import audit, calls

ROWS_AT_ONCE = 5_000


def open_audit(database: Database, folder: Path, settings: AuditSettings | None, say: Callable[[str], None]) -> Audit:
    """The audit in this database, with the key in `folder`. `settings`: None for one without a second place (the demo).

    Raises SettingsError where the key cannot be used, or another server that shares the database has another one.
    """
    log = SqlAuditLog(database)
    newest, before = (*log.rows(EVERYTHING, limit=2), None, None)[:2] if database.is_shared else (None, None)
    if newest is not None:
        _check_key(folder, before, newest)
    key, heads = read_key(folder), None
    if settings is not None:
        file = Path(settings.head_file) if settings.head_file else settings_files()[-1].with_name(HEADS_FILE)
        place = database.name if database.is_shared else place_of(Path(database.name))
        heads = AuditHeads(file, key, database.title, place)
    return Audit(log, key, heads, say)


def _check_key(folder: Path, before: Row | None, newest: Row) -> None:
    """Rows of two keys would be no chain. Makes none."""
    if not (folder / KEY_FILE).is_file() or not follows(read_key(folder), before, newest):
        why = f"{folder} has not the {KEY_FILE} with which the audit of this database was written"
        copy = "for a further server of this database, copy that file there from the first one's data folder"
        raise SettingsError(f"{why}: did you mean another folder (--data DIR)? Or, {copy}")


class SqlAuditLog:
    """An AuditLog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, link: Callable[[Tail], Row]) -> Row:
        newest = select(audit.c.number, audit.c.mac).order_by(audit.c.number.desc()).limit(1)
        with self._database.together(), self._database.writing() as connection:
            tail = connection.execute(newest).one_or_none()
            row = link(Tail(*tail) if tail is not None else START)
            connection.execute(insert(audit).values(asdict(row)))
        return row

    def together(self) -> AbstractContextManager[None]:
        return self._database.together()

    def newest(self) -> Row | None:
        with self._database.reading(only_kept=True) as connection:
            found = connection.execute(select(audit).order_by(audit.c.number.desc()).limit(1)).one_or_none()
        self._database.settle()  # the second place must not know a row that a crash takes
        return Row(*found) if found is not None else None

    def rows(self, wanted: Wanted, before: int | None = None, limit: int | None = None) -> list[Row]:
        where = _where(wanted)
        if before is not None:
            where &= audit.c.number < before
        with self._database.reading() as connection:
            found = connection.execute(select(audit).where(where).order_by(audit.c.number.desc()).limit(limit))
            return [Row(*row) for row in found]

    def counts(self, wanted: Wanted) -> list[Count]:
        by = (audit.c.action, audit.c.outcome)
        counted = select(*by, func.count()).where(_where(wanted)).group_by(*by).order_by(*by)
        with self._database.reading() as connection:
            return [Count(*row) for row in connection.execute(counted)]

    def all_rows(self) -> Iterator[Row]:
        after = None  # what somebody has put before the first one is read as well
        while True:
            piece = select(audit).order_by(audit.c.number).limit(ROWS_AT_ONCE)
            if after is not None:
                piece = piece.where(audit.c.number > after)
            with self._database.reading() as connection:
                found: list[Any] = list(connection.execute(piece))
            yield from (Row(*row) for row in found)
            if len(found) < ROWS_AT_ONCE:
                return
            after = found[-1].number

    def opened(self, agent_id: str, actions: Sequence[str], limit: int) -> list[Row]:
        of_calls = select(audit).join(calls, calls.c.call_id == audit.c.object)
        wanted = of_calls.where(calls.c.agent_id == agent_id, audit.c.action.in_(actions))
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(audit.c.number.desc()).limit(limit))
            return [Row(*row) for row in found]


def _where(wanted: Wanted) -> ColumnElement[bool]:
    asked = [
        column == value
        for column, value in (
            (audit.c.actor, wanted.actor),
            (audit.c.action, wanted.action),
            (audit.c.object, wanted.object),
            (audit.c.outcome, wanted.outcome),
        )
        if value is not None
    ]
    if wanted.since is not None:
        asked.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        asked.append(audit.c.at < wanted.until)
    return and_(True, *asked)
