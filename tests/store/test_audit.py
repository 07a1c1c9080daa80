"""The table of the audit: only added to, in one order however many write, in one transaction with what it tells."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.people.audit import Audit, Count, Deed, Wanted
from pipeline.people.audit_heads import AuditHeads
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action
from pipeline.store.audit import ROWS_AT_ONCE, SqlAuditLog
from pipeline.store.database import Database
from pipeline.store.sqlite_file import SqliteFile

KEY = b"0123456789abcdef0123456789abcdef"
ORIGIN = Origin("10.2.0.15", "Chrome 142")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.db"


@pytest.fixture
def database(path: Path) -> Database:
    return SqliteFile(path)


@pytest.fixture
def log(database: Database) -> SqlAuditLog:
    return SqlAuditLog(database)


@pytest.fixture
def audit(log: SqlAuditLog, tmp_path: Path) -> Audit:
    return Audit(log, KEY, AuditHeads(tmp_path / "heads.jsonl", KEY, "calls.db", "here:calls.db"))


def as_owner(path: Path, *statements: str) -> None:
    """As somebody would who has the file, and takes the triggers away first."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for name in ("audit_refuses_update", "audit_refuses_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            connection.execute(statement)


def noted(audit: Audit, times: int) -> None:
    for number in range(times):
        audit.note("u-1", Action.CALL_READ, f"call-{number}", ORIGIN)
    audit.keep_head()


def test_what_is_kept_is_what_was_noted(audit: Audit, log: SqlAuditLog) -> None:
    rows = [audit.note("u-1", Deed.USER_ADDED, f"u-{n}", ORIGIN, details={"role": "agent"}) for n in range(3)]
    assert list(log.all_rows()) == rows
    assert log.newest() == rows[-1]
    assert audit.verify().fault is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x' WHERE number = 2", "DELETE FROM audit"])
def test_the_database_refuses_to_change_rows(audit: Audit, path: Path, statement: str) -> None:
    noted(audit, 3)
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="only ever added"),
    ):
        connection.execute(statement)
    assert audit.verify().rows == 3


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET object = 'other' WHERE number = 3", (3, "changed")),
        ("UPDATE audit SET at = 'soon' WHERE number = 3", (3, "changed")),
        ("UPDATE audit SET details = x'ff00' WHERE number = 3", (3, "changed")),
        ("UPDATE audit SET mac = CAST(x'ff' AS TEXT) WHERE number = 3", (3, "changed")),
        ("DELETE FROM audit WHERE number = 3", (3, "missing")),
        ("DELETE FROM audit WHERE number > 3", (4, "cut")),
        ("DELETE FROM audit", (1, "cut")),
        ("REPLACE INTO audit SELECT 3, at, actor, action, object, outcome, address, agent, details, mac FROM audit "
         "WHERE number = 2", (3, "changed")),
        ("INSERT INTO audit SELECT 0, at, actor, action, object, outcome, address, agent, details, mac FROM audit "
         "WHERE number = 2", (1, "missing")),
    ],
)  # fmt: skip
def test_whoever_has_the_file_changes_nothing_unseen(
    audit: Audit, path: Path, statement: str, fault: tuple[int, str]
) -> None:
    noted(audit, 5)
    as_owner(path, statement)
    found = audit.verify().fault
    assert found is not None
    assert (found.number, found.kind) == fault


def test_a_change_and_its_row_are_kept_together_or_not_at_all(audit: Audit, database: Database) -> None:
    noted(audit, 1)

    def fails() -> None:
        with database.together():
            audit.note("u-1", Deed.USER_ADDED, "u-2", ORIGIN)
            assert audit.rows()[0].number == 2  # within, it is seen
            audit.keep_head()  # what may still fail is no head
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert [row.number for row in audit.rows()] == [1]
    with database.together(), database.together():
        audit.note("u-1", Deed.USER_ADDED, "u-2", ORIGIN)
    assert [row.number for row in audit.rows()] == [2, 1]
    assert audit.verify().fault is None


def test_what_failed_within_is_taken_back_though_somebody_catches_it(audit: Audit, database: Database) -> None:
    with database.together():
        audit.note("u-1", Deed.USER_ADDED, "u-2", ORIGIN)
        with suppress(ZeroDivisionError), database.together():
            audit.note("u-1", Deed.USER_ADDED, "u-3", ORIGIN)
            raise ZeroDivisionError
        audit.note("u-1", Deed.USER_ADDED, "u-4", ORIGIN)
    assert [(row.number, row.object) for row in audit.rows()] == [(2, "u-4"), (1, "u-2")]


def test_what_is_refused_within_is_told_and_the_thread_is_free_again(database: Database, audit: Audit) -> None:
    with pytest.raises(StoreError, match="no such table"), database.together(), database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM nowhere")
    noted(audit, 1)
    assert audit.verify().rows == 1


def test_many_processes_write_one_chain(audit: Audit, path: Path) -> None:
    noting = """
        import pathlib, sys
        from pipeline.people.audit import Audit
        from pipeline.people.entrance import Origin
        from pipeline.people.permissions import Action
        from pipeline.store.audit import SqlAuditLog
        from pipeline.store.sqlite_file import SqliteFile
        audit = Audit(SqlAuditLog(SqliteFile(pathlib.Path(sys.argv[1]))), sys.argv[2].encode())
        for number in range(40):
            audit.note(sys.argv[3], Action.CALL_READ, f"call-{number}", Origin("here"))
        """
    command = [sys.executable, "-c", textwrap.dedent(noting), str(path), KEY.decode()]
    writers = [subprocess.Popen([*command, f"u-{n}"], stderr=subprocess.PIPE, text=True) for n in range(4)]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    audit.keep_head()
    assert (audit.verify().rows, audit.verify().fault) == (160, None)
    for n in range(4):  # each one's own order is kept
        mine = audit.rows(Wanted(actor=f"u-{n}"))
        assert [row.object for row in reversed(mine)] == [f"call-{number}" for number in range(40)]


def test_rows_are_found_and_counted(audit: Audit) -> None:
    for number in range(6):
        outcome = "refused" if number % 3 == 0 else "done"
        audit.note(f"u-{number % 2}", Action.CALL_READ, "call-1", ORIGIN, outcome=outcome)  # type: ignore[arg-type]
    audit.note(None, Deed.SIGN_IN, None, ORIGIN, outcome="refused")
    assert [row.number for row in audit.rows(before=5, limit=2)] == [4, 3]
    assert [row.number for row in audit.rows(Wanted(actor="u-1"))] == [6, 4, 2]
    assert [row.number for row in audit.rows(Wanted(object="call-1", outcome="refused"))] == [4, 1]
    assert audit.counts() == [
        Count("call.read", "done", 4), Count("call.read", "refused", 2), Count("session.begin", "refused", 1)
    ]  # fmt: skip
    now = audit.rows()[0].at
    assert audit.rows(Wanted(since=now + 1)) == []
    assert len(audit.rows(Wanted(since=now - 60, until=now + 1))) == 7
    assert audit.counts(Wanted(until=now - 60)) == []


def test_a_long_chain_is_read_in_pieces(audit: Audit, database: Database) -> None:
    with database.together():
        noted(audit, ROWS_AT_ONCE + 3)
    audit.keep_head()
    assert (audit.verify().rows, audit.verify().fault) == (ROWS_AT_ONCE + 3, None)
