"""A file of an earlier version is brought over where it lies, wholly or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.measures import PitchMeasured
from pipeline.events.turns import TurnStarted
from pipeline.store import schema
from pipeline.store.sql import SqlStore
from tests.writing import add

VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE calls (
	number INTEGER NOT NULL,
	call_id TEXT NOT NULL,
	last_seq INTEGER NOT NULL,
	ended BOOLEAN NOT NULL,
	PRIMARY KEY (number),
	UNIQUE (call_id)
);
CREATE TABLE records (
	position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	call_id TEXT NOT NULL,
	seq INTEGER NOT NULL,
	kind TEXT NOT NULL,
	event TEXT NOT NULL,
	UNIQUE (call_id, seq)
);
CREATE INDEX records_by_kind ON records (call_id, kind);
INSERT INTO schema_version VALUES (1);
INSERT INTO calls VALUES (1, 'a', 3, 1);
INSERT INTO records VALUES (5, 'a', 1, 'TurnStarted', '{"kind":"TurnStarted","at_ms":20,"channel":"agent",
 "start_ms":20}');
INSERT INTO records VALUES (6, 'a', 2, 'PitchMeasured', '{"kind":"PitchMeasured","at_ms":90,"channel":"agent",
 "start_ms":0,"end_ms":90,"median_hz":181.0,"sd_semitones":2.5,"range_semitones":8.0,"voiced_ms":4000,
 "baseline_sd":null,"baseline_voiced_ms":0}');
INSERT INTO records VALUES (7, 'a', 3, 'CallEnded', '{"kind":"CallEnded","at_ms":90,"reason":"finished"}');
"""
KEPT = [
    TurnStarted(20, Channel.AGENT, 20),
    PitchMeasured(90, Channel.AGENT, 0, 90, 181.0, 2.5, 8.0, 4000, None, 0, 0),
    CallEnded(90, "finished"),
]


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    path = tmp_path / "calls.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(VERSION_1)
    connection.close()
    return path


def ask(path: Path, statement: str) -> list[Any]:
    """Past the store, as another program would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def version_of(path: Path) -> int:
    return int(ask(path, "SELECT version FROM schema_version")[0][0])


def shape(path: Path) -> dict[str, object]:
    """Columns and indices of every table, and the triggers."""
    tables = [name for (name,) in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    triggers: dict[str, object] = dict(ask(path, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return triggers | {
        table: (
            ask(path, f"PRAGMA table_info({table})"),
            sorted(row[1:] for row in ask(path, f"PRAGMA index_list({table})")),
        )
        for table in tables
    }


def test_a_file_of_version_1_is_brought_over_in_place(version_1: Path, tmp_path: Path) -> None:
    store = SqlStore(version_1)
    assert [record.event for record in store.read("a")] == KEPT
    assert [position for position, _ in store.read_all(0)] == [5, 6, 7]
    assert add(store, "a", [TurnStarted(120, Channel.AGENT, 120)])[0].seq == 4
    assert store.position() == 8
    assert store.baselines() == []
    SqlStore(tmp_path / "new.db")
    assert version_of(version_1) == schema.VERSION
    assert shape(version_1) == shape(tmp_path / "new.db")


def test_a_broken_off_step_leaves_the_file_as_it_was(version_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shape(version_1)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "update", lambda table: 1 / 0)  # the last thing a migration does
        with pytest.raises(ZeroDivisionError):
            SqlStore(version_1)
    assert (version_of(version_1), shape(version_1)) == (1, before)
    assert [record.event for record in SqlStore(version_1).read("a")] == KEPT


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_process_that_dies_on_the_way_leaves_the_file_as_it_was(version_1: Path) -> None:
    dying = run(
        """
        import os, pathlib, sys
        from pipeline.store import schema
        from pipeline.store.sql import SqlStore
        schema.update = lambda table: os._exit(9)
        SqlStore(pathlib.Path(sys.argv[1]))
        """,
        str(version_1),
    )
    said, _ = dying.communicate(timeout=60)
    assert dying.returncode == 9, said
    assert version_of(version_1) == 1
    assert [record.event for record in SqlStore(version_1).read("a")] == KEPT


@pytest.mark.parametrize("is_new", [False, True])
def test_three_processes_may_open_it_at_once(version_1: Path, tmp_path: Path, is_new: bool) -> None:
    """Of 400 new files 14 were refused before (SQLite's switch to WAL waits for nobody), so one file would not tell."""
    opening = """
        import pathlib, sys
        from pipeline.store.sql import SqlStore
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                SqlStore(pathlib.Path(line.strip())).close()
                print("opened", flush=True)
            except Exception as error:
                print(error, flush=True)
        """
    command = [sys.executable, "-c", textwrap.dedent(opening)]
    openers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [_line(process) for process in openers]
    paths = [tmp_path / f"{number}.db" for number in range(150 if is_new else 30)]
    for path in paths:
        if not is_new:
            shutil.copy(version_1, path)
        for process in openers:
            assert process.stdin is not None
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
        said += [_line(process) for process in openers]
    for process in openers:
        process.communicate(timeout=60)
    assert Counter(said) == {"ready": 3, "opened": 3 * len(paths)}
    assert {version_of(path) for path in paths} == {schema.VERSION}


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_newer_version_is_refused_and_left_alone(version_1: Path) -> None:
    ask(version_1, f"UPDATE schema_version SET version = {schema.VERSION + 1}")
    before = shape(version_1)
    with pytest.raises(
        StoreError, match=f"version {schema.VERSION + 1}, this callcoach reads version {schema.VERSION}"
    ):
        SqlStore(version_1)
    assert shape(version_1) == before
