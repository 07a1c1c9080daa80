"""Records of a desk are at its centre as they are here, whatever the line between them does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.codec import event_to_json
from pipeline.desk_protocol.messages import Records, Refused
from pipeline.events.call import CallFacts, ClockTicked, FactsNoted, PhaseChanged
from pipeline.events.faults import StageBack
from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from pipeline.people.person import Whose
from tests.desk.places import DeskHere, ServedCentre, places
from tests.long_call import long_call
from tests.waiting import LIMIT_S, wait_until


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[ServedCentre, DeskHere]]:
    with places(tmp_path) as (centre, (desk,)):
        yield centre, desk


def test_a_call_is_there_as_it_is_here(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    for events in long_call(session.call_id, 0.05):
        session.outbox.feed(events[1:] if events and events[0].at_ms == 0 else events)
    wait_until(lambda: centre.here.running.facts(session.call_id) is not None)
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    wait_until(lambda: not desk.delivery.waiting)
    assert centre.here.store.unfinished() == []
    assert desk.said == []


def test_what_happens_while_the_line_is_cut_is_brought_afterwards(pair: tuple[ServedCentre, DeskHere]) -> None:
    _, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    for number in range(1, 2_000):
        session.outbox.feed([PhaseChanged(20 * number, f"phase {number}")])
    desk.finish(session)
    desk.proxy.mend()
    wait_until(lambda: desk.is_same_there(session.call_id))


def test_a_desk_that_starts_again_brings_what_it_had_not(pair: tuple[ServedCentre, DeskHere]) -> None:
    _, desk = pair
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    session = desk.call()
    session.outbox.feed([PhaseChanged(20, "closing")])
    desk.end()
    desk.proxy.mend()
    desk.begin()
    wait_until(lambda: desk.is_same_there(session.call_id))


def test_a_centre_that_starts_again_goes_on(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    centre.stop()
    session.outbox.feed([PhaseChanged(20, "closing")])
    centre.start()
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))


def test_a_call_of_somebody_who_has_not_signed_in_is_refused_and_stays(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call(agent_id="9999")
    wait_until(lambda: desk.said)
    assert "not taken by the centre (identity)" in desk.said[0]
    assert centre.here.store.read(session.call_id) == []
    assert desk.lines(session.call_id)
    other = desk.call()  # it holds up no other
    wait_until(lambda: desk.is_same_there(other.call_id))


@pytest.mark.parametrize("seed", range(4))
def test_random_cuts_lose_and_double_nothing(pair: tuple[ServedCentre, DeskHere], seed: int) -> None:
    _, desk = pair
    chance = random.Random(seed)
    session = desk.call()
    for number in range(1, 400):
        session.outbox.feed([PhaseChanged(20 * number, f"phase {number}"), ClockTicked(20 * number)])
        if chance.random() < 0.03:
            chance.choice([desk.proxy.swallow, desk.proxy.cut])()
            wait_until(lambda: not desk.link.is_open or chance.random() < 0.3)
            desk.proxy.mend()
    desk.proxy.cut()  # what was swallowed is dead for good
    desk.proxy.mend()
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))


def test_an_answer_is_waited_for_on_its_own_connection_alone(pair: tuple[ServedCentre, DeskHere]) -> None:
    """The line was lost and is open again before anybody has looked: what was asked there is asked again."""
    _, desk = pair
    desk.delivery.close()
    said = Records("a-call-nobody-answers", desk.shift.id, 1)
    waiting = ThreadPoolExecutor(1).submit(desk.delivery._asking.ask, said, b"{}")
    assert waiting.result(timeout=LIMIT_S) is None  # it is closing
    desk.delivery._closing = False
    waiting = ThreadPoolExecutor(1).submit(desk.delivery._asking.ask, said, b"{}")
    with desk.delivery._news:
        desk.link.connection += 1
        desk.delivery._news.notify_all()
    assert waiting.result(timeout=LIMIT_S) is None
    desk.delivery._closing = True


def test_a_refused_call_that_goes_on_costs_nothing(pair: tuple[ServedCentre, DeskHere]) -> None:
    _, desk = pair
    session = desk.call(agent_id="9999")
    wait_until(lambda: desk.said)
    wait_until(lambda: session.call_id not in desk.delivery._fresh)
    session.outbox.feed([PhaseChanged(20, "closing")])
    assert session.call_id not in desk.delivery._fresh
    assert desk.delivery.waiting == 0


def test_the_next_agent_at_a_desk_does_not_take_a_call_of_the_one_before(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    registry, refused = centre.here.registry, list[Refused]()
    next_one = registry.directory.add(UserFields("next", "下一位", Role.AGENT, agent_id="7"))
    shift, _ = registry.desks.begin_shift(desk.shift.desk_id, next_one)
    desk.link.on(Refused, lambda said, body: refused.append(said))
    claim = event_to_json(FactsNoted(20, CallFacts(agent_id="7", recording_consent=True)))
    assert desk.link.say(Records(session.call_id, shift.id, 2), claim.encode())
    wait_until(lambda: refused)
    assert refused[0].because == "identity"
    assert centre.here.store.whose(session.call_id) == Whose(desk.agent_id)


def test_what_follows_the_end_of_a_call_makes_it_run_no_more(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    session = desk.call()
    desk.finish(session)
    wait_until(lambda: desk.is_same_there(session.call_id))
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    session.outbox.add([StageBack(session.outbox.at_ms, "asr")])
    desk.proxy.mend()
    wait_until(lambda: len(centre.here.store.read(session.call_id)) == 3)
    wait_until(lambda: not desk.delivery.waiting)
    assert centre.here.running.mailbox(session.call_id) is None
