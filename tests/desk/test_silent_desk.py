"""A desk that answers nothing any more: who tells its agent something is told so, and nobody else waits for it."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, build_opener

import pytest

from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.people.directory import UserFields
from pipeline.people.permissions import MachineRole, Role
from pipeline.session.buses import ManyBuses
from pipeline.session.call_id import new_call_id
from tests.desk.places import DeskHere, ServedCentre
from tests.waiting import LIMIT_S, wait_until

SHARED = 40  # threads in which all requests are answered
FACTS = CallFacts(agent_id="1042", agent_name="坐席1042", team="a", recording_consent=True)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[tuple[ServedCentre, str]]:
    """A centre, and the call of a desk whose line is open and dead."""
    centre = ServedCentre(tmp_path / "centre")
    directory = centre.here.registry.directory
    if "a" not in {team.id for team in directory.teams()}:
        directory.add_team("a", "a")
    centre.here.page("lead", Role.LEAD, team="a")
    directory.add(UserFields("a1042", "坐席1042", Role.AGENT, agent_id="1042", team="a"))
    desk = DeskHere(tmp_path / "desk", centre)
    try:
        wait_until(lambda: desk.link.is_open)
        session = desk.sessions.begin(new_call_id(), desk.store, ManyBuses(desk.delivery, desk.digests))
        began = desk.clock.now().isoformat(timespec="milliseconds")
        session.outbox.feed([CallStarted(0, session.call_id, began, tuple(Channel), FACTS, "h", "1", "x", "none")])
        wait_until(lambda: centre.here.running.facts(session.call_id) == FACTS)
        desk.proxy.silence()
        yield centre, session.call_id
    finally:
        desk.end()
        desk.proxy.close()
        centre.stop()


def ask(
    centre: ServedCentre, who: dict[str, str], path: str, body: object = None, within_s: float = LIMIT_S
) -> tuple[int, dict[str, object]]:
    """Facts are put."""
    data = json.dumps(body).encode() if body is not None else None
    method = "PUT" if path.endswith("facts") else None
    request = Request(centre.address + path, data, {**who, "origin": centre.address}, method=method)
    try:
        with build_opener().open(request, timeout=within_s) as got:
            return got.status, json.loads(got.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("what", ["whispers", "facts"])
def test_who_tells_a_dead_desk_something_holds_up_nobody(silent: tuple[ServedCentre, str], what: str) -> None:
    centre, call_id = silent
    centre.running.telling.wait_s = wait_s = 3.0
    lead, telephone = centre.here.page("lead"), centre.here.bearer(MachineRole.TELEPHONE)
    who, body = (lead, {"text": "今晚可派师傅"}) if what == "whispers" else (telephone, {"customer_name": "王"})
    with ThreadPoolExecutor(SHARED + 5) as callers:
        path = f"/api/calls/{call_id}/{what}"
        told = [callers.submit(ask, centre, who, path, body) for _ in range(SHARED + 4)]
        wait_until(lambda: len(centre.running.telling._asked) == len(told))
        assert ask(centre, lead, "/api/floor/plan", within_s=wait_s / 2)[0] == 200
        answers = [one.result() for one in told]
    assert {(status, answer["reason"]) for status, answer in answers} == {(503, "desk_away")}
