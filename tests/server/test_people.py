"""The routes of people: what each role may do, what is answered, and the row of the audit that each change leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.errors import StoreError
from pipeline.people.directory import MOST_ASSIGNED, UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.names import LONGEST
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.team_settings import ACTED_ON
from pipeline.store.audit import SqlAuditLog
from tests.server.people import ADDRESS, PASSWORD, PEOPLE, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def admin(house: House) -> Iterator[TestClient]:
    with house.as_("zheng") as client:
        yield client


def test_a_person_is_added_changed_and_removed(house: House, admin: TestClient) -> None:
    told = {"login": "Chen", "name": "陈晓东", "role": "agent", "team": "b", "agent_id": "1044"}
    answer = admin.post("/api/users", json=told)
    user = answer.json()
    assert (answer.status_code, user["login"], user["has_password"], user["wait_s"]) == (201, "chen", False, 0)
    changed = admin.patch(f"/api/users/{user['id']}", json={"team": "a", "name": "陈东"}).json()
    assert (changed["team"], changed["name"], changed["agent_id"]) == ("a", "陈东", "1044")
    link = admin.post(f"/api/users/{user['id']}/link")
    assert link.status_code == 201
    assert link.json()["link"].startswith(f"{ADDRESS}/login#")
    secret = link.json()["link"].partition("#")[2]
    assert house.accounts.look(secret).purpose == LinkPurpose.INVITE
    assert "chen" in {one["login"] for one in admin.get("/api/users").json()}
    assert admin.delete(f"/api/users/{user['id']}").status_code == 204
    files = b"".join(file.read_bytes() for file in house.store.database.path.parent.iterdir() if file.is_file())
    assert not any(name.encode() in files for name in ("陈晓东", "陈东"))  # nor in the database's log
    assert admin.delete(f"/api/users/{user['id']}").status_code == 404
    actor = house.user("zheng").id
    assert house.noted() == [
        (actor, f"{what}", user["id"], "done") for what in ("user.add", "user.change", "link.make", "user.remove")
    ]
    details = json.loads(house.audit.rows()[2].details)
    assert details == {"before": {"team": "b"}, "after": {"team": "a"}, "renamed": True}


def test_a_removed_persons_name_is_nowhere_in_the_audit(house: House, admin: TestClient) -> None:
    user = admin.post("/api/users", json={"login": "chen", "name": "陈晓东", "role": "qa", "assigned": ["*"]}).json()
    admin.patch(f"/api/users/{user['id']}", json={"name": "陈小东", "login": "chenxd"})
    admin.delete(f"/api/users/{user['id']}")
    told = json.dumps(admin.get("/api/audit").json(), ensure_ascii=False)
    assert user["id"] in told
    assert not any(name in told for name in ("chen", "陈"))


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({}, 422), ({"login": "new", "name": "N"}, 422), ({"login": "new", "name": "N", "role": "king"}, 422),
        ({"login": "lin", "name": "N", "role": "agent"}, 409),
        ({"login": "new", "name": "N", "role": "qa", "x": 1}, 422),
        ({"login": "new", "name": "N", "role": "agent", "team": "none"}, 422),
        ({"login": "new", "name": "N", "role": "qa", "assigned": "a"}, 422),
        ({"login": "new", "name": "N", "role": "qa", "is_disabled": "no"}, 422),
        ({"login": 7, "name": "N", "role": "qa"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_no_row(
    house: House, admin: TestClient, told: dict[str, Any], status: int
) -> None:
    answer = admin.post("/api/users", json=told)
    assert (answer.status_code, set(answer.json()) - {"reason"}) == (status, {"detail"})
    assert house.noted() == []


def test_somebody_in_qa_may_have_many_teams(house: House, admin: TestClient) -> None:
    """Their row of the audit has all of them twice, with the longest ids and each character escaped."""
    for number in range(MOST_ASSIGNED + 1):
        house.directory.add_team(f"{number:03}" + '"' * (LONGEST - 3))
    teams = [team.id for team in house.directory.teams() if len(team.id) == LONGEST]
    told = {"login": "new", "name": "N", "role": "qa", "assigned": teams[1:]}
    user = admin.post("/api/users", json=told).json()
    changed = admin.patch(f"/api/users/{user['id']}", json={"assigned": teams[:-1]})
    assert (changed.status_code, len(changed.json()["assigned"])) == (200, MOST_ASSIGNED)
    assert admin.patch(f"/api/users/{user['id']}", json={"assigned": teams}).status_code == 422


def test_a_change_that_waited_behind_the_end_of_its_asker_is_not_made(house: House, admin: TestClient) -> None:
    """It was let in, and then waited for the database: behind the one that disabled whoever asks."""
    house.accounts.set_password(house.directory.add(UserFields("yuan", "Yuan", Role.ADMIN)).id, PASSWORD)
    answers = []
    with ThreadPoolExecutor() as threads, house.store.database.together():
        told = {"login": "later", "name": "Later", "role": "admin"}
        waiting = threads.submit(lambda: answers.append(admin.post("/api/users", json=told).status_code))
        assert not wait([waiting], 0.5).done
        house.directory.change(house.user("zheng").id, {"is_disabled": True})
    assert answers == [401]
    assert house.directory.user_named("later") is None


def test_the_last_administrator_stays(house: House, admin: TestClient) -> None:
    mine = house.user("zheng").id
    for answer in (admin.delete(f"/api/users/{mine}"), admin.patch(f"/api/users/{mine}", json={"role": "qa"})):
        assert (answer.status_code, answer.json()["reason"]) == (409, "last_admin")
    assert house.noted() == []


def test_a_list_is_taken_over_whole_or_not_at_all(house: House, admin: TestClient) -> None:
    refused = admin.post("/api/users/import", json={"csv": "姓名,登录名,角色\n甲,jia,坐席\n乙,yi,国王\n"}).json()
    assert (refused["added"], refused["changed"], refused["refused"][0]["line"]) == (0, 0, 3)
    assert house.noted() == []
    done = admin.post("/api/users/import", json={"csv": "姓名,登录名,角色,班组\n甲,jia,坐席,C 组\n林,lin,坐席,A 组\n"})
    assert done.json() == {"added": 1, "changed": 1, "refused": []}
    assert [action for _, action, _, _ in house.noted()] == ["team.add", "user.add", "user.change"]


def test_a_change_that_cannot_be_noted_is_not_made(
    house: House, admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise StoreError("the disk is full", "full")

    admin.get("/api/users")
    monkeypatch.setattr(SqlAuditLog, "add", refuses)
    told = {"login": "chen", "name": "陈", "role": "qa"}
    assert admin.post("/api/users", json=told).status_code == 503
    assert admin.delete(f"/api/users/{house.user('lin').id}").status_code == 503
    assert admin.post("/api/tokens", json={"name": "CTI", "role": "telephone"}).status_code == 503
    assert {user.login for user in house.directory.users()} == set(PEOPLE)
    assert house.tokens.tokens() == []


def test_a_wait_is_seen_and_ended(house: House, admin: TestClient) -> None:
    lin = house.user("lin")
    for _ in range(5):
        with pytest.raises(Exception, match="wrong"):
            house.accounts.sign_in("lin", "wrong", Origin("10.0.0.9"))
    waits = {one["login"]: one["wait_s"] for one in admin.get("/api/users").json()}
    assert waits["lin"] > 0
    assert waits["zhao"] == 0
    assert admin.post(f"/api/users/{lin.id}/release").status_code == 204
    assert house.accounts.wait_s(lin) == 0
    assert house.noted() == [(house.user("zheng").id, "session.release", lin.id, "done")]


def test_teams_are_added_renamed_and_removed(house: House, admin: TestClient) -> None:
    assert admin.post("/api/teams", json={"name": "C 组", "id": "c"}).json() == {"id": "c", "name": "C 组"}
    assert admin.patch("/api/teams/c", json={"name": "夜班"}).json() == {"id": "c", "name": "夜班"}
    assert {one["id"] for one in admin.get("/api/teams").json()} == {"a", "b", "c"}
    assert admin.post("/api/teams", json={"name": "夜班"}).status_code == 409
    assert admin.delete("/api/teams/a").status_code == 409  # somebody is in it
    assert admin.delete("/api/teams/c").status_code == 204
    assert admin.patch("/api/teams/c", json={"name": "x"}).status_code == 404
    assert [action for _, action, _, _ in house.noted()] == ["team.add", "team.change", "team.remove"]


def test_settings_of_a_team_have_versions(house: House, admin: TestClient) -> None:
    before = admin.get("/api/teams/a/settings").json()
    assert (before["current"]["version"], before["versions"], before["acted_on"]) == (0, [], sorted(ACTED_ON))
    told = {
        "expected_version": 0,
        "reason": "会议纪要",
        "settings": {**before["current"]["settings"], "consent": "never"},
    }
    after = admin.put("/api/teams/a/settings", json=told)
    assert (after.status_code, after.json()["version"], after.json()["reason"]) == (200, 1, "会议纪要")
    late = admin.put("/api/teams/a/settings", json={**told, "settings": {"consent": "always"}})
    assert late.status_code == 409
    assert admin.get("/api/teams/a/settings").json()["current"] == after.json()
    for wrong in (
        {}, {**told, "expected_version": "1"}, {**told, "expected_version": 1, "settings": []},
        {**told, "expected_version": 1, "settings": {"consent": "perhaps"}},
        {**told, "expected_version": 1, "settings": {"masking": False}, "reason": ""},
    ):  # fmt: skip
        assert admin.put("/api/teams/a/settings", json=wrong).status_code == 422
    assert admin.get("/api/teams/none/settings").status_code == 404
    assert admin.put("/api/teams/none/settings", json=told).status_code == 404
    assert [action for _, action, _, _ in house.noted()] == ["team_settings.change"]


def test_a_lead_sees_the_settings_of_the_own_team_alone(house: House) -> None:
    with house.as_("wang") as lead:
        assert lead.get("/api/teams/a/settings").status_code == 200
        other, none = lead.get("/api/teams/b/settings"), lead.get("/api/teams/none/settings")
        assert (other.status_code, none.status_code) == (404, 404)
        assert other.json()["detail"].replace("'b'", "'none'") == none.json()["detail"]
    assert (house.user("wang").id, "team_settings.read", "b", "refused") in house.noted()


def test_a_token_is_shown_once_and_revoked_at_once(house: House, admin: TestClient) -> None:
    made = admin.post("/api/tokens", json={"name": "CTI 弹屏", "role": "telephone"})
    secret = made.json()["token"]
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert secret.startswith("cc_telephone_")
    assert secret not in admin.get("/api/tokens").text + admin.get("/api/audit").text
    assert admin.post("/api/tokens", json={"name": "CTI 弹屏", "role": "records"}).status_code == 409
    assert admin.post("/api/tokens", json={"name": "x", "role": "admin"}).status_code == 422
    machine = {"authorization": f"Bearer {secret}"}
    with TestClient(house.app, base_url=ADDRESS, headers=machine) as client:
        assert client.get("/api/users").status_code == 403
        assert admin.delete(f"/api/tokens/{made.json()['id']}").status_code == 204
        assert client.get("/api/users").status_code == 401
    assert admin.delete(f"/api/tokens/{made.json()['id']}").status_code == 404
    (token,) = admin.get("/api/tokens").json()
    assert token["revoked_at"] is not None


def test_the_table_of_permissions_is_told(house: House) -> None:
    with house.as_("lin") as client:
        told = client.get("/api/permissions").json()
    assert set(told) == {*Role, *MachineRole}
    assert told["agent"]["call.read"] == "own"
    assert "call.read" not in told["admin"]


def test_rows_of_the_audit_are_filtered_counted_and_verified(house: House, admin: TestClient) -> None:
    for name in ("C", "D", "E"):
        admin.post("/api/teams", json={"name": name})
    page = admin.get("/api/audit", params={"action": "team.add", "limit": 2}).json()
    assert [row["object"] for row in page["rows"]] == ["E", "D"]
    assert page["counts"] == [{"action": "team.add", "outcome": "done", "rows": 3}]
    rest = admin.get("/api/audit", params={"action": "team.add", "before": page["rows"][-1]["number"]}).json()
    assert [row["object"] for row in rest["rows"]] == ["C"]
    assert admin.get("/api/audit", params={"from": 9e9}).json()["rows"] == []
    assert {row["action"] for row in admin.get("/api/audit").json()["rows"]} == {"team.add", "audit.read"}
    for wrong in ({"limit": 0}, {"before": "x"}, {"from": "nan"}, {"outcome": "perhaps"}, {"actor": "x" * 201}):
        assert admin.get("/api/audit", params=wrong).status_code == 422, wrong
    state = admin.get("/api/audit/state").json()
    assert (state["rows"], state["broken"]) == (4, None)


def test_a_broken_chain_is_told(house: House, admin: TestClient) -> None:
    for name in ("C", "D", "E"):
        admin.post("/api/teams", json={"name": name})
    with house.store.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_refuses_update")
        connection.exec_driver_sql("UPDATE audit SET object = 'F', details = 'no JSON' WHERE number = 2")
    assert admin.get("/api/audit/state").json()["broken"] == {"number": 2, "what": "changed"}
    assert admin.get("/api/audit", params={"object": "F"}).json()["rows"][0]["details"] == {}
