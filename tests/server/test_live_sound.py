"""A team lead hears a running call of this process; its agent and the audit are told."""

from __future__ import annotations

import json
import struct
import time
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pipeline.events.call import CallEnded, CallFacts
from pipeline.events.help import ListenEnded, ListenStarted
from pipeline.people.permissions import Role
from pipeline.server.lines import CLOSE_NOT_TEXT
from pipeline.server.live_sound import CLOSE_AWAY, CLOSE_OVER, WAITING
from tests.heard_sound import Sounding, said
from tests.server.conftest import AGENT, Centre
from tests.waiting import wait_until

WS = "ws://127.0.0.1:8000"


@pytest.fixture
def lead(centre: Centre) -> TestClient:
    team = centre.registry.directory.add_team("A").id
    return TestClient(centre.app, WS.replace("ws", "http"), headers=centre.page("wang", Role.LEAD, team=team))


@pytest.fixture
def sounding(centre: Centre, lead: TestClient) -> Sounding:
    call = centre.call("a", CallFacts(agent_id=AGENT, team=centre.person("wang").team))
    return Sounding(call.session)


def piece(socket: Any) -> tuple[float, int, np.ndarray[Any, Any]]:
    frame = socket.receive_bytes()
    taken_ms, start_ms, rate_hz = struct.unpack_from("<dII", frame)
    assert rate_hz == 16_000
    return taken_ms, start_ms, np.frombuffer(frame, "<i2", offset=16).reshape(-1, 2)


def test_it_is_heard_sample_for_sample_and_told(lead: TestClient, centre: Centre, sounding: Sounding) -> None:
    call = centre.calls["a"]
    sounding.take(7)
    with lead, lead.websocket_connect(WS + "/ws/calls/a/sound") as socket:
        wait_until(lambda: call.session.tap.is_listened_to)
        sounding.take(20)
        for start_ms in (140, 340):
            taken_ms, told_ms, pcm = piece(socket)
            assert told_ms == start_ms
            assert np.array_equal(pcm, said(start_ms, 10))
            assert abs(taken_ms - time.time() * 1000) < 60_000
        socket.send_text(json.dumps({"type": "ping", "at": 12.5}))
        pong = socket.receive_json()
        assert (pong["type"], pong["at"]) == ("pong", 12.5)
        assert isinstance(call.records[-1].event, ListenStarted)
    wait_until(lambda: not call.session.tap.is_listened_to)
    sounding.take(1)
    lead_id = centre.person("wang").id
    told = [record.event for record in call.records[1:]]
    assert told == [ListenStarted(160, "Wang", lead_id), ListenEnded(560, "Wang", lead_id)]
    rows = [row for row in centre.audit.rows() if row.object == "a"]
    assert [(row.actor, row.action) for row in rows] == [
        (lead_id, "call.listen_live_end"), (lead_id, "call.listen_live"),
    ]  # fmt: skip
    assert json.loads(rows[0].details)["seconds"] >= 0


def test_each_time_is_noted(lead: TestClient, centre: Centre, sounding: Sounding) -> None:
    call = centre.calls["a"]
    with lead:
        for _ in range(3):
            with lead.websocket_connect(WS + "/ws/calls/a/sound"):
                wait_until(lambda: call.session.tap.is_listened_to)
            wait_until(lambda: not call.session.tap.is_listened_to)
        wait_until(lambda: len([row for row in centre.audit.rows() if row.object == "a"]) == 6)


def test_a_page_that_takes_it_slowly_misses_the_oldest(lead: TestClient, centre: Centre, sounding: Sounding) -> None:
    heard: list[Any] = []
    centre.calls["a"].session.tap.listen("刘洋", "u", heard.append)
    with lead, lead.websocket_connect(WS + "/ws/calls/a/sound") as socket:
        wait_until(lambda: len(centre.calls["a"].session.tap._listeners) == 2)
        sounding.take(10 * 40)
        starts = [piece(socket)[1]]
        while starts[-1] < 39 * 200:
            starts.append(piece(socket)[1])
        assert len(heard) == 40
        assert starts == sorted(starts)
        assert starts[-WAITING:] == [200 * number for number in range(40 - WAITING, 40)]


def test_it_ends_with_the_call(lead: TestClient, centre: Centre, sounding: Sounding) -> None:
    with lead, lead.websocket_connect(WS + "/ws/calls/a/sound") as socket:
        wait_until(lambda: centre.calls["a"].session.tap.is_listened_to)
        centre.running.end("a")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
        assert closed.value.code == CLOSE_OVER
        for end, code in ((None, CLOSE_AWAY), (CallEnded(900, "finished"), CLOSE_OVER)):  # it may go on at a desk
            if end is not None:
                centre.calls["a"].feed([end])
            with (
                lead.websocket_connect(WS + "/ws/calls/a/sound") as again,
                pytest.raises(WebSocketDisconnect) as closed,
            ):
                again.receive_bytes()
            assert closed.value.code == code


def test_what_is_no_ping_ends_it(lead: TestClient, centre: Centre, sounding: Sounding) -> None:
    with lead, lead.websocket_connect(WS + "/ws/calls/a/sound") as socket:
        wait_until(lambda: centre.calls["a"].session.tap.is_listened_to)
        socket.send_text('{"type":"shout"}')
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
        assert closed.value.code == CLOSE_NOT_TEXT
