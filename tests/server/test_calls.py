"""A call's edges over HTTP, and who may use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.errors import SettingsError
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.prompts import PromptTold
from tests.server.conftest import ADDRESS, AGENT, Centre

NO_TOKEN = {"authorization": ""}


@pytest.fixture
def far(centre: Centre) -> Iterator[TestClient]:
    """A telephone system on another machine."""
    with TestClient(centre.app, base_url=ADDRESS, client=("192.0.2.7", 5000), headers=centre.bearer()) as client:
        yield client


def test_without_a_headset(far: TestClient) -> None:
    assert far.get("/api/headset").status_code == 204
    answer = far.post("/api/calls")
    assert answer.status_code == 409
    assert "callcoach live" in answer.json()["detail"]


def test_two_quick_changes_of_facts_both_hold(far: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    assert far.put("/api/calls/a/facts", json={"company": "华信"}).status_code == 202
    merged = far.put("/api/calls/latest/facts", json={"team": "b"}).json()
    assert (merged["agent_name"], merged["company"], merged["team"]) == ("小林", "华信", "b")
    session = centre.calls["a"].session
    assert far.put("/api/calls/a/facts", json={"customer_name": "王"}).json()["team"] == "b"
    (note,) = session.take()
    told = CallFacts(agent_id=AGENT, agent_name="小林", company="华信", team="b", customer_name="王")
    assert note == FactsNoted(0, told, centre.machine())
    assert session.mailbox.put_facts({"team": "c"}).company == "华信"
    call.feed([note])  # what was told before must not undo what was put since
    assert session.mailbox.put_facts({}).team == "c"


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"colour": "red"}, "there is no fact 'colour'"), ({"team": 7}, "team is 7; it must be a valid string")],
)
def test_wrong_facts_are_one_line(far: TestClient, centre: Centre, facts: dict[str, object], said: str) -> None:
    centre.call("a")
    answer = far.put("/api/calls/a/facts", json=facts)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_an_announcement_and_its_end_wait_for_the_next_slice(far: TestClient, centre: Centre) -> None:
    centre.call("a")
    for body in (
        {"name": "queue-busy", "duration_ms": 8_000},
        {"name": "music", "duration_ms": None},
        {"playing": False},
    ):
        answer = far.post("/api/calls/latest/announcement", json=body)
        assert (answer.status_code, answer.json()) == (202, {"call_id": "a"})
    session = centre.calls["a"].session
    told = (
        PromptTold("queue-busy", 8_000, actor=centre.machine()),
        PromptTold("music", actor=centre.machine()),
        PromptTold("", playing=False, actor=centre.machine()),
    )
    assert session.take() == told


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "name is None; it must be the recording's name"),
        ({"name": 7}, "name is 7; it must be the recording's name"),
        ({"name": " "}, "name is ' '; it must be the recording's name"),
        ({"name": "a", "duration_ms": "8000"}, "duration_ms is '8000'; it must be whole milliseconds"),
        ({"name": "a", "duration_ms": True}, "duration_ms is True; it must be whole milliseconds"),
        ({"name": "a", "duration_ms": 0}, "duration_ms is 0; it must be whole milliseconds"),
        ({"playing": "no"}, "playing is 'no'; it must be true or false"),
        ({"name": "a", "length": 8}, "there is no 'length' in an announcement; known: name, duration_ms, playing"),
    ],
)
def test_a_wrong_announcement_is_one_line(far: TestClient, centre: Centre, body: dict[str, object], said: str) -> None:
    centre.call("a")
    answer = far.post("/api/calls/a/announcement", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    session = centre.calls["a"].session
    assert session.take() == ()


def test_an_announcement_needs_the_token_and_a_running_call(far: TestClient, centre: Centre) -> None:
    centre.finished_call("over", [])
    body = {"name": "queue-busy"}
    assert far.post("/api/calls/over/announcement", json=body, headers=NO_TOKEN).status_code == 401
    assert far.post("/api/calls/over/announcement", json=body).status_code == 409
    assert far.post("/api/calls/nobody/announcement", json=body).status_code == 404


def test_ended_unknown_and_foreign_calls(far: TestClient, centre: Centre) -> None:
    centre.finished_call("over", [])
    centre.call("demo")
    assert far.post("/api/calls/over/end").json() == {"call_id": "over"}
    assert far.put("/api/calls/over/facts").status_code == 409
    assert far.post("/api/calls/nobody/end").status_code == 404
    assert far.post("/api/calls/demo/end").status_code == 409
    assert far.get("/api/calls/over/audio").status_code == 404


def test_the_token_of_an_earlier_version_goes_on_until_it_is_revoked(centre: Centre, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-before\n", encoding="utf-8")
    telephone = {"authorization": "Bearer a-token-of-before"}
    client = TestClient(centre.app, base_url=ADDRESS)
    assert client.get("/api/calls", headers=telephone).status_code == 401
    for _ in range(2):  # at each start
        centre.registry.keep_former_token(tmp_path, "")
    assert client.get("/api/calls", headers=telephone).status_code == 200
    centre.registry.tokens.revoke("telephone")
    centre.registry.keep_former_token(tmp_path, "")
    assert client.get("/api/calls", headers=telephone).status_code == 401
    centre.registry.keep_former_token(tmp_path, "another-token-of-the-settings")
    answer = client.get("/api/calls", headers={"authorization": "Bearer another-token-of-the-settings"})
    assert answer.status_code == 200
    ids = [token.person.id for token in centre.registry.tokens.tokens()]
    noted = [(row.action, row.object) for row in reversed(centre.audit.rows()) if row.outcome == "done"]
    assert noted == [("token.add", ids[0]), ("token.add", ids[1])]
    with pytest.raises(SettingsError, match=r"server\.token has 3 characters"):
        centre.registry.keep_former_token(tmp_path, "abc")


def test_without_an_old_token_none_is_made(centre: Centre, tmp_path: Path) -> None:
    centre.registry.keep_former_token(tmp_path, "")
    assert centre.registry.tokens.tokens() == []
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize("fact", [{"agent_id": "2"}, {"team": "b"}, {"agent_id": None}])
def test_nobody_makes_a_call_anothers(centre: Centre, client: TestClient, fact: dict[str, object]) -> None:
    centre.call("a")
    assert client.put("/api/calls/a/facts", json=fact).status_code == 403
    refused = [row for row in centre.audit.rows() if row.outcome == "refused"]
    assert [(row.actor, row.action, row.object) for row in refused] == [(centre.person().id, "call.control", "a")]
    assert client.put("/api/calls/a/facts", json={"agent_id": AGENT, "team": None}).status_code == 202
