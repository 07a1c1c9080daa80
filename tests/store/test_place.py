"""A database that is deleted, replaced, or refused by the disk while it is open."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.record import Record
from pipeline.store.sql import SqlStore
from tests.server.conftest import started, turn
from tests.store.test_refusal import ROOT, locked
from tests.writing import add


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    """A finished call and one that runs."""
    store = SqlStore(tmp_path / "data" / "calls.db")
    add(store, "before", [started("before"), turn(20), CallEnded(40, "finished")])
    add(store, "a", [started("a"), turn(20)])
    return store


def delete_folder(store: SqlStore) -> None:
    """At once: who writes meanwhile would put files into a folder that is being emptied."""
    folder = store.database.path.parent
    away = folder.rename(folder.with_name("deleted"))
    shutil.rmtree(away)


def delete_files(store: SqlStore) -> None:
    for file in store.database.path.parent.glob("calls.db*"):
        file.unlink()


def delete_database(store: SqlStore) -> None:
    store.database.path.unlink()


def cause(action: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as refused:
        action()
    return refused.value.cause


@pytest.mark.parametrize("delete", [delete_folder, delete_files, delete_database])
def test_what_is_deleted_is_noticed_and_put_back_whole(store: SqlStore, delete: Callable[[SqlStore], None]) -> None:
    known = store.read_all(0)
    told: list[bool] = []
    store.database.put_back = lambda: told.append(store.database.path.exists())
    delete(store)
    assert cause(lambda: add(store, "a", [turn(40)])) == "gone"
    assert cause(store.probe) == "gone"
    assert not store.database.path.exists()  # nobody leaves an empty database in its place
    assert store.mend()
    assert told == [True]
    assert [r.seq for r in add(store, "a", [turn(40)])] == [3]
    assert not store.mend()
    store.probe()
    again = SqlStore(store.database.path)  # as another program finds it
    assert again.read_all(0)[:-1] == known
    assert [r.event for r in again.read("a", 1)] == [turn(20), turn(40)]


def test_a_place_that_cannot_be_made_again_is_said_and_loses_nothing(store: SqlStore) -> None:
    delete_folder(store)
    store.database.path.parent.write_text("no folder")
    with pytest.raises(StoreError, match=r"calls\.db was deleted and cannot be put back: .*Not a directory"):
        store.mend()
    store.database.path.parent.unlink()
    assert store.mend()
    assert [r.seq for r in SqlStore(store.database.path).read("a")] == [1, 2]


def test_another_file_in_its_place_is_never_touched(store: SqlStore, tmp_path: Path) -> None:
    own = store.database.path.rename(tmp_path / "own.db")
    store.database.path.write_bytes(b"somebody's")
    assert cause(lambda: add(store, "a", [turn(40)])) == "replaced"
    assert cause(store.mend) == "replaced"
    assert store.database.path.read_bytes() == b"somebody's"
    own.replace(store.database.path)
    assert [r.seq for r in add(store, "a", [turn(40)])] == [3]


def test_another_file_moved_away_makes_room_for_all_that_was_there(store: SqlStore, tmp_path: Path) -> None:
    delete_files(store)
    add(SqlStore(store.database.path), "other", [started("other")])
    assert cause(lambda: add(store, "a", [turn(40)])) == "replaced"
    for file in store.database.path.parent.glob("calls.db*"):
        file.rename(tmp_path / file.name)
    assert store.mend()
    assert SqlStore(store.database.path).calls() == ["a", "before"]


def test_whoever_writes_while_it_is_put_back_is_refused_or_kept(store: SqlStore) -> None:
    kept: list[Record] = []
    is_over = threading.Event()

    def write(call_id: str) -> None:
        while not is_over.is_set():
            try:
                records = add(store, call_id, [turn(20)])
            except StoreError:
                continue
            kept.extend(records)

    writers = [threading.Thread(target=write, args=(f"w{n}",), daemon=True) for n in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(8):
            reached = len(kept)
            while len(kept) < reached + 20:
                assert all(writer.is_alive() for writer in writers)
            delete_folder(store)
            assert store.mend()
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    found = SqlStore(store.database.path)
    assert {(r.call_id, r.seq) for r in kept} <= {(r.call_id, r.seq) for _, r in found.read_all(0)}


def test_a_probe_meets_a_lock(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.store.sqlite_file.BUSY_TIMEOUT_MS", 50)
    other = SqlStore(store.database.path)
    with locked(store.database.path):
        assert cause(other.probe) == "locked"
    other.probe()


def test_a_probe_meets_a_file_that_may_not_grow(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from pipeline.errors import StoreError
        from pipeline.store.sql import SqlStore

        store = SqlStore(Path(sys.argv[1]))
        size = Path(sys.argv[1] + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8_192, resource.RLIM_INFINITY))
        said = ""
        for _ in range(5):
            try:
                store.probe()
            except StoreError as error:
                said = f"{error.cause}: {error}"
        assert "calls.db cannot be written: " in said, said
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        store.probe()
    """)
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "calls.db")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"folder .*file/data for the records cannot be made: Not a directory"):
        SqlStore(tmp_path / "file" / "data" / "calls.db")
