"""What PostgreSQL alone has: two roles, and a server that goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import SettingsError, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.store.belonging import erase_name
from pipeline.store.postgres import Postgres, address_of, prepare_database
from pipeline.store.sql import SqlStore
from tests.postgres import OWNER, PROGRAM, Server
from tests.waiting import wait_until
from tests.writing import add

TURN = TurnStarted(20, Channel.AGENT, 20)


@pytest.fixture
def database(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
def store(postgres: Server, database: str) -> Iterator[SqlStore]:
    store = SqlStore(Postgres(postgres.address(database)))
    yield store
    store.close()


def refused(server: Server, database: str, statement: str) -> str:
    engine = create_engine(server.address(database))
    try:
        with pytest.raises(DBAPIError) as error, engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
    return str(getattr(error.value.orig, "sqlstate", ""))


@pytest.mark.parametrize("table", ["records", "audit"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_program_changes_nothing_of_records_and_audit(
    postgres: Server, database: str, store: SqlStore, table: str, change: str
) -> None:
    add(store, "a", [TURN])
    column = "event" if table == "records" else "action"
    assert refused(postgres, database, change.format(table, column, column)) == "42501"  # insufficient_privilege
    assert len(store.read("a")) == 1


def test_nor_does_its_owner_change_the_audit(postgres: Server, database: str) -> None:
    engine = create_engine(postgres.address(database, OWNER))
    for change in ("UPDATE audit SET action = action", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(DBAPIError, match="only ever added"), engine.begin() as connection:
            connection.execute(text(change))
    engine.dispose()


def test_a_removed_persons_name_is_taken_out_by_the_owners_function(store: SqlStore) -> None:
    facts = CallFacts(agent_id="7", agent_name="林晓雯")
    started = CallStarted(0, "a", "2026-11-27T10:00:00+08:00", tuple(Channel), facts, "handbook", "1", "", "none")
    add(store, "a", [started, CallEnded(60, "finished")])
    with store.database.writing() as connection:
        erase_name(connection, "7")
    event = store.read("a")[0].event
    assert isinstance(event, CallStarted)
    assert event.facts.agent_name is None


def test_a_database_that_is_not_prepared_names_the_command(postgres: Server, database: str) -> None:
    with pytest.raises(StoreError, match="has no tables yet: `callcoach store prepare`"):
        Postgres(postgres.address("postgres", "postgres"))
    with pytest.raises(StoreError, match="cannot be prepared: permission denied"):
        prepare_database(postgres.address("postgres", PROGRAM), OWNER)
    prepare_database(postgres.address(database, OWNER), PROGRAM)  # once more changes nothing


def test_a_value_that_it_does_not_take_is_refused_and_holds_up_nobody(store: SqlStore) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match="NUL") as refused:
            store.read("a\0b")
        assert refused.value.cause == ""
    assert store.read("a") == []


def test_while_the_server_is_away_everybody_is_refused_at_once_and_then_all_is_as_before(
    postgres: Server, store: SqlStore
) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [TURN])
    postgres.stop("immediate")
    try:
        for _ in range(3):
            with pytest.raises(StoreError) as refused:
                store.append("a", owner, 2, [TURN])
            assert refused.value.cause == "gone"
    finally:
        postgres.start()
    wait_until(lambda: is_back(store))
    store.append("a", owner, 2, [TURN])
    assert [record.seq for record in store.read("a")] == [1, 2]


def is_back(store: SqlStore) -> bool:
    try:
        store.probe()
    except StoreError:
        return False
    return True


@pytest.mark.parametrize("address", ["calls.db", "mysql://a@b/c", "postgresql://host", "postgresql://a@b:x/c", ""])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(SettingsError, match="it must be a file, or postgresql://USER@HOST:PORT/DATABASE"):
        address_of(address)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        address_of("postgresql://callcoach:geheim@host:x/calls")
    assert "geheim" not in str(refused.value)


def test_who_may_act_as_the_owner_is_no_program(postgres: Server, database: str) -> None:
    for program in (OWNER, "postgres"):
        with pytest.raises(StoreError, match="owns the tables of .*, or may act as their owner"):
            prepare_database(postgres.address(database, OWNER), program)
