"""PostgreSQL for the tests of the store, one server for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.postgres import Postgres
from pipeline.store.sqlite import SqliteStore
from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty store, on each database."""
    if request.param == "sqlite":
        store = SqliteStore(tmp_path / "calls.db")
    else:
        server = request.getfixturevalue("postgres")
        store = SqliteStore(Postgres(server.address(server.new_database())))
    yield store
    store.close()
