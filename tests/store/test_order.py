"""Several processes write at once, others read along: nobody misses a record that has an earlier position."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL

from benchmarks.store.order import Read, run
from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.store.appending import append, written
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore

RECORDS = int(os.environ.get("CALLCOACH_PROOF_RECORDS", 4_000))


def open_postgres(address: URL) -> SqlStore:
    return SqlStore(Postgres(address))


def open_sqlite(path: Path) -> SqlStore:
    return SqlStore(path)


@pytest.fixture(params=["sqlite", "postgres"])
def open_(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SqlStore]:
    if request.param == "sqlite":
        return partial(open_sqlite, tmp_path / "calls.db")
    server = request.getfixturevalue("postgres")
    return partial(open_postgres, server.address(server.new_database()))


def test_eight_write_and_four_read_along(open_: Callable[[], SqlStore]) -> None:
    assert run(open_, RECORDS).reads == [Read(RECORDS, 0, 0, True)] * 4


def test_a_record_is_not_seen_before_one_with_an_earlier_position(open_: Callable[[], SqlStore]) -> None:
    """Somebody stands still between writing and commit: whoever comes later waits, or is refused."""
    slow, quick, reader = stores = open_(), open_(), open_()
    turn = TurnStarted(20, Channel.AGENT, 20)
    slow_owner, quick_owner = slow.own("slow"), quick.own("quick")
    with slow.database.writing() as connection:
        append(connection, written("slow", slow_owner, 1, [turn]))
        with pytest.raises(StoreError) as refused:
            quick.append("quick", quick_owner, 1, [turn])
        assert refused.value.cause == "locked"
        seen = reader.read_all(0)
    quick.append("quick", quick_owner, 1, [turn])
    seen += reader.read_all(reader.position() if seen else 0)
    assert [record.call_id for _, record in seen] == ["slow", "quick"]
    for store in stores:
        store.close()
