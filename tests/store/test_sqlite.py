"""What only the SQLite store has: a file that survives, is checkpointed, refused or damaged."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured
from pipeline.events.turns import TurnStarted
from pipeline.store.sql import SqlStore
from pipeline.store.sqlite_file import CHECKPOINT_APPENDS
from tests.waiting import wait_until
from tests.writing import add


def turn(at_ms: int) -> TurnStarted:
    return TurnStarted(at_ms, Channel.AGENT, at_ms)


def test_records_survive_a_second_opening(tmp_path: Path) -> None:
    add(SqlStore(tmp_path / "calls.db"), "a", [turn(20)])
    assert add(SqlStore(tmp_path / "calls.db"), "a", [turn(40)])[0].seq == 2


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from pipeline.events.channels import Channel
        from pipeline.events.turns import TurnStarted
        from pipeline.store.sql import SqlStore
        store = SqlStore(Path(sys.argv[1]))
        owner = store.own("a")
        for n in range(50):
            store.append("a", owner, n + 1, [TurnStarted(n, Channel.AGENT, n)])
        os.kill(os.getpid(), 9)
    """)
    path = tmp_path / "calls.db"
    subprocess.run(
        [sys.executable, "-c", program, str(path)], check=False, env=os.environ, cwd=Path(__file__).parents[2]
    )
    assert [r.seq for r in SqlStore(path).read("a")] == list(range(1, 51))


def test_a_long_call_reaches_the_database_file_without_waiting_for_it(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    empty = store.database.path.stat().st_size
    for n in range(CHECKPOINT_APPENDS):
        add(store, "a", [turn(n)])
    wait_until(lambda: store.database.path.stat().st_size > empty)
    assert [r.seq for r in store.read("a")] == list(range(1, CHECKPOINT_APPENDS + 1))
    store.close()


def test_a_failed_slice_keeps_nothing_of_itself(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "calls.db")
    add(store, "a", [turn(20)])
    with pytest.raises(StoreError, match="LevelMeasured"):
        add(store, "a", [turn(40), LevelMeasured(40, Channel.AGENT, 0, 40, float("nan"), None, 0.0)])
    assert add(store, "a", [turn(60)])[0].seq == 2


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqlStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreError, match="schema version 99"):
        SqlStore(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE things (a)")
    connection.close()
    with pytest.raises(StoreError, match="not one of callcoach"):
        SqlStore(path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"calls\.db cannot be opened"):
        SqlStore(path)
