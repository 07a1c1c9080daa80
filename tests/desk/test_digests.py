"""Digests over a real line: the newest is at the centre, of calls alone whose agent has signed in there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import anyio
import pytest

from pipeline.desk_protocol.messages import Digested
from pipeline.digest import Digest, to_json
from pipeline.events.call import PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.turns import TurnStarted
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.digests_in import DigestsIn
from pipeline.ingest.records_in import CallAtDesk
from pipeline.session.outbox import Outbox
from tests.desk.places import DeskHere, ServedCentre, places
from tests.waiting import wait_until

Pair = tuple[ServedCentre, DeskHere]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with places(tmp_path) as (centre, (desk,)):
        yield centre, desk


def phase_there(centre: ServedCentre, call_id: str) -> str:
    held = centre.running.digests.calls.get(call_id)
    return held.digest.phase if held is not None else ""


def test_the_newest_is_there_at_most_four_times_a_second_and_goes_with_the_call(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    for number in range(200):
        session.outbox.feed([PhaseChanged(20 * number, f"phase {number}")])
    session.outbox.feed([TurnStarted(4_100, Channel.AGENT, 4_000)])
    wait_until(lambda: phase_there(centre, session.call_id) == "phase 199")
    held = centre.running.digests.calls[session.call_id]
    assert (held.digest.agent_id, held.digest.state, held.line.desk.name) == (desk.agent_id, "agent", "desk-0")
    assert desk.link.sent["digested"] < 10 * 1_024
    desk.finish(session)
    wait_until(lambda: session.call_id not in centre.running.digests.calls)


def test_what_says_nothing_new_is_not_said(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: session.call_id in centre.running.digests.calls)
    session.outbox.feed([PhaseChanged(20, "body")])
    wait_until(lambda: phase_there(centre, session.call_id) == "body")
    before = desk.link.sent["digested"]
    for number in range(20):
        session.outbox.feed([PhaseChanged(40 + number, "body")])
    session.outbox.feed([PhaseChanged(900, "closing")])
    wait_until(lambda: phase_there(centre, session.call_id) == "closing")
    assert desk.link.sent["digested"] - before < 3 * 300


def test_after_a_cut_it_is_said_again(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: session.call_id in centre.running.digests.calls)
    heard_s = centre.running.digests.calls[session.call_id].heard_s
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    assert session.call_id in centre.running.digests.calls  # the call goes on at its desk
    session.outbox.feed([PhaseChanged(20, "body")])
    desk.proxy.mend()
    wait_until(lambda: phase_there(centre, session.call_id) == "body")
    assert centre.running.digests.calls[session.call_id].heard_s > heard_s


def test_of_a_call_nobody_has_brought_nothing_is_taken(pair: Pair) -> None:
    centre, desk = pair
    strange = desk.call(agent_id="1099")  # who has not signed in here
    wait_until(lambda: any("is not taken" in line for line in desk.said))
    strange.outbox.feed([PhaseChanged(20, "body")])
    own = desk.call()
    wait_until(lambda: own.call_id in centre.running.digests.calls)
    assert set(centre.running.digests.calls) == {own.call_id}


def test_a_digest_under_another_name_closes_the_line(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: session.call_id in centre.running.digests.calls)
    held = centre.running.digests.calls[session.call_id]
    other = to_json(held.digest).replace(f'"{desk.agent_id}"', '"1099"')
    desk.link.say(Digested(session.call_id), other.encode())
    wait_until(lambda: not desk.link.is_open)
    assert "another's" in desk.link.status.detail


def test_a_digest_that_no_call_has_closes_the_line_and_holds_up_nobody(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: session.call_id in centre.running.digests.calls)
    made_up = f'{{"call_id":"{session.call_id}","strip":"{"." * 960}"}}'
    desk.link.say(Digested(session.call_id), made_up.encode())
    wait_until(lambda: not desk.link.is_open)
    assert "strip" in desk.link.status.detail
    assert centre.running.digests.calls[session.call_id].digest.strip == "."


def test_a_call_that_is_ended_in_the_place_of_its_revoked_desk_is_held_no_more(pair: Pair) -> None:
    centre, desk = pair
    session = desk.call()
    wait_until(lambda: session.call_id in centre.running.digests.calls)
    here = centre.here
    [token] = here.registry.desks.desks()
    here.registry.desks.revoke(token.id)
    wait_until(lambda: not desk.link.is_open)
    assert session.call_id in centre.running.digests.calls  # as one that is lost
    Outbox(session.call_id, here.store, here.hub, after=here.store.last(session.call_id)).end()  # by the aftercare
    assert session.call_id not in centre.running.digests.calls


def test_of_calls_that_nobody_will_tell_on_nothing_is_held() -> None:
    def line(desk_id: str, *calls: str) -> DeskLine:
        return cast(DeskLine, SimpleNamespace(desk=SimpleNamespace(id=desk_id), hello=SimpleNamespace(calls=calls)))

    digests = DigestsIn(lambda line, call_id: CallAtDesk(call_id, line))

    async def happens() -> list[set[str]]:
        first, other, load, again = line("d1"), line("d2"), line("load-1"), line("d1", "goes on")
        for at, call_id in ((first, "goes on"), (first, "lost"), (other, "another's"), (load, "made up")):
            await digests.takes[Digested](at, Digested(call_id), to_json(Digest(call_id=call_id)).encode())
        held = []
        for at in (first, other, load):
            digests.left(at)
            held.append({*digests.calls})
        await digests.opened(again)
        return [*held, {*digests.calls}]

    everything = {"goes on", "lost", "another's", "made up"}
    assert anyio.run(happens) == [everything, everything, everything - {"made up"}, {"goes on", "another's"}]


@dataclass(eq=False)
class LineOf:
    """As a DeskLine, as far as digests look at it."""

    desk: SimpleNamespace


def test_a_desk_that_is_back_is_believed_of_its_call_before_it_has_delivered_what_was() -> None:
    """Another desk that names the call is not."""

    first, back, other = (cast(DeskLine, LineOf(SimpleNamespace(id=one))) for one in ("d1", "d1", "d2"))
    digests = DigestsIn(lambda line, call_id: CallAtDesk(call_id, line) if line is first else None)

    async def says(at: DeskLine, phase: str) -> tuple[str, DeskLine]:
        body = to_json(Digest(call_id="c", phase=phase)).encode()
        await digests.takes[Digested](at, Digested("c"), body)
        return digests.calls["c"].digest.phase, digests.calls["c"].line

    assert anyio.run(says, first, "opening") == ("opening", first)
    digests.left(first)
    assert anyio.run(says, back, "body") == ("body", back)
    assert anyio.run(says, other, "hold") == ("body", back)
