"""The store on each database, as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all of them."""
    with server() as running:
        yield running


@contextmanager
def opener(path: Path, server: Server | None) -> Iterator[Callable[[], SqlStore]]:
    """Opens the same store once more, as another process would; empty at first, closed at the end.

    The file `path` where there is no server.
    """
    database = server.new_database() if server is not None else ""
    opened: list[SqlStore] = []

    def again() -> SqlStore:
        opened.append(SqlStore(path if server is None else Postgres(server.address(database))))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    server = request.getfixturevalue("postgres") if request.param == "postgres" else None
    with opener(tmp_path / "calls.db", server) as again:
        yield again


@pytest.fixture
def opened(reopened: Callable[[], SqlStore]) -> SqlStore:
    return reopened()
