"""A store that refuses records for a while: they wait, with the numbers that they will have."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded, ClockTicked
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.measures import LevelMeasured
from pipeline.events.record import Event, Record
from pipeline.events.turns import TurnStarted
from pipeline.session import keeper
from pipeline.session.keeper import Keeper
from pipeline.store.memory import MemoryStore
from pipeline.store.sql import SqlStore
from tests.server.conftest import turn
from tests.store.test_refusal import ROOT
from tests.writing import add

NAN = LevelMeasured(40, Channel.AGENT, 0, 40, float("nan"), None, 0.0)


class Disk(MemoryStore):
    """Cannot keep anything while `full`; remembers how often it was asked."""

    reason = "calls.db cannot be written: database or disk is full"

    def __init__(self, full: bool = True) -> None:
        super().__init__()
        self.full = full
        self.asked: list[int] = []

    def own(self, call_id: str, *, patient: bool = False) -> int:
        if self.full:
            self._refuse(0)
        return super().own(call_id)

    def append(
        self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
    ) -> None:
        if self.full and events:
            self._refuse(len(events))
        super().append(call_id, owner, first_seq, events)
        self.asked += [len(events)] if events else []

    def _refuse(self, count: int) -> None:
        self.asked.append(count)
        raise StoreError(self.reason)


class Call:
    """A call that says one thing a slice."""

    def __init__(self, store: MemoryStore) -> None:
        self.keeper = Keeper("a", store)
        self.published: list[Record] = []
        self.now = 0

    def speak(self, until_ms: int) -> None:
        while self.now < until_ms:
            self.now += 20
            self.published += self.keeper.keep(self.now, [turn(self.now)])

    def end(self) -> None:
        self.published += self.keeper.keep_all(self.now, [CallEnded(self.now, "finished")])

    def said(self) -> list[tuple[int, str]]:
        return [
            (r.event.at_ms, type(r.event).__name__)
            for r in self.published
            if isinstance(r.event, StageFailed | StageBack)
        ]


def test_what_was_refused_is_kept_with_the_numbers_it_was_published_with() -> None:
    disk = Disk(full=False)
    call = Call(disk)
    call.speak(100)
    disk.full = True
    call.speak(3_000)
    assert [r.seq for r in call.published] == list(range(1, 152))
    assert call.keeper.waiting() == call.published[5:]
    assert call.keeper.waiting(after=150) == call.published[150:]
    disk.full = False
    call.speak(5_000)
    assert call.keeper.waiting() == []
    assert disk.read("a") == call.published
    assert call.said() == [(120, "StageFailed"), (3_120, "StageBack")]


def test_a_store_that_refuses_is_asked_once_a_second() -> None:
    disk = Disk()
    call = Call(disk)
    call.speak(10_020)
    assert len(disk.asked) == 11
    assert call.said() == [(20, "StageFailed")]


def test_a_long_outage_is_written_down_over_many_slices_and_stays_in_order() -> None:
    disk = Disk()
    call = Call(disk)
    call.speak(60_000)
    disk.full = False
    call.speak(62_000)
    assert max(disk.asked) == keeper.BATCH_RECORDS
    assert disk.read("a") == call.published
    assert call.said()[-1] == (60_260, "StageBack")


def test_a_call_that_ends_tries_once_more_and_all_at_once() -> None:
    disk = Disk()
    call = Call(disk)
    call.speak(60_000)
    disk.full = False
    call.end()
    assert disk.read("a") == call.published
    assert [type(r.event) for r in call.published[-2:]] == [StageBack, CallEnded]


def test_a_store_that_fails_again_half_way_goes_on_where_it_was() -> None:
    disk = Disk()
    call = Call(disk)
    call.speak(20_000)
    disk.full = False
    call.speak(20_040)
    disk.full = True
    call.speak(25_000)
    assert 0 < disk.position() < len(call.published)
    assert [*disk.read("a"), *call.keeper.waiting()] == call.published
    disk.full = False
    call.speak(30_000)
    assert disk.read("a") == call.published
    assert [name for _, name in call.said()] == ["StageFailed", "StageBack"]


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_comes_twice() -> None:
    """The store has kept it, and nobody was told."""

    class Distant(MemoryStore):
        is_cut = False

        def append(
            self, call_id: str, owner: int, first_seq: int, events: Sequence[Event], *, patient: bool = False
        ) -> None:
            super().append(call_id, owner, first_seq, events)
            if self.is_cut:
                raise StoreError("the line is cut")

    store = Distant()
    call = Call(store)
    call.speak(100)
    store.is_cut = True
    call.speak(2_000)
    store.is_cut = False
    call.speak(4_000)
    assert store.read("a") == call.published
    assert [name for _, name in call.said()] == ["StageFailed", "StageBack"]


@pytest.mark.parametrize("was_full", [False, True])
def test_a_call_that_another_writer_takes_goes_on_unkept_and_says_so_once(was_full: bool) -> None:
    disk = Disk(full=False)
    call = Call(disk)
    call.speak(100)
    disk.full = was_full
    call.speak(200)
    disk.full = False
    assert add(disk, "a", [turn(0)])[0].seq == (6 if was_full else 11)
    before = disk.read("a")
    call.speak(10_000)
    call.end()
    assert disk.read("a") == before
    assert call.keeper.is_lost
    (*_, told) = [r.event for r in call.published if isinstance(r.event, StageFailed)]
    assert (told.stage, told.cause, told.reason) == ("store", "taken", call.keeper.reason)
    assert "taken over by another writer" in told.reason
    assert len(call.said()) == 1 + was_full
    seqs = [r.seq for r in call.published]
    assert seqs == list(range(1, len(seqs) + 1))
    assert call.keeper.waiting(after=seqs[-3]) == call.published[-2:]  # pages see it still
    assert disk.asked[-1] == 1  # it is not tried again and again


def test_a_writer_that_finds_its_numbers_taken_goes_on_unkept() -> None:
    """It has taken the call up, and another one has written before it could."""
    store = MemoryStore()
    add(store, "a", [turn(20), turn(40)])
    late = Keeper("a", store, last=1)
    records = late.keep(60, [turn(60)])
    assert [(r.seq, type(r.event)) for r in records] == [(2, TurnStarted), (3, StageFailed)]
    assert late.is_lost
    assert "record 2" in late.reason or "another one already" in late.reason
    assert len(store.read("a")) == 2


def test_an_event_that_cannot_be_written_holds_up_nothing() -> None:
    disk = Disk(full=False)
    call = Call(disk)
    call.published += call.keeper.keep(20, [turn(20), NAN, turn(20)])
    call.speak(2_000)
    assert disk.read("a") == call.published
    assert [type(r.event).__name__ for r in call.published[:4]] == [
        "TurnStarted", "StageFailed", "TurnStarted", "StageFailed",
    ]  # fmt: skip


def test_display_only_events_never_wait() -> None:
    call = Call(Disk())
    records = call.keeper.keep(20, [turn(20), ClockTicked(20), turn(20)])
    assert [r.seq for r in records] == [1, None, 2, 3]
    assert [r.seq for r in call.keeper.waiting()] == [1, 2, 3]


def test_beyond_its_room_the_oldest_are_given_up_and_the_rest_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "WAITING_RECORDS", 100)
    monkeypatch.setattr(keeper, "BATCH_RECORDS", 30)
    disk = Disk()
    call = Call(disk)
    call.speak(10_000)
    waiting = call.keeper.waiting()
    assert len(waiting) == 100
    assert waiting[0] == call.published[0]  # without CallStarted a call is none
    reasons = [r.event.reason for r in call.published if isinstance(r.event, StageFailed)]
    assert len(reasons) == 2
    assert "oldest of them are given up" in reasons[1]
    disk.full = False
    call.speak(15_000)
    kept = disk.read("a")
    assert [r.seq for r in kept] == [r.seq for r in call.published]
    lost = [k for k, p in zip(kept, call.published, strict=True) if k != p]
    assert lost
    assert all(isinstance(r.event, ClockTicked) for r in lost)
    assert any(r.event == StageFailed(r.event.at_ms, "store", f"{len(lost)} records of the outage were given up")
               for r in kept)  # fmt: skip
    assert call.said()[-1][1] == "StageBack"


def test_of_two_processes_that_run_one_call_the_older_goes_on_unkept(tmp_path: Path) -> None:
    """It is asked for slices until its call is lost, then for a hundred more, and ends as if nothing had happened."""
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from pipeline.events.call import CallEnded
        from pipeline.session.keeper import Keeper
        from pipeline.store.sql import SqlStore
        from tests.server.conftest import turn

        keeper, slices, left = Keeper("a", SqlStore(Path(sys.argv[1]))), 0, 100
        while left:
            slices += 1
            keeper.keep(slices * 20, [turn(slices * 20)])
            left -= keeper.is_lost
            if slices == 1:
                print("it runs", flush=True)
        keeper.keep_all(slices * 20, [CallEnded(slices * 20, "finished")])
        print(keeper.count, keeper.reason)
    """)
    path = tmp_path / "calls.db"
    SqlStore(path)
    older = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert older.stdout is not None
    assert older.stdout.readline() == "it runs\n"
    store = SqlStore(path)
    taken = add(store, "a", [CallEnded(7, "interrupted")], patient=True)
    said, _ = older.communicate(timeout=60)
    assert older.returncode == 0, said
    count, _, reason = said.partition(" ")
    assert int(count) == 102  # the slices since, the word of it, and the end
    assert reason.startswith("call a was taken over by another writer")
    kept = store.read("a")
    assert kept[-1:] == taken
    assert [r.event for r in kept[:-1]] == [turn(n * 20) for n in range(1, len(kept))]
