"""Lists, `latest`, own data, who opened, counts and the floor: what may be opened, and nothing of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts, FactsNoted
from pipeline.people.permissions import Action, MachineRole, Role
from pipeline.people.person import EVERY_TEAM
from tests.server.conftest import ADDRESS, AGENT, Centre
from tests.server.office import CALLS, PEOPLE, ROLES, headers_of, office_of
from tests.server.test_outage import refuse

NEWEST_FIRST = list(reversed(CALLS))
LISTS: dict[Role | MachineRole, list[str]] = {
    Role.AGENT: ["own"], Role.LEAD: ["team", "own"], Role.QA: ["assigned"], Role.ADMIN: [],
    MachineRole.TELEPHONE: NEWEST_FIRST, MachineRole.RECORDS: NEWEST_FIRST, MachineRole.METRICS: [],
    MachineRole.DESK: [], MachineRole.LOAD: [],
}  # fmt: skip
ODD: dict[str, tuple[Role, dict[str, Any], list[str]]] = {
    "QA of all teams": (Role.QA, {"assigned": (EVERY_TEAM,)}, NEWEST_FIRST),
    "QA of no team": (Role.QA, {}, []),
    "a lead without a team": (Role.LEAD, {}, []),
    "an agent without an agent id": (Role.AGENT, {"team": "a"}, []),
    "an agent with nobody's agent id": (Role.AGENT, {"team": "a", "agent_id": "9"}, []),
}
NOT_AT_ALL = {Role.ADMIN, MachineRole.METRICS, MachineRole.DESK, MachineRole.LOAD}  # 403, and not an empty list


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def assert_sees(client: TestClient, wanted: list[str], last: int = len(CALLS) + 1) -> None:
    """By every way that leads to calls: one list, pages of it, the latest, each by its id."""
    assert [one["call_id"] for one in client.get("/api/calls").json()] == wanted
    for offset in range(last):
        page = client.get("/api/calls", params={"limit": 2, "offset": offset}).json()
        assert [one["call_id"] for one in page] == wanted[offset : offset + 2]
    latest = client.get("/api/calls/latest")
    assert (latest.json()["call_id"] if latest.status_code == 200 else None) == next(iter(wanted), None)
    assert client.get("/api/calls/latest/records").status_code == (200 if wanted else 404)
    for call_id in CALLS:
        for path in ("records", "audio"):
            answer = client.get(f"/api/calls/{call_id}/{path}")
            assert answer.status_code == (200 if call_id in wanted else 404), (call_id, path)


def test_each_role_has_its_lists() -> None:
    assert set(LISTS) == set(ROLES)


@pytest.mark.parametrize("role", LISTS)
def test_lists_and_the_latest_are_of_what_may_be_opened(app: FastAPI, centre: Centre, role: Role | MachineRole) -> None:
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))
    if role in NOT_AT_ALL:
        paths = ("/api/calls", "/api/calls/latest", "/api/calls/latest/records", "/api/calls/own/records")
        assert {client.get(path).status_code for path in paths} == {403}
    else:
        assert_sees(client, LISTS[role])


@pytest.mark.parametrize("who", ODD)
def test_who_has_all_teams_sees_all_and_who_has_none_sees_nothing(app: FastAPI, centre: Centre, who: str) -> None:
    role, fields, wanted = ODD[who]
    assert_sees(TestClient(app, base_url=ADDRESS, headers=centre.page("somebody", role, **fields)), wanted)


def test_a_call_of_which_nothing_is_kept_yet_is_in_no_list_of_others(
    app: FastAPI, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(centre, monkeypatch)
    centre.call("kept nowhere", CALLS["other"])
    for role, seen in LISTS.items():
        if role not in NOT_AT_ALL:
            client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))
            wanted = ["kept nowhere", *seen] if role in MachineRole else seen
            assert [one["call_id"] for one in client.get("/api/calls").json()] == wanted
            assert client.get("/api/calls/latest").json()["call_id"] == wanted[0]
            is_found = client.get("/api/calls/kept nowhere/records").status_code == 200
            assert is_found == (role in MachineRole)


@pytest.mark.parametrize("role", [Role.AGENT, Role.LEAD, Role.QA, Role.ADMIN])
def test_own_data_and_who_opened_are_of_own_calls_alone(app: FastAPI, centre: Centre, role: Role) -> None:
    everything = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, MachineRole.RECORDS))
    for call_id in CALLS:
        everything.get(f"/api/calls/{call_id}/records")
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))
    own = ["own"] if role == Role.AGENT else []
    assert [one["call_id"] for one in client.get("/api/me/opened").json()] == own
    data = client.get("/api/me/data").json()
    assert [one["call_id"] for one in data["calls"]] == own
    assert [one["call_id"] for one in data["who_opened_the_calls"]] == own
    assert [row["object"] for row in data["audit"]] == [centre.person(PEOPLE[role][0]).id]


@pytest.mark.parametrize("role", [one for one in ROLES if one != Role.ADMIN])
def test_rows_and_counts_of_the_audit_are_an_administrators(
    app: FastAPI, centre: Centre, role: Role | MachineRole
) -> None:
    client = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role))
    for query in ("", "?limit=1", "?before=2", "?object=other", "/state"):
        answer = client.get(f"/api/audit{query}")
        assert (answer.status_code, list(answer.json())) == (403, ["detail"])


def test_whose_a_call_is_goes_by_the_newest_of_its_facts(app: FastAPI, centre: Centre) -> None:
    call = centre.call("handed on", CallFacts(agent_id=AGENT, team="a"))
    agent, lead = (
        TestClient(app, base_url=ADDRESS, headers=headers_of(centre, role)) for role in (Role.AGENT, Role.LEAD)
    )
    path = "/api/calls/handed on/records"
    assert (agent.get(path).status_code, lead.get(path).status_code) == (200, 200)
    call.feed([FactsNoted(20, CallFacts(agent_id="4", team="a"))])
    assert (agent.get(path).status_code, lead.get(path).status_code) == (404, 200)
    call.feed([FactsNoted(40, CallFacts())])
    assert (agent.get(path).status_code, lead.get(path).status_code) == (404, 404)
    refused = [row.action for row in centre.audit.rows() if row.object == "handed on" and row.outcome == "refused"]
    assert refused == [Action.CALL_READ] * 2
