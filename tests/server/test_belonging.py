"""Whose calls are after people and teams have come and gone, and two servers in one browser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from pipeline.server.app import Site, create_app
from tests.server.conftest import Centre
from tests.server.office import CALLS, PEOPLE as OFFICE, office_of
from tests.server.people import ADDRESS, House, call_of


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Lin (1027, team a) and Zhao (1031, team b) have a call each."""
    house = House(tmp_path)
    call_of(house, "lin's", "1027", "a")
    call_of(house, "zhao's", "1031", "b")
    return house


def ended(house: House, how: str) -> None:
    """The agent id 1027 is nobody's now."""
    lin = house.user("lin").id
    match how:
        case "removed":
            house.directory.remove(lin)
        case "another number":
            house.directory.change(lin, {"agent_id": "1099"})
        case "another role":
            house.directory.change(lin, {"role": Role.QA})


NEW = {"login": "chen", "name": "陈", "role": "agent", "team": "a", "agent_id": "1027"}
WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a new person": ("POST", "/api/users", NEW),
    "another agent": ("PATCH", "/api/users/{zhao}", {"agent_id": "1027"}),
    "somebody who becomes an agent": ("PATCH", "/api/users/{xu}", {"role": "agent", "agent_id": " 1027 "}),
    "a list with a new person": ("POST", "/api/users/import", {"csv": "姓名,登录名,角色,工号\n陈,chen,坐席,1027\n"}),
    "a list with another agent": ("POST", "/api/users/import", {"csv": "姓名,登录名,角色,工号\n赵,zhao,坐席,1027\n"}),
}


@pytest.mark.parametrize("how", ["removed", "another number", "another role"])
@pytest.mark.parametrize("way", WAYS)
def test_an_agent_id_with_calls_goes_to_nobody_else_by_any_way(house: House, how: str, way: str) -> None:
    ended(house, how)
    method, path, told = WAYS[way]
    with house.as_("zheng") as admin:
        before = house.directory.users()
        path = path.format(zhao=house.user("zhao").id, xu=house.user("xu").id)
        answer = admin.request(method, path, json=told)
    reason = answer.json()["refused"][0]["reason"] if path.endswith("import") else answer.json()["detail"]
    assert (answer.status_code, "calls would be shown" in reason) == (200 if path.endswith("import") else 409, True)
    assert house.directory.users() == before
    assert [row for row in house.noted() if row[3] == "done"] == []


def test_the_login_of_somebody_removed_is_free_and_the_agent_id_is_not(house: House) -> None:
    ended(house, "removed")
    with house.as_("zheng") as admin:
        assert admin.post("/api/users", json={**NEW, "login": "lin"}).status_code == 409
        assert admin.post("/api/users", json={**NEW, "login": "lin", "agent_id": "1028"}).status_code == 201


def test_a_list_that_exchanges_agent_ids_is_refused_whole(house: House) -> None:
    lines = "林,lin,坐席,\n赵,zhao,坐席,1027\n林,lin2,坐席,1031\n"
    with house.as_("zheng") as admin:
        done = admin.post("/api/users/import", json={"csv": f"姓名,登录名,角色,工号\n{lines}"}).json()
    assert [one["line"] for one in done["refused"]] == [3, 4]
    assert (house.user("lin").agent_id, house.user("zhao").agent_id) == ("1027", "1031")


def test_an_agent_id_comes_back_to_whom_it_was(house: House) -> None:
    ended(house, "another number")
    with house.as_("zheng") as admin:
        lin = house.user("lin").id
        assert admin.patch(f"/api/users/{lin}", json={"agent_id": "1027"}).status_code == 200


