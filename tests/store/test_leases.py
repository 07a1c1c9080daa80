"""Servers that share a database: who is not heard of, whose calls another one may end, and who has lost its place."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.store.leases import Leases, LeaseSettings
from pipeline.store.schema import calls, servers
from pipeline.store.sql import SqlStore
from tests.writing import add

TURN = TurnStarted(20, Channel.AGENT, 20)
SETTINGS = LeaseSettings()


class Clock:
    """Seconds, of a server's own: moved by the test."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def server(store: SqlStore, place: str, clock: Clock | None = None) -> Leases:
    leases = Leases(store.database, place, SETTINGS, clock or Clock())
    leases.begin()
    return leases


def at(store: SqlStore, call_id: str, place: str | None) -> None:
    """A call that runs there."""
    add(store, call_id, [TURN])
    with store.database.writing() as connection:
        connection.execute(update(calls).where(calls.c.call_id == call_id).values(place=place))


def silent(store: SqlStore, place: str, ms: int) -> None:
    """Nothing was heard of it for so long."""
    with store.database.writing() as connection:
        earlier = servers.c.renewed_at - ms / 1000
        connection.execute(update(servers).where(servers.c.place == place).values(renewed_at=earlier))


def test_calls_of_a_server_that_is_silent_are_not_heard_of_until_it_is_back(opened: SqlStore) -> None:
    one, two = server(opened, "one"), server(opened, "two")
    at(opened, "a", "one")
    at(opened, "b", "two")
    at(opened, "c", "one")
    add(opened, "c", [CallEnded(60, "finished")])
    assert two.unheard(["a", "b", "c"]) == set()
    silent(opened, "one", SETTINGS.void_ms + 100)
    assert two.unheard(["a", "b", "c"]) == {"a"}
    assert two.left() == []
    one.renew()
    assert two.unheard(["a", "b", "c"]) == set()


def test_a_server_that_starts_again_has_the_calls_it_left_and_no_others(opened: SqlStore) -> None:
    server(opened, "one")
    at(opened, "a", "one")
    at(opened, "b", "two")
    at(opened, "before there were servers", None)
    assert server(opened, "one").own() == ["a", "before there were servers"]


def test_calls_of_a_server_that_is_gone_for_long_are_left_to_others(opened: SqlStore) -> None:
    server(opened, "one")
    two = server(opened, "two")
    at(opened, "a", "one")
    silent(opened, "one", SETTINGS.left_ms + 100)
    assert two.left() == ["a"]


def test_after_the_database_was_away_nobody_is_thought_gone_for_one_lease(opened: SqlStore) -> None:
    clock = Clock()
    server(opened, "one")
    two = server(opened, "two", clock)
    at(opened, "a", "one")
    silent(opened, "one", SETTINGS.left_ms + 100)
    clock.now_s += SETTINGS.void_ms / 1000 + 1  # so long it could not renew its own
    two.renew()
    assert two.left() == []
    clock.now_s += SETTINGS.void_ms / 1000 - 1
    two.renew()
    assert two.left() == []
    clock.now_s += 2
    two.renew()
    assert two.left() == ["a"]


def test_a_process_whose_place_was_taken_is_told(opened: SqlStore) -> None:
    first = server(opened, "one")
    second = server(opened, "one")
    second.renew()
    with pytest.raises(StoreError, match="another callcoach has taken the place of this one"):
        first.renew()
