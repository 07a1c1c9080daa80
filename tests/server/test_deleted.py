"""Calls that are held, and what becomes of a page, a socket and a writer when a call is deleted under them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.errors import NotDeletable, RulebookError
from pipeline.events.call import CallEnded, CallFacts
from pipeline.people.audit import Wanted
from pipeline.people.permissions import Role
from pipeline.session.aftercare import Aftercare
from pipeline.store.deletion import Deletion
from tests.server.conftest import ADDRESS, Centre, turn
from tests.server.office import WS

HOLD = "/api/calls/a/hold"


@pytest.fixture
def lead(centre: Centre) -> Iterator[TestClient]:
    centre.registry.directory.add_team("a", "a")
    centre.finished_call("a", [turn(20)], CallFacts(team="a", agent_id="1042"))
    with TestClient(centre.app, base_url=ADDRESS, headers=centre.page("lead", Role.LEAD, team="a")) as client:
        yield client


def test_a_lead_holds_and_releases_and_each_is_a_row(lead: TestClient, centre: Centre) -> None:
    assert lead.get(HOLD).json() == {"call_id": "a", "hold": None}
    told = lead.put(HOLD, json={"reason": " 诉讼 17 "}).json()["hold"]
    assert (told["reason"], told["actor"]) == ("诉讼 17", centre.person("lead").id)
    assert lead.get(HOLD).json()["hold"] == told
    with pytest.raises(NotDeletable):
        Deletion(centre.store.database).delete("a")
    assert [lead.delete(HOLD).status_code for _ in range(2)] == [204, 204]
    assert [row.action for row in centre.audit.rows(Wanted(object="a"))] == ["call.release", "call.hold"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "两\n行"}, {"reason": "长" * 201}, {"reason": 7}])
def test_a_hold_without_a_reason_is_refused_in_one_line(lead: TestClient, body: dict[str, object]) -> None:
    answer = lead.put(HOLD, json=body)
    assert (answer.status_code, "reason" in answer.json()["detail"]) == (422, True)
    assert lead.get(HOLD).json()["hold"] is None


def test_a_page_of_a_call_that_is_deleted_is_told_that_there_is_none(lead: TestClient, centre: Centre) -> None:
    with lead.websocket_connect(f"{WS}/ws/calls/a?after=0") as socket:
        assert socket.receive_json()["seq"] == 1
        Deletion(centre.store.database).delete("a")
    for path in ("records", "audio", "hold"):
        answer = lead.get(f"/api/calls/a/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is no call 'a'")
    with lead.websocket_connect(f"{WS}/ws/calls/a?after=1") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_json()
    assert closed.value.code == 4404
    assert lead.get("/api/calls").json() == []


def test_what_waits_of_a_deleted_call_is_given_up_and_said(centre: Centre) -> None:
    said: list[str] = []
    call = centre.call("b")
    call.feed([turn(20)])
    call.feed([CallEnded(40, "finished")])
    centre.running.end("b")
    assert centre.running.is_left("b")  # it is to be scored
    Deletion(centre.store.database).delete("b")
    care = Aftercare(centre.store, centre.hub, centre.running, said.append)
    for _ in range(2):
        care.care(RulebookError("no rulebook"))
    assert "was deleted: nothing of it is kept any more" in said[0]
    assert len(said) == 1
    assert centre.store.calls() == []
