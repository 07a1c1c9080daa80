"""Calls that have ended at a desk or at the centre: what may still be said, what was lost at either, what must go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.desk_protocol.messages import CallHere, StillHere
from pipeline.events.call import CallEnded, FactsNoted, PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.faults import StageBack
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStopped
from pipeline.events.words import WordsHeard
from pipeline.session.consent import Consents
from pipeline.session.session import Session
from pipeline.store.bringing import Bringing
from tests.desk.places import DeskHere, ServedCentre, lose, places
from tests.waiting import wait_until

Pair = tuple[ServedCentre, DeskHere]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with places(tmp_path) as (centre, (desk,)):
        yield centre, desk


def ended(pair: Pair, seed: int = 0) -> Session:
    """A call of 22 records that the centre has; with its recording, where there is a seed."""
    _, desk = pair
    session = desk.call()
    for number in range(1, 21):
        session.outbox.feed([PhaseChanged(20 * number, f"phase {number}")])
    if seed:
        desk.record(session.call_id, 0.4, seed)
    desk.finish(session)
    wait_until(lambda: is_whole(pair, session.call_id))
    return session


def is_whole(pair: Pair, call_id: str) -> bool:
    _, desk = pair
    return desk.is_same_there(call_id) and desk.is_sound_same_there(call_id) and desk.kept.is_delivered(call_id)


def words(at_ms: int, *, heard_later: bool) -> WordsHeard:
    return WordsHeard(at_ms, Channel.AGENT, 0, 100, "你好", (), at_ms - 100, heard_later=heard_later)


@pytest.mark.parametrize(
    "stray",
    [PhaseChanged(500, "closing"), words(500, heard_later=False), CallEnded(500, "finished")],
    ids=lambda event: type(event).__name__,
)
def test_behind_its_end_a_call_may_say_no_more_than_follows_it(pair: Pair, stray: Event) -> None:
    centre, desk = pair
    session = ended(pair)
    follows = [words(500, heard_later=True), StageBack(500, "asr")]
    desk.add(session.call_id, follows)
    wait_until(lambda: desk.is_same_there(session.call_id))
    desk.add(session.call_id, [stray])
    wait_until(lambda: desk.said)
    why = f"call {session.call_id} has ended: no {type(stray).__name__} may follow its end"
    assert desk.said == [f"call {session.call_id} is not taken by the centre (over): {why}; it stays here"]
    assert [record.event for record in centre.here.store.read(session.call_id)[-2:]] == follows
    other = ended(pair)  # it holds up no other
    assert desk.lines(other.call_id)


def test_an_end_within_what_is_brought_is_an_end(pair: Pair) -> None:
    centre, desk = pair
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    session = desk.call()
    desk.finish(session)
    desk.add(session.call_id, [PhaseChanged(500, "closing")])
    desk.proxy.mend()
    wait_until(lambda: desk.said)
    assert "(over)" in desk.said[0]
    assert centre.here.store.read(session.call_id) == []  # they came together, and so did their refusal


def test_words_behind_a_consent_that_was_taken_back_at_the_centre(pair: Pair) -> None:
    """The recording, delivered long ago, goes from the desk; its records go there with those of other calls."""
    centre, desk = pair
    session = ended(pair, seed=1)
    wait_until(lambda: not desk.uploads.waiting)
    consents = Consents(centre.here.store, centre.here.running, centre.here.hub, centre.recordings)
    consents.withdraw(session.call_id)
    desk.add(session.call_id, [words(500, heard_later=True)])
    wait_until(lambda: desk.recordings.find(session.call_id) is None)
    assert "is not taken by the centre (held)" in desk.said[0]
    assert "its recording goes" in desk.said[0]
    told = [record.event for record in centre.here.store.read(session.call_id)[-2:]]
    assert [type(event) for event in told] == [FactsNoted, RecordingStopped]
    wait_until(lambda: desk.kept.done(time.time() + 1, 0.0) == [session.call_id])


def test_a_desk_that_is_back_hears_which_recordings_nobody_may_keep(pair: Pair) -> None:
    centre, desk = pair
    session, other = ended(pair, seed=1), ended(pair, seed=2)
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    Consents(centre.here.store, centre.here.running, centre.here.hub, centre.recordings).withdraw(session.call_id)
    desk.proxy.mend()
    wait_until(lambda: desk.recordings.find(session.call_id) is None)
    wait_until(lambda: desk.inventory.is_told)
    assert is_whole(pair, other.call_id)
    assert desk.recordings.find(other.call_id) is not None


def test_a_call_that_two_lines_of_its_desk_have_ended_ends_once(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    end = centre.running._end  # what both a StillHere and a refused record of the line after it lead to
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(end, [session.call_id] * 32))
    ends = [one for one in centre.here.store.read(session.call_id) if isinstance(one.event, CallEnded)]
    assert len(ends) == 1


@pytest.mark.parametrize("noted", [3, 17], ids=["as-it-was", "more-than-is-left"])
def test_a_desk_whose_power_failed_has_less_than_the_centre(pair: Pair, noted: int) -> None:
    """The call ends at the centre by what is kept there. `noted`: what the desk knows of that."""
    centre, desk = pair
    session = desk.call()
    for number in range(1, 17):
        session.outbox.feed([PhaseChanged(20 * number, f"phase {number}")])
    wait_until(lambda: desk.is_same_there(session.call_id))
    there = centre.here.store.read(session.call_id)
    desk.end()
    desk.begin_store()
    lose(desk.store, session.call_id, after=5)
    desk.kept.keep(session.call_id, noted)
    desk.store.close()
    desk.begin()
    desk.end_left(session.call_id)
    desk.proxy.cut()  # as its line would be
    desk.proxy.mend()
    wait_until(lambda: desk.said)
    assert f"call {session.call_id} is not taken by the centre (over)" in desk.said[0]
    *before, end = centre.here.store.read(session.call_id)
    assert before == there
    assert end.event == CallEnded(there[-1].event.at_ms, "interrupted")
    assert centre.here.running.mailbox(session.call_id) is None
    assert session.call_id not in centre.running.digests.calls
    assert centre.here.store.unfinished() == []
    assert len(desk.lines(session.call_id)) == 6  # its own version stays
    asked = CallHere(session.call_id, 6, 6, False)
    again = desk.link.ask(lambda id: StillHere(id, (asked,)))  # as where the first answer was lost
    assert again.over == (session.call_id,)
    assert centre.here.store.read(session.call_id) == [*before, end]
    wait_until(lambda: desk.kept.of(session.call_id).is_refused)


def test_a_centre_of_yesterday_gets_again_what_desks_still_have(pair: Pair) -> None:
    centre, desk = pair
    lost, cut, silent, whole = (ended(pair, seed=seed) for seed in range(1, 5))
    wait_until(lambda: not desk.uploads.waiting)
    centre.stop()
    lose(centre.here.store, lost.call_id, after=0)
    lose(centre.here.store, cut.call_id, after=7)
    for call in (lost, silent):
        centre.recordings.discard(call.call_id)
    assert [is_whole(pair, call.call_id) for call in (lost, cut, silent, whole)] == [False, False, False, True]
    centre.start()
    for call in (lost, cut, silent, whole):
        wait_until(lambda call=call: is_whole(pair, call.call_id))  # type: ignore[misc]
    assert desk.said == []


def test_nothing_goes_from_a_desk_before_the_centre_has_said_what_it_lost(pair: Pair) -> None:
    _, desk = pair
    session = ended(pair)
    wait_until(lambda: desk.inventory.is_told)
    desk.delivery.bring_again(session.call_id, 4)  # as the centre tells it
    assert not desk.kept.is_delivered(session.call_id) or desk.is_same_there(session.call_id)
    wait_until(lambda: is_whole(pair, session.call_id))
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    assert not desk.inventory.is_told


def test_a_centre_of_the_version_before_is_told_nothing_that_it_does_not_know(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, desk = pair
    monkeypatch.setattr("pipeline.ingest.desk_line.newest_for", lambda version: "1.0")
    session = ended(pair)
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    desk.proxy.mend()
    wait_until(lambda: desk.inventory.is_told)
    assert desk.link.connection == 2
    assert is_whole(pair, session.call_id)
    assert centre.running.centre.lines()[0].version == "1.0"


def test_a_call_of_which_its_desk_has_lost_everything_ends_at_the_centre(pair: Pair) -> None:
    centre, desk = pair
    lost, running = desk.call(), desk.call()
    for session in (lost, running):
        session.outbox.feed([PhaseChanged(20, "body")])
        wait_until(lambda session=session: desk.is_same_there(session.call_id))  # type: ignore[misc]
    desk.finish(ended_away := desk.call())
    desk.proxy.cut()
    wait_until(lambda: not centre.running.centre.is_here(desk_id(pair)))
    lose(desk.store, lost.call_id, 0)
    desk.sessions._running.pop(lost.call_id)  # as of a process that starts again
    desk.proxy.mend()
    bringing = Bringing(centre.here.store.database)
    wait_until(lambda: bringing.duration_ms(lost.call_id) is not None)
    assert [type(record.event) for record in centre.here.store.read(lost.call_id)][-1] is CallEnded
    assert centre.here.running.mailbox(lost.call_id) is None
    wait_until(lambda: desk.is_same_there(ended_away.call_id))
    running.outbox.feed([PhaseChanged(40, "closing")])
    desk.finish(running)
    wait_until(lambda: desk.is_same_there(running.call_id))
    assert desk.said == []


def desk_id(pair: Pair) -> str:
    centre, desk = pair
    return next(one.id for one in centre.here.registry.desks.desks() if one.name == desk.name)
