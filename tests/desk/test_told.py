"""What a telephone system tells the centre of a call at a desk: done there, and answered once it is done."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.request import Request, build_opener

import pytest

from pipeline.desk.told import ToldByCentre
from pipeline.errors import CallBusy
from pipeline.events.actor import Actor
from pipeline.events.call import FactsNoted
from pipeline.events.help import WhisperSent
from pipeline.people.permissions import MachineRole
from pipeline.session.buses import NoBus
from pipeline.session.consent import Consents
from pipeline.session.session import Session
from tests.desk.places import DeskHere, ServedCentre, places
from tests.waiting import LIMIT_S, wait_until


class Control:
    """Begins and ends calls of the desk, as a headset does."""

    def __init__(self, desk: DeskHere) -> None:
        self._desk = desk
        self.session: Session | None = None

    def status(self) -> Any:
        raise NotImplementedError

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        if self.session is not None:
            raise CallBusy(self.session.call_id)
        self.session = self._desk.call()
        return self.session.call_id

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        if self.session is None or self.session.call_id != call_id:
            return False
        self._desk.finish(self.session)
        self.session = None
        return True


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServedCentre, DeskHere, Control]]:
    with places(tmp_path_factory.mktemp("told")) as (centre, (desk,)):
        control = Control(desk)
        consents = Consents(desk.store, desk.sessions, NoBus(), desk.recordings)
        by_centre = ToldByCentre(desk.link, control, desk.sessions, consents)
        yield centre, desk, control
        by_centre.close()


def ask(centre: ServedCentre, method: str, path: str, body: object = None) -> tuple[int, Any]:
    headers = centre.here.bearer(MachineRole.TELEPHONE)
    data = json.dumps(body).encode() if body is not None else None
    try:
        with build_opener().open(Request(centre.address + path, data, headers, method=method), timeout=LIMIT_S) as got:
            return got.status, json.loads(got.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_call_from_the_telephone_system(told: tuple[ServedCentre, DeskHere, Control]) -> None:
    centre, desk, control = told
    status, begun = ask(centre, "POST", "/api/calls", {"agent_id": desk.agent_id})
    assert status == 201
    call_id = begun["call_id"]
    assert ask(centre, "POST", "/api/calls", {"agent_id": desk.agent_id}) == (
        409,
        {"detail": f"call {call_id} is running on this headset: end it first", "call_id": call_id},
    )
    wait_until(lambda: centre.here.running.facts(call_id) is not None)

    desk.proxy.cut()  # and after a cut, before anything more happens in the call
    wait_until(lambda: centre.here.running.facts(call_id) is None)
    desk.proxy.mend()
    wait_until(lambda: centre.here.running.facts(call_id) is not None)
    told_facts = ask(centre, "PUT", f"/api/calls/{call_id}/facts", {"customer_name": "王"})
    assert told_facts[0] == 202
    assert told_facts[1]["agent_id"] == desk.agent_id
    assert ask(centre, "PUT", f"/api/calls/{call_id}/facts", {"agent_id": "7"})[0] == 422
    assert control.session is not None
    notes = control.session.take()
    control.session.outbox.feed([replace(note, at_ms=20) for note in notes])
    wait_until(lambda: desk.is_same_there(call_id))
    noted = centre.here.store.read(call_id)[-1].event
    assert isinstance(noted, FactsNoted)
    assert noted.facts.customer_name == "王"
    assert str(noted.actor).startswith("token:")
    assert ask(centre, "POST", f"/api/calls/{call_id}/end")[0] == 200
    wait_until(lambda: desk.is_same_there(call_id))


def test_what_a_lead_tells_becomes_records_at_the_desk(told: tuple[ServedCentre, DeskHere, Control]) -> None:
    centre, desk, control = told
    call_id = ask(centre, "POST", "/api/calls", {"agent_id": desk.agent_id})[1]["call_id"]
    wait_until(lambda: centre.here.running.mailbox(call_id) is not None)
    mailbox = centre.here.running.mailbox(call_id)
    assert mailbox is not None
    assert control.session is not None
    sent = WhisperSent(0, "w1", "今晚可派师傅，先别承诺赔偿", "王敏", "u-1")
    mailbox.put_floor(sent)
    mailbox.put_floor(sent)  # as when its answer was lost
    notes = control.session.take()
    assert notes == (sent,)
    control.session.outbox.feed([replace(note, at_ms=20) for note in notes])
    wait_until(lambda: desk.is_same_there(call_id))
    assert centre.here.store.read(call_id)[-1].event == replace(sent, at_ms=20)
    assert ask(centre, "POST", f"/api/calls/{call_id}/end")[0] == 200
    wait_until(lambda: desk.is_same_there(call_id))


def test_a_desk_that_is_away_is_told_so(told: tuple[ServedCentre, DeskHere, Control]) -> None:
    centre, desk, _ = told
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    wait_until(lambda: not centre.running.centre.is_here(desk.shift.desk_id))
    status, told_why = ask(centre, "POST", "/api/calls", {"agent_id": desk.agent_id})
    assert status == 409
    assert "headset" in told_why["detail"]
    desk.proxy.mend()
    wait_until(lambda: desk.link.is_open)
