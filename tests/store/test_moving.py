"""One database becomes another, of the other kind, and back: nothing is lost, and all is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.events.words import Word, WordsHeard
from pipeline.store import moving
from pipeline.store.moving import move
from pipeline.store.overview import Wanted
from pipeline.store.postgres import Postgres
from pipeline.store.schema import calls, people, said, teams, users
from pipeline.store.sql import SqlStore
from tests.postgres import Server
from tests.writing import add


@pytest.fixture
def postgres_store(postgres: Server) -> Iterator[SqlStore]:
    store = SqlStore(Postgres(postgres.address(postgres.new_database())))
    yield store
    store.close()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[SqlStore]:
    """A file with two calls, a hole in its positions, people, and texts that are hard to keep."""
    store = SqlStore(tmp_path / "calls.db")
    facts = CallFacts(agent_id="7", team="甲", company="A\u0007\\'\"\U0001f600")
    started = CallStarted(0, "a", "2026-11-27T10:00:00+08:00", tuple(Channel), facts, "handbook", "1", "", "none")
    words = WordsHeard(900, Channel.AGENT, 0, 800, "我想退款", (Word("我想退款", 0, 800, 0.9),), 100)
    add(store, "a", [started, words, CallEnded(1_000, "finished")])
    with store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM records WHERE seq = 1")
        connection.execute(insert(teams).values(id="甲", name="甲组", added_at=1.25))
        person = {"login": "lin", "name": "林", "role": "agent", "assigned": [], "is_disabled": False, "added_at": 0.1}
        connection.execute(insert(users).values(id="u1", **person))
        connection.execute(people.update().values(company="锦和"))
    add(store, "b", [TurnStarted(20, Channel.AGENT, 20)])
    yield store
    store.close()


def test_it_goes_over_and_back_and_is_the_same(full: SqlStore, postgres_store: SqlStore, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    there = move(full.database, postgres_store.database, lambda done, of: told.append((done, of)))
    assert there.rows["records"] == 3
    assert told[-1] == (sum(there.rows.values()),) * 2
    assert postgres_store.read_all(0) == full.read_all(0)
    assert [row.call_id for row in postgres_store.find(Wanted(words="退款"))] == ["a"]
    back = SqlStore(tmp_path / "back.db")
    assert move(postgres_store.database, back.database) == there
    assert back.read_all(0) == full.read_all(0)
    assert [row.call_id for row in back.find(Wanted(words="tuikuan"))] == ["a"]
    with back.database.reading() as connection:
        assert connection.execute(select(people.c.company)).scalar() == "锦和"
    back.close()


def test_nul_of_an_old_file_is_another_character_there(full: SqlStore, postgres_store: SqlStore) -> None:
    """In a record as JSON writes it, and in what a list and the search have of it."""
    with full.database.writing() as connection:
        connection.execute(update(said).values(text="我想\0退款"))
        connection.execute(update(calls).values(peer="…\0"))
        connection.exec_driver_sql(
            "UPDATE records SET event = replace(event, '我想退款', '我想\\u0000退款') WHERE kind = 'WordsHeard'"
        )
    move(full.database, postgres_store.database)
    assert postgres_store.read_all(0) == full.read_all(0)
    texts = [record.event.text for record in postgres_store.read("a") if isinstance(record.event, WordsHeard)]
    assert texts == ["我想\ufffd退款"]
    with postgres_store.database.reading() as connection:
        assert connection.execute(select(said.c.text)).scalars().all() == ["我想\ufffd退款"]
        assert set(connection.execute(select(calls.c.peer)).scalars()) == {"…\ufffd"}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_numbers_go_on_behind_the_last(full: SqlStore, postgres_store: SqlStore, tmp_path: Path, kind: str) -> None:
    target = postgres_store if kind == "postgres" else SqlStore(tmp_path / "other.db")
    move(full.database, target.database)
    add(target, "c", [TurnStarted(20, Channel.AGENT, 20)])
    assert target.position() == full.position() + 1
    assert target.calls() == ["c", "b", "a"]


def test_a_target_that_holds_anything_is_refused_and_left_as_it_was(full: SqlStore, postgres_store: SqlStore) -> None:
    add(postgres_store, "x", [TurnStarted(20, Channel.AGENT, 20)])
    told = r"is in use already \(1 calls, 0 people, 0 rows of audit\): what is moved needs a database without any"
    with pytest.raises(StoreError, match=told):
        move(full.database, postgres_store.database)
    assert postgres_store.calls() == ["x"]


def test_a_copy_that_is_not_the_same_is_none(
    full: SqlStore, postgres_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loses(connection: object, table: object) -> object:
        for rows in rows_of(connection, table):  # type: ignore[arg-type]
            if kept := rows[1:] if len(asked) < len(moving.TABLES) else rows:
                yield kept
        asked.append(table)

    asked: list[object] = []
    rows_of = moving._rows
    monkeypatch.setattr(moving, "_rows", loses)
    with pytest.raises(StoreError, match="does not hold what"):
        move(full.database, postgres_store.database)
    assert postgres_store.calls() == []


def test_a_database_waits_for_a_slow_other_side(
    full: SqlStore, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Long pauses within its transaction, which would end anybody else's."""
    monkeypatch.setattr("pipeline.store.postgres.LEFT_MS", 50)
    slow, other = (SqlStore(Postgres(postgres.address(postgres.new_database()))) for _ in range(2))

    def pause(done: int, of: int) -> None:
        with other.database.reading() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(0.1)")

    move(full.database, slow.database, pause)
    back = SqlStore(tmp_path / "back.db")
    move(slow.database, back.database, pause)
    assert back.read_all(0) == full.read_all(0)
    for store in (slow, other, back):
        store.close()
