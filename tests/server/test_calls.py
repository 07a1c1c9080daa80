"""A call's edges over HTTP, and who may use them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.errors import SettingsError
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.prompts import PromptTold
from pipeline.server.app import Edges, create_app
from pipeline.server.tokens import read_cookie_key, read_token
from pipeline.server.writers import Writers
from tests.server.conftest import ADDRESS, Centre

TOKEN = "a-token-of-the-test"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def far(centre: Centre) -> Iterator[TestClient]:
    """A telephone system on another machine."""
    app = create_app(centre.store, centre.hub, centre.running, dist=centre.dist, edges=Edges(writers=Writers(TOKEN)))
    with TestClient(app, base_url=ADDRESS, client=("192.0.2.7", 5000)) as client:
        yield client


def test_without_a_headset(far: TestClient) -> None:
    assert far.get("/api/headset").status_code == 404
    answer = far.post("/api/calls", headers=BEARER)
    assert answer.status_code == 409
    assert "callcoach live" in answer.json()["detail"]


def test_two_quick_changes_of_facts_both_hold(far: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    assert far.put("/api/calls/a/facts", json={"company": "华信"}, headers=BEARER).status_code == 202
    merged = far.put("/api/calls/latest/facts", json={"team": "b"}, headers=BEARER).json()
    assert (merged["agent_name"], merged["company"], merged["team"]) == ("小林", "华信", "b")
    session = centre.calls["a"].session
    assert far.put("/api/calls/a/facts", json={"customer_name": "王"}, headers=BEARER).json()["team"] == "b"
    (note,) = session.take()
    assert note == FactsNoted(0, CallFacts(agent_name="小林", company="华信", team="b", customer_name="王"), "token")
    assert session.mailbox.put_facts({"team": "c"}).company == "华信"
    call.feed([note])  # what was told before must not undo what was put since
    assert session.mailbox.put_facts({}).team == "c"


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"colour": "red"}, "there is no fact 'colour'"), ({"team": 7}, "team is 7; it must be a valid string")],
)
def test_wrong_facts_are_one_line(far: TestClient, centre: Centre, facts: dict[str, object], said: str) -> None:
    centre.call("a")
    answer = far.put("/api/calls/a/facts", json=facts, headers=BEARER)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_an_announcement_and_its_end_wait_for_the_next_slice(far: TestClient, centre: Centre) -> None:
    centre.call("a")
    for body in (
        {"name": "queue-busy", "duration_ms": 8_000},
        {"name": "music", "duration_ms": None},
        {"playing": False},
    ):
        answer = far.post("/api/calls/latest/announcement", json=body, headers=BEARER)
        assert (answer.status_code, answer.json()) == (202, {"call_id": "a"})
    session = centre.calls["a"].session
    told = (
        PromptTold("queue-busy", 8_000, actor="token"),
        PromptTold("music", actor="token"),
        PromptTold("", playing=False, actor="token"),
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
    answer = far.post("/api/calls/a/announcement", json=body, headers=BEARER)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    session = centre.calls["a"].session
    assert session.take() == ()


def test_an_announcement_needs_the_token_and_a_running_call(far: TestClient, centre: Centre) -> None:
    centre.finished_call("over", [])
    body = {"name": "queue-busy"}
    assert far.post("/api/calls/over/announcement", json=body).status_code == 401
    assert far.post("/api/calls/over/announcement", json=body, headers=BEARER).status_code == 409
    assert far.post("/api/calls/nobody/announcement", json=body, headers=BEARER).status_code == 404


def test_ended_unknown_and_foreign_calls(far: TestClient, centre: Centre) -> None:
    centre.finished_call("over", [])
    centre.call("demo")
    assert far.post("/api/calls/over/end", headers=BEARER).json() == {"call_id": "over"}
    assert far.put("/api/calls/over/facts", headers=BEARER).status_code == 409
    assert far.post("/api/calls/nobody/end", headers=BEARER).status_code == 404
    assert far.post("/api/calls/demo/end", headers=BEARER).status_code == 409
    assert far.get("/api/calls/over/audio").status_code == 404


def test_the_token_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    token = read_token(tmp_path, None)
    assert read_token(tmp_path, "") == token
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    key = read_cookie_key(tmp_path)
    assert read_cookie_key(tmp_path) == key != token
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cookie-key", "token"]
    assert read_token(tmp_path, "x" * 16) == "x" * 16
    with pytest.raises(SettingsError, match="server.token has 3 characters"):
        read_token(tmp_path, "abc")
