"""The store on each database, as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


@pytest.fixture(params=["sqlite", "postgres"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    """Opens the same store once more, as another process would; empty at first."""
    opened: list[SqlStore] = []
    database = server = None
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        database = server.new_database()

    def again() -> SqlStore:
        where = tmp_path / "calls.db" if server is None else Postgres(server.address(database))
        opened.append(SqlStore(where))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def opened(reopened: Callable[[], SqlStore]) -> SqlStore:
    return reopened()
