"""kill -9 at random moments of backup, restore, move and import: whole or not there, and the next one does it."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.private import private_folder
from pipeline.store.checking import check
from pipeline.store.moving import digests
from pipeline.store.sql import SqlStore
from pipeline.transfer.backup import back_up
from pipeline.transfer.exporting import export, leaving
from pipeline.transfer.restoring import restore
from tests.kept import CALL, OTHER, Kept, Make
from tests.postgres import Server
from tests.transfer.doomed import Doomed, Place

TIMES = 6
EDGE = 0.1  # a third each: in the first moments, anywhere, and in the last, when things get their names

NewPlace = Callable[[str], Place]


@pytest.fixture(params=["sqlite", "postgres"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> NewPlace:
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgres" else None

    def make(name: str) -> Place:
        if server is None:
            return Place(tmp_path / name)
        address = server.address(server.new_database()).render_as_string().replace("+psycopg", "")
        return Place(tmp_path / name, address)

    return make


@pytest.fixture
def source(new_file: Make) -> Kept:
    kept = new_file("source")
    kept.fill()
    return kept


def moments(doomed: Doomed, seed: str) -> list[int]:
    of, dice = doomed.moments(), random.Random(seed)
    edge = round(of * EDGE)
    return [dice.randint(*bounds) for bounds in ((1, edge), (1, of), (of - edge, of)) for _ in range(TIMES // 3)]


def is_whole(place: Place, source: Kept) -> bool:
    """All that the source has, or nothing at all: anything between is a fault."""
    with closing(SqlStore(place.open())) as store, store.database.reading() as connection:
        if not store.calls():
            assert store.position() == 0
            return False
        with source.store.database.reading() as here:
            assert digests(connection) == digests(here)
    return True


def test_a_backup(source: Kept, tmp_path: Path) -> None:
    of = Place(source.folder)
    for number, moment in enumerate(moments(Doomed("backup", of, tmp_path / "counted"), "backup")):
        target = tmp_path / f"backup {number}"
        Doomed("backup", of, target).killed(moment)
        if not target.exists():
            back_up(source.store.database, source.folder, target)
        restore(target, tmp_path / f"restored {number}")
        assert is_whole(Place(tmp_path / f"restored {number}"), source)
    assert not list(tmp_path.glob(".*"))


def test_a_restore(source: Kept, new_place: NewPlace, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(source.store.database, source.folder, backup)
    for number, moment in enumerate(moments(Doomed("restore", backup, new_place("counted")), "restore")):
        target = new_place(f"target {number}")
        Doomed("restore", backup, target).killed(moment)
        if target.folder.exists():
            with pytest.raises(StoreError, match="is there already"):
                Doomed("restore", backup, target).do()
        else:
            if target.address:
                is_whole(target, source)
            Doomed("restore", backup, target).do()
        assert is_whole(target, source)
        assert (target.folder / "recordings" / f"{CALL}.opus").stat().st_size == 1_280_004
    assert not list(tmp_path.glob(".*"))


def test_a_move(source: Kept, new_place: NewPlace, tmp_path: Path) -> None:
    of = Place(source.folder)
    for number, moment in enumerate(moments(Doomed("move", of, new_place("counted")), "move")):
        target = new_place(f"target {number}")
        Doomed("move", of, target).killed(moment)
        if not is_whole(target, source):
            Doomed("move", of, target).do()
        assert is_whole(target, source)


def test_an_import(source: Kept, new_place: NewPlace, tmp_path: Path) -> None:
    path = tmp_path / "calls.zip"
    export((leaving(source.store, source.folder / "recordings", call_id) for call_id in (CALL, OTHER)), path)

    def empty(name: str) -> Place:
        place = new_place(name)
        private_folder(place.folder)
        return place

    for number, moment in enumerate(moments(Doomed("import", path, empty("counted")), "import")):
        target = empty(f"target {number}")
        Doomed("import", path, target).killed(moment)
        with closing(SqlStore(target.open())) as store:
            check(store.database)
            for call_id in store.calls():
                assert store.read(call_id) == source.store.read(call_id)
            recording = target.folder / "recordings" / f"{CALL}.opus"
            assert recording.exists() or CALL not in store.calls()
            assert not recording.exists() or recording.stat().st_size == 1_280_004
        Doomed("import", path, target).do()
        with closing(SqlStore(target.open())) as store:
            assert store.calls() == [OTHER, CALL]
            assert store.read(OTHER) == source.store.read(OTHER)
            assert recording.exists()
        assert not (target.folder / ".import").exists()
