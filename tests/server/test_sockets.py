"""Watching calls: snapshot then live, no gap, no repeat; page messages; who may connect."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from pipeline.bucket import Bucket
from pipeline.codec import from_json
from pipeline.events.call import ClockTicked
from pipeline.events.help import HelpAsked, WhisperSeen, WhisperSent
from pipeline.events.hints import HintDismissed, HintDone, HintShown
from pipeline.events.words import WordsGuessed
from pipeline.people.permissions import MachineRole
from pipeline.server import lines
from pipeline.server.lines import CLOSE_FAILED, CLOSE_NOT_TEXT, CLOSE_TOO_MUCH, DEAD_S, MESSAGES_AT_ONCE, Pulse
from pipeline.server.needs import CLOSE_UNKNOWN_CALL
from tests.heartbeats import heartbeats
from tests.server.conftest import ADDRESS, Centre, hint, turn

WS = ADDRESS.replace("http", "ws")


def seqs(socket: WebSocketTestSession, count: int) -> list[int | None]:
    return [from_json(socket.receive_text()).seq for _ in range(count)]


def test_snapshot_then_live(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    call.feed([turn(20), turn(20)])
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        assert seqs(socket, 3) == [1, 2, 3]
        call.feed([turn(40)])
        call.feed([turn(60)])
        assert [from_json(socket.receive_text()) for _ in range(2)] == call.records[3:]


def test_reconnecting_with_after_has_no_gap_and_no_repeat(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    seen: list[int | None] = []
    for _ in range(5):
        after = seen[-1] if seen else 0
        with client.websocket_connect(WS + f"/ws/calls/a?after={after}") as socket:
            call.feed([turn(call.at_ms), turn(call.at_ms)])
            seen += seqs(socket, 3 if not seen else 2)
        call.feed([turn(call.at_ms)])  # while nobody is connected
    with client.websocket_connect(WS + f"/ws/calls/a?after={seen[-1]}") as socket:
        left = call.records[-1].seq
        assert left is not None
        seen += seqs(socket, left - len(seen))
    assert seen == list(range(1, left + 1))


def test_after_from_another_database_does_not_hide_what_is_new(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    with client.websocket_connect(WS + "/ws/calls/a?after=900") as socket:
        call.feed([turn(20)])
        assert seqs(socket, 2) == [1, 2]


def test_display_only_records_come_without_seq(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 1)
        call.feed([WordsGuessed(20, turn(0).channel, 0, "您好")])
        for _ in range(10):
            call.feed([])
        guessed, ticked = from_json(socket.receive_text()), from_json(socket.receive_text())
    assert guessed.seq is None
    assert isinstance(ticked.event, ClockTicked)
    assert ticked.event.at_ms == 220
    assert len(centre.store.read("a")) == 1


def test_latest_is_the_newest_call(client: TestClient, centre: Centre) -> None:
    centre.finished_call("a", [])
    centre.call("b")
    with client.websocket_connect(WS + "/ws/calls/latest") as socket:
        assert from_json(socket.receive_text()).call_id == "b"


@pytest.mark.parametrize("call_id", ["latest", "nobody"])
def test_an_unknown_call_closes_with_a_code_that_says_so(client: TestClient, call_id: str) -> None:
    with client.websocket_connect(WS + f"/ws/calls/{call_id}") as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text()
    assert closed.value.code == CLOSE_UNKNOWN_CALL


def answer(socket: WebSocketTestSession, message: Any) -> str:
    socket.send_text(message if isinstance(message, str) else json.dumps(message))
    reply = json.loads(socket.receive_text())
    assert reply["type"] == "error"
    return str(reply["message"])


def test_page_messages_become_notes_of_the_next_slice(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    call.feed([turn(20), hint(20, number=7), hint(20, number=8)])
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 4)
        for message in (
            {"type": "shown", "hint_seq": 3, "paint_ms": 92.5},
            {"type": "dismissed", "hint_seq": 3, "useful": False},
            {"type": "done", "hint_seq": 4},
        ):
            socket.send_text(json.dumps(message))
        answer(socket, "{}")  # its reply shows that the three before it were taken
    session = centre.calls["a"].session
    assert session.take() == (
        HintShown(0, 7, 92.5),
        HintDismissed(0, 7, False, centre.person().id),
        HintDone(0, 8, "agent", actor=centre.person().id),
    )
    assert session.take() == ()


def test_help_and_a_seen_sentence_become_notes_of_the_next_slice(client: TestClient, centre: Centre) -> None:
    centre.call("a")
    session = centre.calls["a"].session
    session.mailbox.put_floor(WhisperSent(0, "w1", "先别承诺赔偿", "王敏"))
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 1)
        socket.send_text('{"type":"help","reason":"media"}')
        socket.send_text('{"type":"whisper_seen","whisper":"w1"}')
        assert "whisper is w2" in answer(socket, {"type": "whisper_seen", "whisper": "w2"})
        assert "reason" in answer(socket, {"type": "help", "reason": "angry"})
    me = centre.person().id
    assert session.take() == (
        WhisperSent(0, "w1", "先别承诺赔偿", "王敏"), HelpAsked(0, "media", me), WhisperSeen(0, "w1", me),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("no json", "JSON"),
        ({"type": "shouted", "hint_seq": 2}, "type"),
        ({"type": "shown", "hint_seq": "2"}, "hint_seq"),
        ({"type": "shown", "hint_seq": 99}, "hint_seq is 99"),
        ({"type": "shown", "hint_seq": 10**40}, "hint_seq"),
        ('{"type": "painted", "hint_seq": 2, "paint_ms": NaN}', "paint_ms"),
        ('{"type": "painted", "hint_seq": 2, "paint_ms": 1e999}', "paint_ms"),
        ({"type": "painted", "hint_seq": 2, "paint_ms": -0.1}, "paint_ms"),
        ({"type": "painted", "hint_seq": 2, "paint_ms": 60_001}, "paint_ms"),
        ("[" * 3_000, "JSON"),
    ],
)
def test_a_wrong_message_is_answered_and_ignored(client: TestClient, centre: Centre, message: Any, said: str) -> None:
    call = centre.call("a")
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 1)
        assert said in answer(socket, message)
        call.feed([turn(20)])
        assert seqs(socket, 1) == [2]  # the conversation goes on
    session = centre.calls["a"].session
    assert session.take() == ()


def test_who_says_too_much_is_told_once_and_closed(client: TestClient, centre: Centre) -> None:
    call = centre.call("a")
    call.feed([hint(20, 1)])
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 2)
        for _ in range(MESSAGES_AT_ONCE + 50):
            socket.send_json({"type": "painted", "hint_seq": 2, "paint_ms": 80.0})
        assert "too many messages" in json.loads(socket.receive_text())["message"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == CLOSE_TOO_MUCH
    session = centre.calls["a"].session
    assert session.take() == (HintShown(0, 1, 80.0),)


def test_an_allowance_comes_back_with_time() -> None:
    now = [0.0]
    bucket = Bucket(2, 0.5, lambda: now[0])
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] = 1.9
    assert not bucket.take()
    now[0] = 60.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def test_a_page_that_answers_no_heartbeat_any_more_is_dead_and_one_that_never_did_is_not() -> None:
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    assert not pulse.answer()  # none is owed
    pulse.beat()
    now[0] = 60.0
    assert not pulse.is_dead
    assert [pulse.answer(), pulse.answer()] == [True, False]
    now[0] += DEAD_S
    assert not pulse.is_dead
    now[0] += 0.1
    assert pulse.is_dead
    pulse.beat()
    assert pulse.answer()
    assert not pulse.is_dead


def test_answers_to_heartbeats_are_no_messages(
    client: TestClient, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MESSAGES_AT_ONCE", 1)
    monkeypatch.setattr(lines, "MESSAGES_A_SECOND", 0.0)
    centre.finished_call("a", [])
    with client.websocket_connect(WS + "/ws/calls/a?condensed=true") as socket:
        for _ in range(3):
            heartbeats(socket, 1)
            socket.send_text('{"type":"alive"}')
        socket.send_text("no json")  # the one message that is allowed is still there
        assert "JSON" in next(told["message"] for told in iter(socket.receive_json, None) if told["type"] == "error")


def test_a_page_that_is_gone_is_closed(client: TestClient, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "DEAD_S", 0.0)
    centre.finished_call("a", [])
    with client.websocket_connect(WS + "/ws/calls/a?condensed=true") as socket:
        heartbeats(socket, 2)
        socket.send_text('{"type":"alive"}')
        with pytest.raises(WebSocketDisconnect) as closed:
            list(iter(socket.receive_text, None))
    assert closed.value.code == CLOSE_FAILED


@pytest.mark.parametrize("path", ["/ws/calls/a", "/ws/floor"])
def test_what_is_no_text_closes_with_a_code_that_says_so(client: TestClient, centre: Centre, path: str) -> None:
    centre.call("a")
    headers = centre.bearer(MachineRole.RECORDS)
    with client.websocket_connect(WS + path, headers=headers) as socket:
        socket.receive_text()
        socket.send_bytes(b'{"type": "done", "hint_seq": 2}')
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == CLOSE_NOT_TEXT


def test_a_call_that_is_over_takes_no_messages(client: TestClient, centre: Centre) -> None:
    centre.finished_call("a", [hint(20, 1)])
    with client.websocket_connect(WS + "/ws/calls/a") as socket:
        seqs(socket, 3)
        assert "running call" in answer(socket, {"type": "done", "hint_seq": 2})


@pytest.mark.parametrize("path", ["/ws/calls/a", "/ws/floor"])
def test_a_page_of_another_site_is_refused(client: TestClient, centre: Centre, path: str) -> None:
    centre.call("a")
    token = centre.bearer(MachineRole.RECORDS)
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(WS + path, headers={**token, "origin": "http://evil.example"}),
    ):
        pass
    with client.websocket_connect(WS + path, headers={**token, "origin": ADDRESS}) as socket:
        assert json.loads(socket.receive_text()).keys() >= {"call_id" if path == "/ws/calls/a" else "seats"}
