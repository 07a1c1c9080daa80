"""One contract, run on every store."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.measures import LevelMeasured
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnStarted
from pipeline.store.archive import Archive
from pipeline.store.memory import MemoryStore
from pipeline.store.sqlite import CHECKPOINT_APPENDS, SqliteStore
from tests.waiting import wait_until


def turn(at_ms: int) -> TurnStarted:
    return TurnStarted(at_ms, Channel.AGENT, at_ms)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "new" / "calls.db")


def test_numbers_start_at_one_for_each_call(store: Archive) -> None:
    assert [r.seq for r in store.append("a", [turn(20), turn(40)])] == [1, 2]
    assert [r.seq for r in store.append("b", [turn(20)])] == [1]
    assert [r.seq for r in store.append("a", [turn(60)])] == [3]


def test_what_is_read_is_what_was_kept(store: Archive) -> None:
    kept = store.append("a", [turn(20), CallEnded(40, "finished")])
    assert store.read("a") == kept
    assert store.read("a", after=1) == kept[1:]
    assert store.read("a", after=2) == []
    assert store.read("unknown") == []


def test_nothing_to_keep_makes_no_call(store: Archive) -> None:
    assert store.append("a", []) == []
    assert store.calls() == []


def test_newest_call_first(store: Archive) -> None:
    for call_id in ("b", "a", "c", "a"):
        store.append(call_id, [turn(20)])
    assert store.calls() == ["c", "a", "b"]
    assert store.calls(1) == ["c"]
    assert store.calls(5, offset=1) == ["a", "b"]


def test_unfinished_calls_oldest_first(store: Archive) -> None:
    for call_id in ("b", "a", "c"):
        store.append(call_id, [turn(20)])
    store.append("a", [CallEnded(40, "finished"), turn(60)])
    assert store.unfinished() == ["b", "c"]


def test_pick_by_kind(store: Archive) -> None:
    store.append("a", [turn(20), CallEnded(40, "finished")])
    store.append("b", [turn(20), CallEnded(60, "interrupted")])
    store.append("c", [CallEnded(60, "interrupted")])
    assert [r.event for r in store.pick(["b", "a"], {"CallEnded"})] == [
        CallEnded(40, "finished"),
        CallEnded(60, "interrupted"),
    ]
    assert store.pick([], {"CallEnded"}) == []


def test_positions_run_through_all_calls(store: Archive) -> None:
    assert store.position() == 0
    store.append("a", [turn(20), turn(40)])
    store.append("b", [turn(20)])
    assert store.position() == 3
    assert [(p, r.call_id, r.seq) for p, r in store.read_all(1)] == [(2, "a", 2), (3, "b", 1)]


def test_many_threads_leave_no_hole_and_no_repeat(store: Archive) -> None:
    def write(call_id: str) -> None:
        for n in range(25):
            store.append(call_id, [turn(n), turn(n)], patient=True)

    threads = [threading.Thread(target=write, args=(call_id,)) for call_id in ("a", "b", "shared", "shared")]
    store.append("shared", [turn(0)])
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.seq for r in store.read("shared")] == list(range(1, 102))
    assert [r.seq for r in store.read("a")] == list(range(1, 51))
    assert [p for p, _ in store.read_all(0)] == list(range(1, 202))


def test_records_survive_a_second_opening(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "calls.db").append("a", [turn(20)])
    assert SqliteStore(tmp_path / "calls.db").append("a", [turn(40)])[0].seq == 2


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from pipeline.events.channels import Channel
        from pipeline.events.turns import TurnStarted
        from pipeline.store.sqlite import CHECKPOINT_APPENDS, SqliteStore
        store = SqliteStore(Path(sys.argv[1]))
        for n in range(50):
            store.append("a", [TurnStarted(n, Channel.AGENT, n)])
        os.kill(os.getpid(), 9)
    """)
    path = tmp_path / "calls.db"
    subprocess.run(
        [sys.executable, "-c", program, str(path)], check=False, env=os.environ, cwd=Path(__file__).parents[2]
    )
    assert [r.seq for r in SqliteStore(path).read("a")] == list(range(1, 51))


def test_a_long_call_reaches_the_database_file_without_waiting_for_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "calls.db")
    empty = store.path.stat().st_size
    for n in range(CHECKPOINT_APPENDS):
        store.append("a", [turn(n)])
    wait_until(lambda: store.path.stat().st_size > empty)
    assert [r.seq for r in store.read("a")] == list(range(1, CHECKPOINT_APPENDS + 1))
    store.close()


def test_a_failed_slice_keeps_nothing_of_itself(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "calls.db")
    store.append("a", [turn(20)])
    with pytest.raises(StoreError, match="LevelMeasured"):
        store.append("a", [turn(40), LevelMeasured(40, Channel.AGENT, 0, 40, float("nan"), None, 0.0)])
    assert store.append("a", [turn(60)])[0].seq == 2


def test_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreError, match="schema version 99"):
        SqliteStore(path)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE things (a)")
    connection.close()
    with pytest.raises(StoreError, match="not one of callcoach"):
        SqliteStore(path)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"calls\.db cannot be opened"):
        SqliteStore(path)


def test_a_damaged_record_is_named_and_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    store = SqliteStore(path)
    store.append("a", [turn(20), turn(40), turn(60)])
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE records SET event = '{"kind":"Nonsense","at_ms":40}' WHERE seq = 2""")
    connection.close()
    first, damaged, last = store.read("a")
    assert [first.event, last.event] == [turn(20), turn(60)]
    assert isinstance(damaged.event, StageFailed)
    assert (damaged.seq, damaged.event.at_ms, damaged.event.stage, damaged.event.cause) == (2, 40, "record", "damaged")
    assert "record 2 of call a" in damaged.event.reason


def test_unscored_calls_newest_first(store: Archive) -> None:
    for call_id in ("a", "b", "c", "running"):
        store.append(call_id, [turn(20)])
    for call_id in ("a", "b", "c"):
        store.append(call_id, [CallEnded(40, "interrupted")])
    store.append("b", [CallScored(40, None, 0, (), ())])
    assert store.unscored() == ["c", "a"]


def test_the_last_record(store: Archive) -> None:
    assert store.last("a") is None
    store.append("a", [turn(20), turn(40)])
    last = store.last("a")
    assert last is not None
    assert (last.seq, last.event) == (2, turn(40))
