"""Calls begun and ended on a headset that a telephone system drives over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from pipeline.codec import facts_from
from pipeline.errors import CallBusy
from pipeline.events.call import CallEnded, CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.server.app import Edges
from pipeline.server.bodies import BODY_BYTES
from pipeline.session.desk import CallControl, Desk, HeadsetStatus, SideStatus
from pipeline.session.recordings import FolderRecordings
from tests.server.conftest import ADDRESS, AGENT, SCORED, Call, Centre, started, turn
from tests.server.test_real_server import serving
from tests.writing import add

STANDING = CallFacts(agent_id=AGENT, agent_name="小林", team="售后")


class FakeHeadset:
    """Call control without a device: a call is its first record, and the test says when it is over."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.begun: dict[str, CallFacts] = {}
        self.running: tuple[str, Call] | None = None
        self.is_ending = False
        self.asked_by: list[str | None] = []

    @property
    def agent_id(self) -> str | None:
        return STANDING.agent_id

    @property
    def control(self) -> CallControl:
        return self

    def latest(self) -> str | None:
        return next(reversed(self.begun), None)

    def status(self) -> HeadsetStatus:
        line = SideStatus(Channel.AGENT, "ok", "USB 耳机", "", 12.5, -31.0)
        return HeadsetStatus((line,), False, STANDING, self.running[0] if self.running else None)

    def start(self, facts: Mapping[str, Any], *, actor: str | None = None) -> str:
        self.asked_by.append(actor)
        told = facts_from(facts, STANDING, "the call's facts")
        if self.running is not None:
            raise CallBusy(self.running[0])
        call_id = f"call-{len(self.begun) + 1}"
        self.begun[call_id] = told
        self.running = call_id, self._centre.call(call_id)
        return call_id

    def end(self, call_id: str, *, actor: str | None = None) -> bool:
        self.asked_by.append(actor)
        self.is_ending = self.running is not None and self.running[0] == call_id
        return self.is_ending

    def finish(self, until: Callable[[], None] = lambda: None) -> None:
        assert self.running is not None
        call_id, outbox = self.running
        outbox.feed([CallEnded(outbox.at_ms + 20, "finished")])
        self.running = None
        until()
        self._centre.running.end(call_id)


@pytest.fixture
def headset(centre: Centre) -> FakeHeadset:
    return FakeHeadset(centre)


@pytest.fixture
def cti(centre: Centre, headset: FakeHeadset, tmp_path: Path) -> Iterator[TestClient]:
    desk: Desk = headset
    app = centre.make_app(Edges(desk, FolderRecordings(tmp_path / "recordings")))
    with TestClient(app, base_url=ADDRESS, client=("192.0.2.7", 5000), headers=centre.bearer()) as client:
        yield client


def test_a_call_from_begin_to_end(cti: TestClient, headset: FakeHeadset, centre: Centre) -> None:
    begun = cti.post("/api/calls", json={"customer_name": "王", "direction": "outbound"})
    assert (begun.status_code, begun.json()) == (201, {"call_id": "call-1"})
    assert headset.begun["call-1"] == replace(STANDING, direction="outbound", customer_name="王")
    for _ in range(2):  # repeated while it ends
        ended = cti.post("/api/calls/call-1/end")
        assert (ended.status_code, ended.json()) == (200, {"call_id": "call-1"})
        assert headset.is_ending
    assert headset.asked_by == [centre.machine()] * 3
    headset.finish()
    assert cti.post("/api/calls/call-1/end").status_code == 200
    assert cti.post("/api/calls").json() == {"call_id": "call-2"}
    assert cti.post("/api/calls/latest/end").json() == {"call_id": "call-2"}
    assert headset.is_ending


def test_a_second_call_is_told_which_one_runs(cti: TestClient) -> None:
    cti.post("/api/calls")
    busy = cti.post("/api/calls")
    assert busy.status_code == 409
    assert busy.json() == {"detail": "call call-1 is running on this headset: end it first", "call_id": "call-1"}


def test_the_end_of_an_unknown_call(cti: TestClient) -> None:
    answer = cti.post("/api/calls/nobody/end")
    assert (answer.status_code, answer.json()) == (404, {"detail": "there is no call 'nobody'"})
    assert len(cti.get(f"/api/calls/{'a' * 5_000}/records").content) < 200
    assert cti.post("/api/calls/latest/end").status_code == 404


def test_an_end_in_the_instant_in_which_it_ends(cti: TestClient, headset: FakeHeadset) -> None:
    """The call's end is told, the headset is free, and the call is still among the running ones."""
    cti.post("/api/calls")
    answers: list[int] = []
    headset.finish(lambda: answers.append(cti.post("/api/calls/call-1/end").status_code))
    assert answers == [200]


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}"])
def test_a_call_begins_without_facts(cti: TestClient, headset: FakeHeadset, body: bytes) -> None:
    assert cti.post("/api/calls", content=body).status_code == 201
    assert headset.begun["call-1"] == STANDING


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"agent=lin", 422, "the body is no JSON"),
        (b'"\xff"', 422, "the body is no JSON"),
        (b"[" * 60_000, 422, "the body is no JSON"),
        (b'{"team": "\\ud800"}', 422, "the body is no JSON"),
        (b'["team"]', 422, "must be a JSON object"),
        (b'{"team": NaN}', 422, "team is nan"),
        (b'{"colour": "red"}', 422, "there is no fact 'colour'"),
        (b'{"team": "' + b"x" * 201 + b'"}', 422, "it must be one line of at most 200 characters"),
        (b'{"team": ["' + b"x" * 9000 + b'"]}', 422, "xxx...; it must be a valid string"),
        (b'{"direction": "in"}', 422, "direction is 'in'; it must be 'inbound' or 'outbound'"),
        (b'{"team": "' + b"x" * BODY_BYTES + b'"}', 413, f"over {BODY_BYTES} bytes"),
    ],
)
def test_a_body_that_is_none_of_facts(
    cti: TestClient, headset: FakeHeadset, body: bytes, status: int, said: str
) -> None:
    answer = cti.post("/api/calls", content=body)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert not headset.begun


