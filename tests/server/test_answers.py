"""Who answers the hints of a running call, and who says whose it is; what is refused is noted."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.hints import HintDone
from pipeline.people.permissions import TABLE, Action, MachineRole, Role
from tests.server.conftest import ADDRESS, Centre, hint
from tests.server.office import CALLS, PEOPLE, ROLES, WS, headers_of, office_of

DONE = {"type": "done", "hint_seq": 2}


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def refused(centre: Centre, action: Action) -> list[tuple[str | None, str | None]]:
    rows = centre.audit.rows()
    return [(row.actor, row.object) for row in rows if (row.action, row.outcome) == (action, "refused")]


def answered(client: TestClient, path: str) -> str:
    """The first thing the server says of an answer to the hint, of the same once more, and of no message at all."""
    with client.websocket_connect(WS + path) as socket:
        assert [socket.receive_json()["seq"] for _ in range(2)] == [1, 2]
        for message in (DONE, DONE, {}):
            socket.send_json(message)
        return str(socket.receive_json()["message"])


@pytest.mark.parametrize("role", [one for one in ROLES if Action.CALL_READ in TABLE[one]])
def test_hints_are_answered_by_whom_the_table_says(app: FastAPI, centre: Centre, role: Role | MachineRole) -> None:
    whose = "assigned" if role == Role.QA else "own"
    call = centre.call("live", CALLS[whose])
    call.feed([hint(20, number=1)])
    said = answered(TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role)), "/ws/calls/live")
    taken = [event for event in call.session.take() if isinstance(event, HintDone)]
    if Action.CALL_ANSWER in TABLE[role]:
        assert ("type" in said, len(taken), refused(centre, Action.CALL_ANSWER)) == (True, 1, [])
    else:
        actor = centre.person(PEOPLE[role][0]).id if isinstance(role, Role) else centre.machine()
        assert (said, taken) == (f"the role {role} may only read", [])
        assert refused(centre, Action.CALL_ANSWER) == [(actor, "live")]  # once, however often it is tried


@pytest.mark.parametrize("facts", [{"agent_id": "4"}, {"team": "c"}, {"agent_id": None}, {"team": None}])
def test_a_call_that_is_to_be_made_anothers_is_refused_and_noted(
    app: FastAPI, centre: Centre, facts: dict[str, Any]
) -> None:
    call = centre.call("live", CALLS["own"])
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, Role.AGENT))
    for method, path in (("PUT", "/api/calls/live/facts"), ("POST", "/api/calls")):
        answer = client.request(method, path, json=facts)
        assert (answer.status_code, next(iter(facts)) in answer.json()["detail"]) == (403, True)
    actor = centre.person().id
    assert refused(centre, Action.CALL_CONTROL) == [(actor, None), (actor, "live")]
    assert call.session.take() == ()
