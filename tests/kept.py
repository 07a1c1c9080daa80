"""A data folder with calls, recordings and an audit, on each database: as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.dialogues.playing import play
from pipeline.dialogues.reading import Dialogue
from pipeline.events.record import Event
from pipeline.folders import bundled
from pipeline.people.audit import ITSELF, Deed
from pipeline.private import private_folder
from pipeline.store.audit import open_audit
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import Server
from tests.writing import add

CALL, OTHER, RUNNING = (f"01a2b3c4-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))
SAID = "我家的水管什么时候修？"


@cache
def events(call_id: str) -> tuple[Event, ...]:
    """A whole call as the coach hears it, scored."""
    lines = [
        {"who": "agent", "start_s": 0.8, "end_s": 6.0, "text": "您好，翠湖物业客服中心，请问有什么可以帮您？"},
        {"who": "customer", "start_s": 6.5, "end_s": 9.0, "text": SAID},
        {"who": "agent", "start_s": 16.0, "end_s": 17.4, "text": "=这不关我的事。"},
        {"who": "customer", "start_s": 19.0, "end_s": 21.0, "text": call_id},
    ]
    played = play(
        Dialogue.model_validate({"id": call_id, "facts": {"recording_consent": True}, "lines": lines}),
        load_rulebook(bundled("rules", "handbook.yaml")),
    )
    return tuple(played)


@dataclass
class Kept:
    """What one server keeps: its database, and its data folder."""

    store: SqlStore
    folder: Path

    def fill(self) -> None:
        for call_id in (CALL, OTHER):
            add(self.store, call_id, events(call_id))
        add(self.store, RUNNING, events(RUNNING)[:5])
        recordings = self.folder / "recordings"
        private_folder(recordings)
        (recordings / f"{CALL}.opus").write_bytes(b"OggS" + bytes(range(256)) * 5_000)
        (recordings / f"{RUNNING}.wav").write_bytes(b"RIFF")
        (recordings / "of nobody.opus").write_bytes(b"OggS")
        audit = open_audit(self.store.database, self.folder, None, lambda line: None)
        for call_id in (CALL, OTHER):
            audit.note(None, Deed.RECORDING_DELETED, call_id, ITSELF)


Make = Callable[[str], Kept]
"""An empty one, by the name of its data folder."""


def maker(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Make]:
    made: list[Kept] = []

    def make(name: str) -> Kept:
        where = folder / name / "calls.db"
        server: Server | None = request.getfixturevalue("postgres") if kind == "postgres" else None
        database = where if server is None else Postgres(server.address(server.new_database()))
        private_folder(folder / name)
        made.append(Kept(SqlStore(database), folder / name))
        return made[-1]

    yield make
    for kept in made:
        kept.store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def new_kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    yield from maker(request.param, request, tmp_path)


@pytest.fixture
def new_file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    yield from maker("sqlite", request, tmp_path)


@pytest.fixture
def new_postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    yield from maker("postgres", request, tmp_path)


@pytest.fixture
def filled(new_kept: Make) -> Kept:
    kept = new_kept("full")
    kept.fill()
    return kept


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest) -> Kept:
    new_kept: Make = request.getfixturevalue({"sqlite": "new_file", "postgres": "new_postgres"}[request.param])
    return new_kept("target")
