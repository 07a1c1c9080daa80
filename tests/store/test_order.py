"""Several processes write at once, others read along: nobody misses a record that has an earlier position."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, text

from benchmarks.store import order
from benchmarks.store.order import Read
from pipeline.errors import StoreError
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.people.audit import ITSELF, Audit, Deed
from pipeline.store.appending import append, written
from pipeline.store.audit import SqlAuditLog
from pipeline.store.postgres import Postgres
from pipeline.store.sql import SqlStore
from tests.postgres import Server

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
    assert order.run(open_, RECORDS).reads == [Read(RECORDS, 0, 0, True)] * 4


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


TURN = TurnStarted(20, Channel.AGENT, 20)


class SlowDisk(Postgres):
    """Its disk takes as long as the test likes, or fails."""

    def __init__(self, address: URL) -> None:
        super().__init__(address)
        self.is_asked, self.answers, self.fails = threading.Event(), threading.Event(), False

    def _keep(self, connection: Connection) -> None:
        self.is_asked.set()
        assert self.answers.wait(30)
        if self.fails:
            raise StoreError("the server crashed")
        super()._keep(connection)


def test_nobody_waits_for_the_disk_with_the_lock_in_hand(postgres: Server) -> None:
    """Else all servers together would keep no more than one slice for each sync of the disk."""
    address = postgres.address(postgres.new_database())
    quick, disk = SqlStore(Postgres(address)), SlowDisk(address)
    slow = SqlStore(disk)
    owners = {name: quick.own(name) for name in ("slow", "quick")}
    told = threading.Event()

    def append_slowly() -> None:
        slow.append("slow", owners["slow"], 1, [TURN])
        told.set()

    writer = threading.Thread(target=append_slowly)
    writer.start()
    assert disk.is_asked.wait(30)
    quick.append("quick", owners["quick"], 1, [TURN])
    assert not told.is_set()
    disk.answers.set()
    writer.join(30)
    assert told.is_set()
    assert [record.call_id for _, record in quick.read_all(0)] == ["slow", "quick"]
    quick.close()
    slow.close()


@pytest.mark.parametrize("is_set_up_to_wait", [True, False])
def test_what_was_told_as_kept_outlasts_a_crash_of_the_server(postgres: Server, is_set_up_to_wait: bool) -> None:
    name = postgres.new_database()
    if not is_set_up_to_wait:
        run(postgres, name, f"ALTER DATABASE {name} SET synchronous_commit = off")
    address = postgres.address(name)
    store = SqlStore(Postgres(address))
    owner = store.own("call")
    for seq in range(1, 51):
        store.append("call", owner, seq, [TURN])
    postgres.stop("immediate")  # its log is written up to what was waited for, not beyond
    store.close()
    postgres.start()
    store = SqlStore(Postgres(address))
    assert len(store.read("call")) == 50
    store.close()


def test_a_role_that_may_not_wait_for_the_disk_is_told_so_at_once(postgres: Server) -> None:
    name = postgres.new_database()
    run(postgres, name, "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) FROM PUBLIC")
    with pytest.raises(StoreError, match="permission denied for function pg_logical_emit_message"):
        Postgres(postgres.address(name))


def test_the_second_place_of_the_audit_knows_no_row_that_a_crash_takes(postgres: Server) -> None:
    """A writer has committed a row, and the server crashes before the writer has waited for the disk."""
    address = postgres.address(postgres.new_database())
    disk, reader = SlowDisk(address), Postgres(address)
    disk.answers.set()
    disk.fails = True
    with pytest.raises(StoreError, match="crashed"):
        Audit(SqlAuditLog(disk), b"key").note(None, Deed.CALL_DELETED, "a", ITSELF)
    newest = SqlAuditLog(reader).newest()
    postgres.stop("immediate")
    disk.close()
    reader.close()
    postgres.start()
    again = Postgres(address)
    assert SqlAuditLog(again).newest() == newest is not None
    again.close()


def run(server: Server, database: str, statement: str) -> None:
    engine = create_engine(server.address(database, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_what_a_reader_has_seen_keeps_its_position_in_a_crash(postgres: Server) -> None:
    """A writer has committed, and the server crashes before the writer has waited for the disk."""
    address = postgres.address(postgres.new_database())
    reader, disk = SqlStore(Postgres(address)), SlowDisk(address)
    writer = SqlStore(disk)
    owner = reader.own("call")
    disk.answers.set()
    disk.fails = True
    with pytest.raises(StoreError, match="crashed"):
        writer.append("call", owner, 1, [TURN])
    seen = reader.read_all(0)
    postgres.stop("immediate")
    reader.close()
    writer.close()
    postgres.start()
    store = SqlStore(Postgres(address))
    assert store.read_all(0) == seen != []
    assert store.position() == seen[-1][0]
    store.append("call", owner, 1, [TURN])  # as the outbox does: it is there already
    assert store.read_all(0) == seen
    store.close()
