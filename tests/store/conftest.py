"""PostgreSQL for the tests of the store, one server for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    """An empty store, on each database."""
    if request.param == "sqlite":
        store = SqlStore(tmp_path / "calls.db")
    else:
        server = request.getfixturevalue("postgres")
        store = SqlStore(Postgres(server.address(server.new_database())))
    yield store
    store.close()
