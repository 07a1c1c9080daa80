"""Each role and each token at every route, for whosever object: as the table of permissions says, and noted."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.people.permissions import Action, MachineRole, Role
from tests.server.cases import CASES
from tests.server.conftest import ADDRESS, Centre
from tests.server.office import ROLES, office_of
from tests.server.routes import actions_of
from tests.server.walk import Walk

NOT_OF_A_ROUTE = {
    Action.CALL_ANSWER,  # asked by a socket for each message: tests/server/test_answers.py
    Action.CALL_UNMASKED, Action.CALL_LISTEN_UNHEARD,  # asked of what is sent: tests/server/test_masked.py
}  # fmt: skip
NOTED = {  # as done, besides the deeds that routes tell themselves
    Action.CALL_READ, Action.CALL_LISTEN, Action.CALL_CONTROL, Action.CALL_CONSENT, Action.HEADSET_CHANGE,
    Action.FLOOR_WATCH, Action.AUDIT_READ,
}  # fmt: skip


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def test_every_route_that_names_an_action_is_walked(app: FastAPI) -> None:
    assert {name: actions for name, actions in actions_of(app).items() if actions} == {
        name: {case.action} for name, case in CASES.items()
    }
    assert {case.action for case in CASES.values()} | NOT_OF_A_ROUTE == set(Action)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_role_by_route_by_whose_object(app: FastAPI, centre: Centre, role: Role | MachineRole | None) -> None:
    walk = Walk(centre, app, role)
    refused, done = set(), set()
    for name in CASES:
        for step in walk.steps(name):
            wanted = walk.wanted(step)
            assert walk.ask(step) == (wanted.status, wanted.leads_to), step
            if wanted.refused is not None:
                refused.add(wanted.refused)
            elif (
                step.case.action in NOTED and not step.is_page and (step.thing or step.case.action != Action.CALL_READ)
            ):
                done.add((walk.actor, step.case.action, step.target if step.thing else None))
    rows = centre.audit.rows()
    assert {(row.actor, row.action, row.object) for row in rows if row.outcome == "refused"} == refused
    assert {(row.actor, row.action, row.object) for row in rows if row.action in NOTED and row.outcome == "done"} == (
        done if role is not None else set()
    )
    assert centre.audit.verify().fault is None


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_theirs_is_told_as_what_is_not_there(
    app: FastAPI, centre: Centre, role: Role | MachineRole
) -> None:
    """Status and words alike, so that nobody finds out which calls there are."""
    walk = Walk(centre, app, role)
    for name in CASES:
        for step in walk.steps(name):
            if walk.wanted(step).status == 404 and step.method != "SOCKET":
                told, unknown = (
                    walk.client.request(step.method, path, json=step.case.body).text.replace(target, "")
                    for target, path in ((step.target, step.path), ("none", step.path.replace(step.target, "none")))
                )
                assert told == unknown


@pytest.mark.parametrize("agent_id", ["7", None])
def test_a_headset_is_its_agents_alone(app: FastAPI, centre: Centre, agent_id: str | None) -> None:
    headers = centre.page("wang", team="a", agent_id=agent_id)
    client = TestClient(app, base_url=ADDRESS, headers=headers)
    at_desk = [name for name in CASES if "/headset" in name or name == "POST /api/calls"]
    assert len(at_desk) == 4
    for name in at_desk:
        method, path = name.split(" ")
        answer = client.request(method, path, json=CASES[name].body)
        assert (answer.status_code, answer.json()["detail"]) == (403, "this headset is another agent's")
    actor = centre.person("wang").id
    assert {(row.actor, row.action, row.object, row.outcome) for row in centre.audit.rows()} == {
        (actor, CASES[name].action, None, "refused") for name in at_desk
    }
