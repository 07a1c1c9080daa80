"""Power fails at a random write: the file opens whole, with all that was told as kept, and the calls in their order.

What is told as kept for good is a call that has ended; of one that runs the last records may be lost, never some in the
midst (sqlite_file.py).
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from pipeline.events.call import CallEnded
from pipeline.events.record import Event, Record
from pipeline.store import sqlite_file
from pipeline.store.schema import VERSION
from pipeline.store.sql import SqlStore
from tests.server.conftest import hint, started
from tests.store import apsw_sqlite
from tests.store.power import NAME, Cut, Power
from tests.writing import add

ROUNDS = 5
MOMENTS = int(os.environ.get("CALLCOACH_PROOF_CUTS", 25))  # of all rounds
OLD = sorted((Path(__file__).parent / "databases").glob("*.db"))
SLICES = 40


class Machine:
    """Writes calls into a store whose disk is followed, from two threads, while a third reads as a backup does."""

    def __init__(self, folder: Path, seed: int, moments: int, old: Path | None) -> None:
        self.kept: dict[str, int] = {}  # told as kept for good: the last seq of calls that have ended
        self.chance = random.Random(seed)
        self.before = list[tuple[int, Record]]()
        path = folder / "calls.db"
        if old is not None:
            shutil.copy(old, path)
            self.before = _read_apart(path, folder / "apart")
        self.power = Power(folder, self.chance, moments, lambda: dict(self.kept))
        self.store = SqlStore(path)

    def run(self, calls: int) -> list[tuple[int, Record]]:
        """All records, by position."""
        threads = [threading.Thread(target=self._write, args=(number, calls)) for number in range(2)]
        reads = threading.Event()
        reader = threading.Thread(target=self._read, args=(reads,))
        for thread in (reader, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        reads.set()
        reader.join()
        return self.store.read_all(0)

    def _write(self, writer: int, calls: int) -> None:
        chance = random.Random(writer)
        for number in range(calls):
            call_id = f"{writer}-{number}"
            owner, seq = self.store.own(call_id, patient=True), 1
            for at in range(SLICES):
                events: Sequence[Event] = [hint(at * 20, at)] * chance.randint(1, 4) if at else [started(call_id)]
                self.store.append(call_id, owner, seq, events, patient=True)
                seq += len(events)
            self.store.append(call_id, owner, seq, [CallEnded(SLICES * 20, "finished")], patient=True)
            self.kept[call_id] = seq

    def _read(self, is_over: threading.Event) -> None:
        while not is_over.is_set():
            with self.store.database.reading() as connection:
                connection.exec_driver_sql("BEGIN")
                for _ in range(40):
                    connection.exec_driver_sql("SELECT count(*) FROM records").scalar()


def _read_apart(path: Path, folder: Path) -> list[tuple[int, Record]]:
    folder.mkdir()
    with closing(SqlStore(Path(shutil.copy(path, folder / "calls.db")))) as store:
        return store.read_all(0)


@contextmanager
def machine(folder: Path, seed: int, moments: int, old: Path | None = None) -> Iterator[Machine]:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sqlite_file, "create_engine", partial(create_engine, module=apsw_sqlite))
        monkeypatch.setattr(apsw_sqlite, "VFS", NAME)
        made = Machine(folder, seed, moments, old)
        monkeypatch.setattr(os, "fsync", made.power.sync_descriptor)
        yield made
        made.store.close()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_was_told_as_kept_outlasts_a_power_cut(number: int, tmp_path: Path) -> None:
    old = None if number < 3 else OLD[number * 7 % len(OLD)]
    with machine(tmp_path / "disk", number, MOMENTS // ROUNDS, old) as made:
        whole = made.run(calls=4 if old is None else 1)
    assert len(made.power.cuts) == MOMENTS // ROUNDS
    for at, cut in enumerate(made.power.cuts):
        check(tmp_path / f"cut-{at}", cut, made.before, whole)


def test_a_call_that_ends_while_somebody_reads_is_synced_too(tmp_path: Path) -> None:
    """SQLite's checkpoint then leaves the log as it is."""
    with machine(tmp_path / "disk", 1, 0) as made, made.store.database.reading() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM records").scalar()
        for call_id in ("a", "b"):
            add(made.store, call_id, [started(call_id)])
            assert made.power.unsynced("calls.db-wal")
            add(made.store, call_id, [CallEnded(20, "finished")])
            assert not made.power.unsynced("calls.db-wal")


def check(folder: Path, cut: Cut, before: list[tuple[int, Record]], whole: list[tuple[int, Record]]) -> None:
    folder.mkdir()
    for name, held in cut.files.items():
        (folder / name).write_bytes(held)
    store = SqlStore(folder / "calls.db")
    found = store.read_all(0)
    store.close()
    assert found == whole[: len(found)]  # what is lost is the last
    assert found[: len(before)] == before
    last = {record.call_id: record.seq for _, record in found}
    assert isinstance(cut.known, dict)
    assert {call_id: last.get(call_id) for call_id in cut.known} == cut.known
    with closing(sqlite3.connect(folder / "calls.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(VERSION,)]
        rows = connection.execute("SELECT call_id, last_seq FROM calls WHERE last_seq > 0").fetchall()
    assert dict(rows) == last
