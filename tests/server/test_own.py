"""The routes of one's own account: sessions, password, data, and who opened one's calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.events.call import CallFacts
from pipeline.people.entrance import Origin
from pipeline.people.permissions import Action, MachineRole, Role
from tests.server.conftest import AGENT, Centre
from tests.server.people import ADDRESS, ANOTHER, PASSWORD, House, call_of


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_own_sessions_are_listed_and_ended(house: House) -> None:
    here, there = house.as_("lin"), house.as_("lin")
    with here, there:
        sessions = here.get("/api/me/sessions").json()
        assert sorted(one["is_here"] for one in sessions) == [False, True]
        other = next(one["id"] for one in sessions if not one["is_here"])
        with house.as_("zhao") as stranger:
            assert stranger.delete(f"/api/me/sessions/{other}").status_code == 404
        assert here.delete(f"/api/me/sessions/{other}").status_code == 204
        assert there.get("/api/me/sessions").status_code == 401
        assert here.delete("/api/me/sessions").status_code == 204
        assert here.get("/api/me/sessions").status_code == 401
    lin = house.user("lin").id
    assert [row for row in house.noted() if row[3] == "done"] == [(lin, "session.end", lin, "done")] * 2


def test_the_own_password_is_changed(house: House) -> None:
    with house.as_("lin") as client:
        wrong = client.put("/api/me/password", json={"old": "wrong", "new": ANOTHER})
        assert (wrong.status_code, wrong.json()["tries_left"]) == (401, 4)
        assert client.put("/api/me/password", json={"old": PASSWORD, "new": "short"}).status_code == 422
        assert client.put("/api/me/password", json={"old": PASSWORD}).status_code == 422
        assert client.put("/api/me/password", json={"old": PASSWORD, "new": ANOTHER}).status_code == 204
        for _ in range(5):
            last = client.put("/api/me/password", json={"old": "wrong", "new": PASSWORD})
        assert last.status_code == 401
        slowed = client.put("/api/me/password", json={"old": ANOTHER, "new": PASSWORD})
        assert (slowed.status_code, slowed.json()["wait_s"] > 0) == (429, True)
    assert house.accounts.sign_in("lin", ANOTHER, Origin("10.0.0.1"))
    lin = house.user("lin").id
    assert house.noted()[:2] == [(lin, "password.change", lin, "refused"), (lin, "password.change", lin, "done")]
    assert house.noted()[-1] == (lin, "session.slow", lin, "refused")


def test_everybody_sees_who_opened_their_calls(house: House) -> None:
    call_of(house, "mine", "1027", "a")
    call_of(house, "anothers", "1031", "b")
    xu, lin, zhao = (house.user(login).id for login in ("xu", "lin", "zhao"))
    at = Origin("10.0.0.3")
    house.audit.note(xu, Action.CALL_READ, "mine", at)
    house.audit.note(xu, Action.CALL_READ, "anothers", at)
    house.audit.note(lin, Action.CALL_READ, "mine", at)  # the own page is no news
    house.audit.note(zhao, Action.CALL_READ, "mine", at, outcome="refused")
    with house.as_("lin") as client:
        (opening,) = client.get("/api/me/opened").json()
        assert (opening["call_id"], opening["name"], opening["action"]) == ("mine", "Xu", "call.read")
        house.directory.remove(xu)
        assert client.get("/api/me/opened").json() == [{**opening, "name": ""}]
    with house.as_("zheng") as client:
        assert client.get("/api/me/opened").json() == []


def test_a_real_opening_is_shown_to_whose_call_it_is(centre: Centre) -> None:
    centre.registry.directory.add_team("A 组", "a")
    lin, lead = centre.page(), centre.page("wang", Role.LEAD, team="a")
    qa, other = centre.page("xu", Role.QA, assigned=("a",)), centre.page("zhao", agent_id="1031")
    centre.finished_call("mine", [], CallFacts(agent_id=AGENT, team="a"))
    asked = [
        (lead, "records", 200), (lead, "records", 200), (qa, "audio", 404), (qa, "records", 200),
        *[(other, "records", 404)] * 20,
        (lin, "records", 200), (centre.bearer(MachineRole.RECORDS), "records", 200),
    ]  # fmt: skip
    with TestClient(centre.app, base_url=ADDRESS) as client:
        for who, what, status in asked:
            assert client.get(f"/api/calls/mine/{what}", headers=who).status_code == status
        openings = client.get("/api/me/opened", headers=lin).json()
        assert [(one["call_id"], one["name"], one["action"]) for one in openings] == [
            ("mine", "records 0", "call.read"), ("mine", "Xu", "call.read"), ("mine", "Wang", "call.read")
        ]  # fmt: skip
        assert client.get("/api/me/opened", headers=other).json() == []
    assert [row.actor for row in centre.audit.rows() if row.outcome == "refused"] == [centre.person("zhao").id]


def test_own_data_are_one_file_without_anybody_elses(house: House) -> None:
    call_of(house, "mine", "1027", "a", peer="13912345678")
    call_of(house, "anothers", "1031", "b")
    lin, xu = house.user("lin"), house.user("xu")
    house.audit.note(xu.id, Action.CALL_READ, "mine", Origin("10.9.9.9"))
    with house.as_("lin") as client:
        answer = client.get("/api/me/data")
        client.get("/api/me/data")
    assert answer.headers["content-disposition"] == 'attachment; filename="callcoach.json"'
    assert house.noted()[-1] == (lin.id, "data.export", lin.id, "done")
    assert [row[1] for row in house.noted()].count("data.export") == 1  # asked again and again it is the same
    data = answer.json()
    assert (data["account"]["login"], data["account"]["agent_id"]) == ("lin", "1027")
    assert [one["call_id"] for one in data["calls"]] == ["mine"]
    facts = data["calls"][0]["facts"]
    assert (facts["agent_id"], facts["team"], "peer" in facts, "customer_name" in facts) == ("1027", "a", False, False)
    assert (data["calls"][0]["duration_ms"], len(data["sessions"])) == (4_000, 1)
    assert [one["actor"] for one in data["who_opened_the_calls"]] == [xu.id]
    assert [row["action"] for row in data["audit"]] == ["data.export"]
    assert lin.id == data["audit"][0]["actor"]
    text = answer.text
    assert not any(secret in text for secret in ("13912345678", "陈女士", "10.9.9.9", "anothers", "secret", "argon2"))
