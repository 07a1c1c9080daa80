"""The store of each kind, as fixtures: a new one gets a line in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pipeline.store.archive import Archive
from pipeline.store.memory import MemoryStore
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import Server

Open = Callable[[], Archive]
"""Opens the store once more, as another process would."""


STORES = ("memory", "sqlite", "postgres")


@contextmanager
def opener(name: str, folder: Path, server: Server | None) -> Iterator[Open]:
    """A store without calls; closed at the end, however often it was opened."""
    if name == "memory":
        one = MemoryStore()
        yield lambda: one
        return
    database = server.new_database() if server is not None else ""
    opened: list[SqlStore] = []

    def again() -> SqlStore:
        where = Postgres(server.address(database)) if server is not None else folder / "new" / "calls.db"
        opened.append(SqlStore(where))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest) -> Callable[[Path], AbstractContextManager[Open]]:
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return lambda folder: opener(request.param, folder, server)


@pytest.fixture
def again(make: Callable[[Path], AbstractContextManager[Open]], tmp_path: Path) -> Iterator[Open]:
    with make(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(again: Open) -> Archive:
    return again()
