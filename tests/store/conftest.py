"""The store of each kind, as fixtures: a new one gets a line in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pipeline.store.archive import Archive
from pipeline.store.memory import MemoryStore
from tests.postgres import Server
from tests.stores import opener

Open = Callable[[], Archive]
"""Opens the store once more, as another process would."""


STORES = ("memory", "sqlite", "postgres")


@contextmanager
def new_store(name: str, folder: Path, server: Server | None) -> Iterator[Open]:
    """One without calls."""
    if name == "memory":
        one = MemoryStore()
        yield lambda: one
        return
    with opener(folder / "new" / "calls.db", server) as again:
        yield again


@pytest.fixture(params=STORES)
def make(request: pytest.FixtureRequest) -> Callable[[Path], AbstractContextManager[Open]]:
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return lambda folder: new_store(request.param, folder, server)


@pytest.fixture
def again(make: Callable[[Path], AbstractContextManager[Open]], tmp_path: Path) -> Iterator[Open]:
    with make(tmp_path) as opened:
        yield opened


@pytest.fixture
def store(again: Open) -> Archive:
    return again()