def test_calls_of_somebody_removed_are_the_teams_and_no_agents(centre: Centre) -> None:
    app = office_of(centre)
    agent, lead = (centre.page(OFFICE[role][0], role, **OFFICE[role][1]) for role in (Role.AGENT, Role.LEAD))
    centre.registry.directory.remove(centre.person().id)
    assert TestClient(app, base_url=ADDRESS, headers=agent).get("/api/calls").status_code == 401
    calls = TestClient(app, base_url=ADDRESS, headers=lead).get("/api/calls").json()
    assert [(one["call_id"], one["facts"]["agent_id"], one["facts"]["agent_name"]) for one in calls] == [
        ("team", "2", None), ("own", CALLS["own"].agent_id, None),
    ]  # fmt: skip
    again = centre.page("lin-2", team="a", agent_id="1043")
    assert TestClient(app, base_url=ADDRESS, headers=again).get("/api/calls").json() == []


def test_a_team_that_somebody_is_in_stays_and_qa_loses_one_that_goes(house: House) -> None:
    with house.as_("zheng") as admin:
        assert admin.delete("/api/teams/a").status_code == 409
        for login in ("lin", "wang"):
            assert admin.patch(f"/api/users/{house.user(login).id}", json={"team": None}).status_code == 200
        assert admin.delete("/api/teams/a").status_code == 204
        assert house.user("xu").assigned == ()
        assert admin.post("/api/teams", json={"name": "A 组", "id": "a"}).status_code == 201
    assert (house.user("xu").assigned, house.user("wang").team) == ((), None)  # made anew it has nobody of before
    with house.as_("wang") as lead:
        assert lead.get("/api/teams/a/settings").status_code == 404


def server(folder: Path, port: int) -> tuple[Centre, TestClient]:
    folder.mkdir()
    centre = Centre(folder)
    site = Site(centre.dist, port=port)
    app = create_app(centre.store, centre.hub, centre.running, centre.registry, site)
    return centre, TestClient(app, base_url=f"http://127.0.0.1:{port}", follow_redirects=False)


def test_two_servers_of_one_machine_do_not_sign_each_others_people_out(tmp_path: Path) -> None:
    """A browser sends the cookies of both to both, as cookies know no ports."""
    people = {"lin": server(tmp_path / "one", 8000), "zhao": server(tmp_path / "two", 8001)}
    jar: dict[str, str] = {}
    for login, (centre, client) in people.items():
        centre.registry.directory.add(UserFields(login, login, Role.AGENT))
        given = client.get("/agent", params={"key": centre.link(login)}, headers=cookies(jar)).headers["set-cookie"]
        name, _, secret = given.partition(";")[0].partition("=")
        jar[name] = secret
    assert list(jar) == ["callcoach-8000", "callcoach-8001"]
    for login, (_, client) in people.items():
        assert client.get("/api/session", headers=cookies(jar)).json()["person"]["login"] == login
    first, second = jar.values()
    exchanged = {"callcoach-8000": second, "callcoach-8001": first}
    assert {client.get("/api/calls", headers=cookies(exchanged)).status_code for _, client in people.values()} == {401}
    origin = {"origin": "http://127.0.0.1:8000"}
    assert people["lin"][1].delete("/api/session", headers=cookies(jar) | origin).status_code == 204
    assert people["lin"][1].get("/api/calls", headers=cookies(jar)).status_code == 401
    assert people["zhao"][1].get("/api/calls", headers=cookies(jar)).status_code == 200


def cookies(jar: dict[str, str]) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={secret}" for name, secret in jar.items())}


def test_two_people_at_once_see_what_is_theirs(centre: Centre) -> None:
    app = office_of(centre)
    theirs = {Role.AGENT: ["own"], Role.LEAD: ["team", "own"]}

    def seen(role: Role) -> set[tuple[str, tuple[str, ...]]]:
        login, fields = OFFICE[role]
        client = TestClient(app, base_url=ADDRESS, headers=centre.page(login, role, **fields))
        return {
            (client.get("/api/session").json()["person"]["login"],
             tuple(one["call_id"] for one in client.get("/api/calls").json()))
            for _ in range(20)
        }  # fmt: skip

    with ThreadPoolExecutor(2) as both:
        for role, found in zip(theirs, both.map(seen, theirs), strict=True):
            assert found == {(OFFICE[role][0], tuple(theirs[role]))}
