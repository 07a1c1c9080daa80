"""One contract, run on every store: a new one gets a line in STORES."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import Conflict, NotOwner, StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnStarted
from pipeline.store.archive import Archive
from pipeline.store.memory import MemoryStore
from pipeline.store.sqlite import SqliteStore

Open = Callable[[], Archive]
"""Opens the store once more, as another process would."""


def _memory(folder: Path) -> Open:
    one = MemoryStore()
    return lambda: one


def _sqlite(folder: Path) -> Open:
    return lambda: SqliteStore(folder / "new" / "calls.db")


STORES: dict[str, Callable[[Path], Open]] = {"memory": _memory, "sqlite": _sqlite}


@pytest.fixture(params=STORES)
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    return STORES[request.param](tmp_path)


@pytest.fixture
def store(again: Open) -> Archive:
    return again()


def turn(at_ms: int) -> TurnStarted:
    return TurnStarted(at_ms, Channel.AGENT, at_ms)


def events_of(store: Archive, call_id: str) -> list[Event]:
    """Checks on the way that the numbers have no gap."""
    kept = store.read(call_id)
    assert [(r.call_id, r.seq) for r in kept] == [(call_id, seq) for seq in range(1, len(kept) + 1)]
    return [record.event for record in kept]


# --- the writer numbers ------------------------------------------------------------------------------------------


def test_what_is_read_is_what_was_kept_with_the_numbers_of_its_writer(store: Archive) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [turn(20), turn(40)])
    store.append("a", owner, 3, [CallEnded(60, "finished")])
    kept = [Record("a", 1, turn(20)), Record("a", 2, turn(40)), Record("a", 3, CallEnded(60, "finished"))]
    assert store.read("a") == kept
    assert store.read("a", after=1) == kept[1:]
    assert store.read("a", after=1, limit=1) == kept[1:2]
    assert store.read("a", after=3) == []
    assert store.read("unknown") == []


@pytest.mark.parametrize(
    ("first_seq", "events"),
    [(1, [20, 40, 60]), (1, [20]), (2, [40, 60]), (3, [60]), (3, [60, 80]), (1, [20, 40, 60, 80, 100]), (4, [80])],
)
def test_a_repeat_is_accepted_and_kept_once(store: Archive, first_seq: int, events: list[int]) -> None:
    """Wholly or with its first part; two times, as nobody knows how often an answer is lost."""
    owner = store.own("a")
    store.append("a", owner, 1, [turn(20), turn(40), turn(60)])
    for _ in range(2):
        store.append("a", owner, first_seq, [turn(at_ms) for at_ms in events])
    last_ms = max(60, events[-1])
    assert events_of(store, "a") == [turn(at_ms) for at_ms in range(20, last_ms + 20, 20)]
    assert store.position() == last_ms // 20


@pytest.mark.parametrize(
    ("first_seq", "events"),
    [(1, [21]), (3, [61]), (2, [40, 61]), (2, [41, 60]), (3, [61, 80]), (1, [20, 40, 60, 81, 81]), (6, [100]),
     (9, [20]), (0, [20]), (0, [0, 20]), (-3, [20])],
)  # fmt: skip
def test_other_content_or_a_gap_is_refused_and_nothing_is_written(
    store: Archive, first_seq: int, events: list[int]
) -> None:
    owner = store.own("a")
    kept = [turn(20), turn(40), turn(60), turn(80)]
    store.append("a", owner, 1, kept)
    with pytest.raises(Conflict, match="call a") as refused:
        store.append("a", owner, first_seq, [turn(at_ms) for at_ms in events])
    assert refused.value.cause == "taken"
    assert events_of(store, "a") == kept
    store.append("a", owner, 5, [turn(100)])
    assert len(events_of(store, "a")) == 5


def test_another_kind_with_the_same_fields_is_other_content(store: Archive) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [CallEnded(20, "finished")])
    with pytest.raises(Conflict):
        store.append("a", owner, 1, [CallEnded(20, "finished", actor="page")])


def test_a_call_cannot_begin_in_its_middle(store: Archive) -> None:
    owner = store.own("a")
    with pytest.raises(Conflict):
        store.append("a", owner, 2, [turn(20)])
    assert store.calls() == []


def test_a_batch_with_an_event_that_cannot_be_written_keeps_nothing_of_itself(store: Archive) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [turn(20)])
    nan = LevelMeasured(40, Channel.AGENT, 0, 40, float("nan"), None, 0.0)
    with pytest.raises(StoreError, match="LevelMeasured") as refused:
        store.append("a", owner, 2, [turn(40), nan])
    assert not isinstance(refused.value, Conflict | NotOwner)
    store.append("a", owner, 2, [turn(60)])
    assert events_of(store, "a") == [turn(20), turn(60)]
