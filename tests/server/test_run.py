"""The effects of a call: kept, then published, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from pipeline.aftercare import Aftercare
from pipeline.errors import AudioError
from pipeline.events import (
    CallEnded,
    CallFacts,
    Channel,
    ClockTicked,
    Event,
    FactsNoted,
    HintShown,
    Record,
    WordsGuessed,
)
from pipeline.run import Mailbox, NoBus, PageMessage, RunningCalls, run_call
from pipeline.store.memory import MemoryStore
from tests.server.conftest import hint, started, turn

FINISHED = CallEnded(1000, "finished")


class Bus:
    """Remembers what was published, and how much the store held at that moment."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.published: list[list[Record]] = []
        self.stored_before: list[int] = []
        self._store = store

    def publish(self, records: Sequence[Record]) -> None:
        self.published.append(list(records))
        if self._store is not None:
            self.stored_before.append(self._store.position())

    @property
    def events(self) -> list[Event]:
        return [record.event for records in self.published for record in records]


def test_each_slice_is_kept_before_it_is_published() -> None:
    store = MemoryStore()
    bus = Bus(store)
    run_call([[started("a")], [], [turn(20), turn(20)], [FINISHED]], call_id="a", store=store, bus=bus)
    assert [r.seq for r in store.read("a")] == [1, 2, 3, 4]
    assert [r for records in bus.published for r in records] == store.read("a")
    assert [len(published) for published in bus.published] == [1, 2, 1]
    assert bus.stored_before == [1, 3, 4]


def test_display_only_events_have_their_place_but_no_seq() -> None:
    store, bus = MemoryStore(), Bus()
    guess = WordsGuessed(20, Channel.AGENT, 0, "您")
    run_call([[started("a")], [turn(20), guess, turn(20)], [FINISHED]], call_id="a", store=store, bus=bus)
    assert [(r.seq, r.event) for r in bus.published[1]] == [(2, turn(20)), (None, guess), (3, turn(20))]
    assert guess not in [r.event for r in store.read("a")]


def test_the_clock_is_told_when_nothing_else_is() -> None:
    bus = Bus()
    slices: list[list[Event]] = [[started("a")], *[[] for _ in range(25)], [turn(520)], *[[] for _ in range(9)]]
    run_call([*slices, [FINISHED]], call_id="a", store=MemoryStore(), bus=bus)
    assert [e for e in bus.events if isinstance(e, ClockTicked)] == [ClockTicked(200), ClockTicked(400)]


@pytest.mark.parametrize("breaks", [True, False])
def test_a_call_that_breaks_off_is_ended(breaks: bool) -> None:
    def events() -> Iterator[list[Event]]:
        yield [started("a")]
        yield []
        yield [turn(40)]
        if breaks:
            raise AudioError("the device is gone")

    store, bus = MemoryStore(), Bus()
    if breaks:
        with pytest.raises(AudioError):
            run_call(events(), call_id="a", store=store, bus=bus)
    else:
        run_call(events(), call_id="a", store=store, bus=bus)
    assert store.read("a")[-1].event == CallEnded(40, "interrupted")
    assert bus.events[-1] == CallEnded(40, "interrupted")
    assert store.unfinished() == []


def test_the_mailbox_knows_hints_by_the_seq_of_their_record() -> None:
    mailbox = Mailbox()
    slices = [[started("a")], [turn(20), hint(20, number=4)], [FINISHED]]
    run_call(slices, call_id="a", store=MemoryStore(), bus=Bus(), mailbox=mailbox)
    mailbox.put(PageMessage("painted", hint_seq=3, paint_ms=80.0))
    assert mailbox.take() == (HintShown(0, 4, 80.0),)
    with pytest.raises(ValueError, match="hint_seq is 2"):
        mailbox.put(PageMessage("done", hint_seq=2))


def test_a_page_that_floods_the_mailbox_loses_its_oldest_notes_only() -> None:
    mailbox = Mailbox()
    mailbox.see([Record("a", 1, hint(20, 1))])
    for n in range(1000):
        mailbox.put(PageMessage("shown", 1, paint_ms=float(n)))
    notes = mailbox.take()
    assert len(notes) == 256
    assert notes[-1] == HintShown(0, 1, 999.0)


def test_a_flood_of_notes_costs_no_facts() -> None:
    mailbox = Mailbox()
    mailbox.see([Record("a", 1, started("a")), Record("a", 2, hint(20, 1))])
    mailbox.put_facts({"company": "华信"})
    for n in range(1000):
        mailbox.put(PageMessage("shown", 2, paint_ms=float(n)))
    note, *rest = mailbox.take()
    assert note == FactsNoted(0, CallFacts(agent_name="小林", company="华信"))
    assert len(rest) == 256
    mailbox.see([Record("a", 3, note)])
    mailbox.see([Record("a", 4, FactsNoted(40, CallFacts(team="b")))])
    assert mailbox.put_facts({}).team == "b"


def test_facts_put_before_the_call_has_told_its_own() -> None:
    mailbox = Mailbox()
    mailbox.put_facts({"company": "华信"})
    mailbox.see([Record("a", 1, started("a"))])
    assert mailbox.take() == (FactsNoted(0, CallFacts(agent_name="小林", company="华信")),)


def test_after_a_crash_unfinished_calls_end_where_they_stood() -> None:
    store = MemoryStore()
    store.append("cut", [started("cut"), turn(520)])
    store.append("whole", [started("whole"), FINISHED])
    assert Aftercare(store, NoBus(), RunningCalls(), print).end_unfinished() == ["cut"]
    assert store.read("cut")[-1].event == CallEnded(520, "interrupted")
    assert store.unfinished() == []
