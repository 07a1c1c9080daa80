"""The effects of a call: kept, then published, whatever fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pipeline.errors import AudioError, MailboxFull
from pipeline.events.call import CallEnded, CallFacts, ClockTicked, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.hints import HintDismissed, HintDone, HintShown
from pipeline.events.prompts import PromptTold
from pipeline.events.record import Event, Record
from pipeline.events.words import WordsGuessed
from pipeline.ports import PageMessage
from pipeline.session.aftercare import Aftercare
from pipeline.session.buses import NoBus
from pipeline.session.mailbox import (
    ANNOUNCEMENTS_AT_ONCE,
    ANNOUNCEMENTS_WAITING,
    FACTS_AT_ONCE,
    FACTS_WAITING,
    LocalMailbox,
)
from pipeline.session.session import Session
from pipeline.session.sessions import Sessions
from pipeline.store.memory import MemoryStore
from tests.server.conftest import hint, started, turn
from tests.writing import add

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
    Session("a", store, bus).run([[started("a")], [], [turn(20), turn(20)], [FINISHED]])
    assert [r.seq for r in store.read("a")] == [1, 2, 3, 4]
    assert [r for records in bus.published for r in records] == store.read("a")
    assert [len(published) for published in bus.published] == [1, 2, 1]
    assert bus.stored_before == [1, 3, 4]


def test_display_only_events_have_their_place_but_no_seq() -> None:
    store, bus = MemoryStore(), Bus()
    guess = WordsGuessed(20, Channel.AGENT, 0, "您")
    Session("a", store, bus).run([[started("a")], [turn(20), guess, turn(20)], [FINISHED]])
    assert [(r.seq, r.event) for r in bus.published[1]] == [(2, turn(20)), (None, guess), (3, turn(20))]
    assert guess not in [r.event for r in store.read("a")]


def test_the_clock_is_told_when_nothing_else_is() -> None:
    bus = Bus()
    slices: list[list[Event]] = [[started("a")], *[[] for _ in range(25)], [turn(520)], *[[] for _ in range(9)]]
    Session("a", MemoryStore(), bus).run([*slices, [FINISHED]])
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
            Session("a", store, bus).run(events())
    else:
        Session("a", store, bus).run(events())
    assert store.read("a")[-1].event == CallEnded(40, "interrupted")
    assert bus.events[-1] == CallEnded(40, "interrupted")
    assert store.unfinished() == []


def test_the_mailbox_knows_hints_by_the_seq_of_their_record() -> None:
    session = Session("a", MemoryStore(), Bus())
    for events in ([started("a")], [turn(20), hint(20, number=4)]):
        session.outbox.feed(events)
    session.mailbox.put(PageMessage("painted", hint_seq=3, paint_ms=80.0))
    assert session.take() == (HintShown(0, 4, 80.0),)
    with pytest.raises(ValueError, match="hint_seq is 2"):
        session.mailbox.put(PageMessage("done", hint_seq=2))


def test_a_hint_is_shown_painted_and_answered_once_whoever_says_so() -> None:
    mailbox = LocalMailbox()
    mailbox.see([Record("a", 1, hint(20, 1)), Record("a", 2, hint(40, 2))])
    taken = []
    for n in range(1000):
        mailbox.put(PageMessage("painted", 1, paint_ms=float(n)))
        mailbox.put(PageMessage("shown", 1))
        mailbox.put(PageMessage("dismissed", 1, useful=False))
        mailbox.put(PageMessage("done", 1))
        taken += mailbox.take() if n % 10 == 0 else ()
    assert taken == [HintShown(0, 1, 0.0), HintShown(0, 1), HintDismissed(0, 1, useful=False)]
    mailbox.put(PageMessage("done", 2))
    assert mailbox.take() == (HintDone(0, 2, "agent"),)


def test_facts_as_they_are_already_are_no_news() -> None:
    mailbox = LocalMailbox()
    mailbox.see([Record("a", 1, started("a"))])
    mailbox.put_facts({"agent_name": "小林", "direction": "inbound"})
    assert mailbox.take() == ()
    mailbox.put_facts({"team": "b"})
    assert mailbox.take() == (FactsNoted(0, CallFacts(agent_id="1042", agent_name="小林", team="b")),)
    mailbox.put_facts({"team": "b"})  # told already, not yet seen back
    assert mailbox.take() == ()
    mailbox.see([Record("a", 2, FactsNoted(20, CallFacts(agent_id="1042", agent_name="小林", team="b")))])
    mailbox.put_facts({"team": "b"})
    assert mailbox.take() == ()


def test_facts_of_several_actors_are_not_told_as_one() -> None:
    mailbox = LocalMailbox()
    mailbox.see([Record("a", 1, started("a"))])
    mailbox.put_facts({"recording_consent": True}, actor="page")
    mailbox.put_facts({"team": "b"}, actor="page")
    mailbox.put_facts({"company": "华信"}, actor="token")
    consented = CallFacts(agent_id="1042", agent_name="小林", team="b", recording_consent=True)
    told = mailbox.take()
    assert told == (FactsNoted(0, consented, "page"), FactsNoted(0, replace(consented, company="华信"), "token"))
    for number, note in enumerate(told, start=2):
        mailbox.put_facts({"team": "b"}, actor="token")  # no news, whichever of the two was seen back
        mailbox.see([Record("a", number, note)])
    assert mailbox.take() == ()


def test_facts_that_two_actors_tell_in_turn_without_end_are_refused() -> None:
    mailbox = LocalMailbox()
    for n in range(FACTS_WAITING):
        mailbox.put_facts({"team": str(n)}, actor="page" if n % 2 else "token")
    with pytest.raises(MailboxFull, match="32 changes of facts wait"):
        mailbox.put_facts({"team": "last"}, actor="token")
    assert mailbox.put_facts({"team": "of the last one"}, actor="page").team == "of the last one"
    assert [note.actor for note in mailbox.take() if isinstance(note, FactsNoted)] == ["token", "page"] * 2 + ["token"]


def test_a_flood_of_facts_is_told_once_a_second_and_the_last_holds() -> None:
    mailbox = LocalMailbox()
    mailbox.see([Record("a", 1, started("a"))])
    told = []
    for n in range(500):  # ten seconds of slices
        mailbox.put_facts({"team": str(n)})
        told += mailbox.take()
    assert FACTS_AT_ONCE + 9 <= len(told) <= FACTS_AT_ONCE + 10
    for _ in range(50):
        told += mailbox.take()
    assert isinstance(told[-1], FactsNoted)
    assert told[-1].facts.team == "499"


def test_a_flood_of_announcements_is_refused() -> None:
    mailbox = LocalMailbox()
    for n in range(ANNOUNCEMENTS_WAITING):
        mailbox.put_prompt(PromptTold(str(n)))
    with pytest.raises(MailboxFull, match="32 announcements wait"):
        mailbox.put_prompt(PromptTold("one more"))
    assert mailbox.take() == tuple(PromptTold(str(n)) for n in range(ANNOUNCEMENTS_AT_ONCE))
    later = [note for _ in range(50) for note in mailbox.take()]
    assert later == [PromptTold(str(ANNOUNCEMENTS_AT_ONCE))]


def test_facts_put_before_the_call_has_told_its_own() -> None:
    mailbox = LocalMailbox()
    mailbox.put_facts({"company": "华信"})
    mailbox.see([Record("a", 1, started("a"))])
    assert mailbox.take() == (FactsNoted(0, CallFacts(agent_id="1042", agent_name="小林", company="华信")),)


def test_after_a_crash_unfinished_calls_end_where_they_stood() -> None:
    store = MemoryStore()
    add(store, "cut", [started("cut"), turn(520)])
    add(store, "whole", [started("whole"), FINISHED])
    assert Aftercare(store, NoBus(), Sessions(), print).end_unfinished() == ["cut"]
    assert store.read("cut")[-1].event == CallEnded(520, "interrupted")
    assert store.unfinished() == []
