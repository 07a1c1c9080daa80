"""A recording becomes one call, whoever comes to it, and whenever they are stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.events.words import WordsHeard
from pipeline.store import overview, terms
from pipeline.store.deletion import Deletion
from pipeline.store.origins import Begun, Origins
from pipeline.store.overview import Wanted
from pipeline.store.schema import origins as rows
from pipeline.store.sql import SqlStore
from pipeline.store.terms import Indexed
from tests.server.conftest import started

EVENTS: list[Event] = [started("one"), CallEnded(40, "finished")]


@pytest.fixture
def pair(reopened: Callable[[], SqlStore]) -> tuple[SqlStore, Origins, Origins]:
    """A store, and two that put recordings into it."""
    store = reopened()
    return store, Origins(store.database), Origins(reopened().database)


def test_a_recording_is_kept_with_all_of_its_call(pair: tuple[SqlStore, Origins, Origins]) -> None:
    store, origins, _ = pair
    assert origins.begin("d", "one", "a.wav") == Begun("one")
    assert store.calls() == store.unfinished() == []
    assert origins.keep("d", "one", EVENTS)
    assert origins.begin("d", "two", "b.wav") == Begun("one", is_kept=True)
    assert [(row.call_id, row.duration_ms, row.ending) for row in store.find(Wanted())] == [("one", 40, "finished")]
    assert [record.seq for record in store.read("one")] == [1, 2]
    assert not origins.give_up("d", "one")
    assert origins.begin("d", "two", "b.wav") == Begun("one", is_kept=True)


def test_one_that_was_left_in_its_midst_is_begun_again(pair: tuple[SqlStore, Origins, Origins]) -> None:
    store, left, origins = pair
    left.begin("d", "one", "a.wav")
    assert origins.begin("d", "two", "a.wav") == Begun("two", left="one")
    assert origins.keep("d", "two", EVENTS)
    assert not left.keep("d", "one", EVENTS)
    assert left.give_up("d", "one")  # nothing of "one" is kept, and "two" stays
    assert store.calls() == ["two"]


def test_what_is_none_leaves_nothing(pair: tuple[SqlStore, Origins, Origins]) -> None:
    store, origins, other = pair
    origins.begin("d", "one", "a.wav")
    assert origins.give_up("d", "one")
    assert other.begin("d", "two", "a.wav") == Begun("two")
    assert store.calls() == []


def test_a_call_that_cannot_be_written_is_not_there_at_all(pair: tuple[SqlStore, Origins, Origins]) -> None:
    store, origins, other = pair
    origins.begin("d", "one", "a.wav")
    store.append("one", store.own("one"), 1, EVENTS[:1])  # somebody else's call of this name: a conflict
    with pytest.raises(Exception, match="one"):
        origins.keep("d", "one", [CallEnded(20, "finished")])
    assert other.begin("d", "two", "a.wav") == Begun("two", left="one")


def test_what_was_deleted_is_not_brought_back(pair: tuple[SqlStore, Origins, Origins]) -> None:
    store, origins, _ = pair
    origins.begin("d", "one", "1042_13800001234.wav")
    origins.keep("d", "one", EVENTS)
    Deletion(store.database).delete("one")
    with pytest.raises(StoreError, match="was deleted: it is not stored again"):
        origins.begin("d", "two", "1042_13800001234.wav")
    with store.database.reading() as connection:
        assert connection.execute(select(rows)).all() == [("d", "one", "")]
    assert origins.begin("d", "two", "a.wav", again=True).call_id == "two"
    assert origins.keep("d", "two", EVENTS)
    assert origins.begin("d", "three", "a.wav", again=True) == Begun("two", is_kept=True)


def test_what_takes_long_is_done_while_others_may_write(
    pair: tuple[SqlStore, Origins, Origins], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an hour-long call is found by takes longer than a slice of another call waits for the lock."""
    store, origins, other = pair
    seen = []

    def indexed(text: str) -> Indexed:
        other.begin(f"of-{len(seen)}", f"{len(seen)}", "x.wav")
        seen.append(text)
        return terms.indexed(text)

    monkeypatch.setattr(overview, "indexed", indexed)
    heard = WordsHeard(30, Channel.AGENT, 0, 20, "您好", (), 10)
    origins.begin("d", "one", "a.wav")
    assert origins.keep("d", "one", [EVENTS[0], heard, EVENTS[1]])
    store.append("two", store.own("two"), 1, [started("two"), heard])
    store.append("two", 1, 3, [EVENTS[1]], patient=True)
    assert seen == ["您好", "您好"]
    assert [row.call_id for row in store.find(Wanted(words="您好"))] == ["two", "one"]
