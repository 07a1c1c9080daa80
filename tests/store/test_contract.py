"""One contract, run on every store of conftest.py."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline.errors import Conflict, NotOwner, StoreError
from pipeline.events.call import CallEnded
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.events.turns import TurnStarted
from pipeline.store.archive import Archive
from tests.store.conftest import Open
from tests.writing import add


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


# --- whose a call is ---------------------------------------------------------------------------------------------


def test_the_number_of_an_owner_grows_with_each(again: Open) -> None:
    owners = [again().own("a") for _ in range(4)]
    assert owners == [1, 2, 3, 4]
    assert again().own("b") == 1


def test_an_older_owner_is_refused_also_with_what_it_has_kept_before(again: Open) -> None:
    older, newer = again(), again()
    first = older.own("a")
    older.append("a", first, 1, [turn(20)])
    second = newer.own("a")
    for events, seq in (([turn(20)], 1), ([turn(40)], 2), ([turn(20), turn(40)], 1)):
        with pytest.raises(NotOwner, match="call a was taken over") as refused:
            older.append("a", first, seq, events)
        assert refused.value.cause == "taken"
    newer.append("a", second, 2, [turn(60)])
    assert events_of(older, "a") == [turn(20), turn(60)]


@pytest.mark.parametrize("owner", [0, -1, 2, 99])
def test_a_number_that_nobody_was_given_owns_nothing(store: Archive, owner: int) -> None:
    store.own("a")
    with pytest.raises(NotOwner):
        store.append("a", owner, 1, [turn(20)])
    with pytest.raises(NotOwner):
        store.append("unknown", 1, 1, [turn(20)])
    assert store.position() == 0


def test_a_call_that_is_only_owned_is_none_yet(store: Archive) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [])
    assert (store.calls(), store.unfinished(), store.unscored(), store.position()) == ([], [], [], 0)
    assert store.last("a") is None


def test_nothing_to_keep_is_nobodys_fault(store: Archive) -> None:
    store.append("a", 7, 9, [])
    assert add(store, "a", []) == []
    assert store.calls() == []


def test_whoever_adds_takes_the_call_over_and_goes_on_behind_its_last_record(store: Archive) -> None:
    owner = store.own("a")
    store.append("a", owner, 1, [turn(20), turn(40)])
    assert add(store, "a", [turn(60), turn(80)]) == [Record("a", 3, turn(60)), Record("a", 4, turn(80))]
    assert add(store, "b", [turn(20)], patient=True) == [Record("b", 1, turn(20))]
    with pytest.raises(NotOwner):
        store.append("a", owner, 3, [turn(60)])
    assert len(events_of(store, "a")) == 4


def test_of_many_who_take_a_call_each_record_is_of_its_owner(again: Open) -> None:
    """Threads that fight: whoever is refused takes the call again. No record is lost, none is kept twice."""
    kept: list[Record] = []

    def fight(name: int) -> None:
        store = again()
        for n in range(10):
            while True:
                try:
                    kept.extend(add(store, "a", [turn(name * 1_000 + n)], patient=True))
                    break
                except (NotOwner, Conflict):
                    continue

    threads = [threading.Thread(target=fight, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = again().read("a")
    assert sorted(kept, key=lambda record: record.seq or 0) == found
    assert sorted(r.event.at_ms for r in found) == sorted(name * 1_000 + n for name in range(3) for n in range(10))


# --- any sequence of it, against a model -------------------------------------------------------------------------


@dataclass
class Model:
    """What a store must do, in the fewest words."""

    owner: int = 0
    kept: list[Event] = field(default_factory=list)

    def append(self, owner: int, first_seq: int, events: list[Event]) -> type[StoreError] | None:
        if owner != self.owner or owner == 0:
            return NotOwner
        after = [*self.kept[: max(first_seq, 1) - 1], *events]
        known = self.kept[max(first_seq, 1) - 1 : max(first_seq, 1) - 1 + len(events)]
        if not 1 <= first_seq <= len(self.kept) + 1 or known != events[: len(known)]:
            return Conflict
        self.kept = max(self.kept, after, key=len)
        return None


def numbered(seq: int, salt: int = 0) -> Event:
    """The event that everybody has under this number, but for those with another `salt`."""
    return turn(seq * 20 + salt)


steps = st.one_of(
    st.just(("own",)),
    st.tuples(st.just("go on"), st.integers(1, 3)),
    st.tuples(st.just("append"), st.integers(-1, 2), st.integers(-1, 12), st.integers(1, 4), st.integers(0, 1)),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.sampled_from("ab"), steps), max_size=25))
def test_whatever_is_done_in_whatever_order(
    make: Callable[[Path], AbstractContextManager[Open]], plan: list[tuple[str, tuple[object, ...]]]
) -> None:
    with TemporaryDirectory() as folder, make(Path(folder)) as again:
        store = again()
        models = {"a": Model(), "b": Model()}
        positions: list[tuple[str, int]] = []
        for call_id, step in plan:
            model = models[call_id]
            _do(store, call_id, model, step)
            positions += [(call_id, seq) for seq in range(1, len(model.kept) + 1) if (call_id, seq) not in positions]
        for call_id, model in models.items():
            assert events_of(store, call_id) == model.kept
        found = store.read_all(0)
        assert [(r.call_id, r.seq) for _, r in found] == positions
        assert [position for position, _ in found] == list(range(1, len(positions) + 1))


def _do(store: Archive, call_id: str, model: Model, step: tuple[object, ...]) -> None:
    match step:
        case ("own",):
            model.owner += 1
            assert store.own(call_id) == model.owner
            return
        case ("go on", int(count)):
            owner, first_seq, salt = model.owner, len(model.kept) + 1, 0
        case ("append", int(older), int(first_seq), int(count), int(salt)):
            owner = model.owner - older
    events = [numbered(seq, salt) for seq in range(first_seq, first_seq + count)]
    refused = model.append(owner, first_seq, events)
    if refused is None:
        store.append(call_id, owner, first_seq, events)
    else:
        with pytest.raises(refused):
            store.append(call_id, owner, first_seq, events)


# --- the archive -------------------------------------------------------------------------------------------------
def test_newest_call_first(store: Archive) -> None:
    for call_id in ("b", "a", "c", "a"):
        add(store, call_id, [turn(20)])
    assert store.calls() == ["c", "a", "b"]
    assert store.calls(1) == ["c"]
    assert store.calls(5, offset=1) == ["a", "b"]


def test_unfinished_calls_oldest_first(store: Archive) -> None:
    for call_id in ("b", "a", "c"):
        add(store, call_id, [turn(20)])
    add(store, "a", [CallEnded(40, "finished"), turn(60)])
    assert store.unfinished() == ["b", "c"]


def test_pick_by_kind(store: Archive) -> None:
    add(store, "a", [turn(20), CallEnded(40, "finished")])
    add(store, "b", [turn(20), CallEnded(60, "interrupted")])
    add(store, "c", [CallEnded(60, "interrupted")])
    assert [r.event for r in store.pick(["b", "a"], {"CallEnded"})] == [
        CallEnded(40, "finished"),
        CallEnded(60, "interrupted"),
    ]
    assert store.pick([], {"CallEnded"}) == []


def test_positions_run_through_all_calls(store: Archive) -> None:
    assert store.position() == 0
    add(store, "a", [turn(20), turn(40)])
    add(store, "b", [turn(20)])
    assert store.position() == 3
    assert [(p, r.call_id, r.seq) for p, r in store.read_all(1)] == [(2, "a", 2), (3, "b", 1)]


def test_unscored_calls_newest_first(store: Archive) -> None:
    for call_id in ("a", "b", "c", "running"):
        add(store, call_id, [turn(20)])
    for call_id in ("a", "b", "c"):
        add(store, call_id, [CallEnded(40, "interrupted")])
    add(store, "b", [CallScored(40, None, 0, (), ())])
    assert store.unscored() == ["c", "a"]


def test_the_last_record(store: Archive) -> None:
    assert store.last("a") is None
    add(store, "a", [turn(20), turn(40)])
    last = store.last("a")
    assert last is not None
    assert (last.seq, last.event) == (2, turn(40))


def test_the_order_of_calls_is_that_of_their_beginning_whatever_their_ids(store: Archive) -> None:
    """Ids of before are dates, those of today are UUIDs, and a file's is its name."""
    ids = ["20261122-101500-1f2e", "019ac0de-0000-7000-8000-000000000001", "zz", "20261122-101500-0000", "ticket 4711"]
    for call_id in ids:
        add(store, call_id, [turn(20)])
    assert store.calls() == ids[::-1]
    assert store.unfinished() == ids


def test_a_reader_at_a_position_has_missed_nothing_before_it(again: Open) -> None:
    """While three calls are written, one reads on and on from where it was."""
    writers = [threading.Thread(target=_write, args=(again(), call_id)) for call_id in "abc"]
    reader, seen, position = again(), list[tuple[int, Record]](), 0
    for writer in writers:
        writer.start()
    is_over = False
    while not is_over:
        is_over = not any(writer.is_alive() for writer in writers)
        while found := reader.read_all(position, 7):
            seen += found
            position = found[-1][0]
    assert seen == reader.read_all(0)
    assert len(seen) == 3 * 50


def _write(store: Archive, call_id: str) -> None:
    owner = store.own(call_id, patient=True)
    for n in range(25):
        events = [turn(n * 40), turn(n * 40 + 20)]
        store.append(call_id, owner, 2 * n + 1, events, patient=True)
        store.append(call_id, owner, 2 * n + 1, events, patient=True)  # its answer was lost


def test_many_calls_at_once_leave_no_hole_and_no_repeat(again: Open) -> None:
    threads = [threading.Thread(target=_write, args=(again(), call_id)) for call_id in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for call_id in "abcd":
        assert events_of(again(), call_id) == [turn(n * 20) for n in range(50)]