def test_the_headset_is_seen_by_its_agent_and_no_other(cti: TestClient, centre: Centre) -> None:
    cti.post("/api/calls")
    other = TestClient(cti.app, base_url=ADDRESS, headers=centre.page("wang", agent_id="2"))
    for path in ("/api/headset", "/api/calls"):
        asked = other.get(path) if path.endswith("headset") else other.post(path)
        assert asked.status_code == 403
    seen = cti.get("/api/headset", headers={"authorization": "", **centre.page()})
    assert seen.status_code == 200
    assert seen.json() == {
        "lines": [
            {
                "channel": "agent", "state": "ok", "device": "USB 耳机", "reason": "", "since_s": 12.5,
                "level_dbfs": -31.0,
            }
        ],
        "is_auto": False,
        "facts": asdict(STANDING),
        "call_id": "call-1",
        "by": "machine", "consent": "asked",
    }  # fmt: skip


def test_a_recording_is_fetched_whole_or_in_part(cti: TestClient, centre: Centre, tmp_path: Path) -> None:
    centre.finished_call("a", [FactsNoted(20, CallFacts(recording_consent=True)), turn(20), SCORED], engine="base")
    assert cti.get("/api/calls/a/audio").status_code == 404
    path = tmp_path / "recordings" / "a.flac"
    path.parent.mkdir()
    soundfile.write(path, np.zeros((16_000, 2), np.int16), 16_000, format="FLAC")
    whole = cti.get("/api/calls/latest/audio")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/flac")
    assert whole.content == path.read_bytes()
    part = cti.get("/api/calls/a/audio", headers={"range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, path.read_bytes()[4:12])
    assert part.headers["content-range"] == f"bytes 4-11/{path.stat().st_size}"
    assert cti.get("/api/calls/a/audio", headers={"range": "bytes=999999-"}).status_code == 416


def test_a_call_whose_name_is_no_file_name_has_no_recording(cti: TestClient, centre: Centre) -> None:
    add(centre.store, "..", [started(".."), CallEnded(0, "finished")])
    answer = cti.get("/api/calls/%2E%2E/audio")
    assert answer.status_code == 404


def ask(url: str, token: str | None, body: object) -> tuple[int, dict[str, Any]]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    asked = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_over_a_real_port(centre: Centre, headset: FakeHeadset) -> None:
    token = centre.bearer()["authorization"].removeprefix("Bearer ")
    with serving(centre.make_app(Edges(headset))) as address:
        status, answer = ask(f"{address}/api/calls", None, {})
        assert status == 401
        assert "Authorization: Bearer" in answer["detail"]
        assert ask(f"{address}/api/calls", "x" * 16, {})[0] == 401
        assert ask(f"{address}/api/calls", token, {"company": "华信"}) == (201, {"call_id": "call-1"})
        assert ask(f"{address}/api/calls", token, {}) == (
            409,
            {"detail": "call call-1 is running on this headset: end it first", "call_id": "call-1"},
        )
        assert ask(f"{address}/api/calls/call-1/end", token, {}) == (200, {"call_id": "call-1"})
    assert headset.begun["call-1"].company == "华信"


def test_a_call_that_a_person_begins_is_theirs(centre: Centre, headset: FakeHeadset) -> None:
    with TestClient(centre.make_app(Edges(headset)), base_url=ADDRESS, headers=centre.page()) as page:
        assert page.post("/api/calls", json={"agent_id": "2"}).status_code == 403
        assert page.post("/api/calls", json={"customer_name": "王"}).status_code == 201
    told = headset.begun["call-1"]
    assert (told.agent_id, told.agent_name, told.team, told.customer_name) == (AGENT, "小林", "售后", "王")
    assert headset.asked_by == [centre.person().id]


def test_what_the_desk_does_not_tell_of_its_agent_the_session_does(
    centre: Centre, headset: FakeHeadset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.server.test_control.STANDING", CallFacts(agent_id=AGENT))
    centre.registry.directory.add_team("客服热线", "hotline")
    with TestClient(centre.make_app(Edges(headset)), base_url=ADDRESS, headers=centre.page(team="hotline")) as page:
        assert page.post("/api/calls").status_code == 201
    told = headset.begun["call-1"]
    assert (told.agent_id, told.agent_name, told.team) == (AGENT, "Lin", "hotline")


def test_at_the_own_desk_the_call_stays_seen_whoever_is_said_to_speak(centre: Centre, headset: FakeHeadset) -> None:
    with TestClient(centre.make_app(Edges(headset)), base_url=ADDRESS, headers=centre.page()) as page:
        page.post("/api/calls")
        centre.calls["call-1"].feed([FactsNoted(20, CallFacts(agent_id="2"))])
        assert page.get("/api/calls/latest").json()["facts"]["agent_id"] == "2"
        assert page.get("/api/calls/call-1/records").status_code == 200
        assert page.get("/api/calls").json() == []
        headset.finish()
        page.post("/api/calls")
        assert page.get("/api/calls/call-1/records").status_code == 404
