"""The microphone of an agent's page over its socket: who may, what is taken, two pages, and a whole call."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.channels import Channel, ChannelLost
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.people.permissions import MachineRole, Role
from pipeline.server import agent_audio
from pipeline.server.agent_audio import AHEAD_S
from pipeline.server.app import Edges
from pipeline.server.audio_messages import HEAD
from pipeline.server.serve import MESSAGE_BYTES
from pipeline.session.consent import Consents
from pipeline.session.holding import CallHolder, Outlets
from pipeline.session.recordings import FolderRecordings
from pipeline.settings import CallSettings
from tests.server.conftest import ADDRESS, AGENT, Centre
from tests.waiting import wait_until

WS = ADDRESS.replace("http", "ws") + "/ws/agent/audio"
KEY, OTHER = "a-page-of-the-test", "another-page-of-it"
BLOCK = 960  # 60 ms


class Room:
    """A centre with the desks of browsers, and the people who come in."""

    def __init__(self, centre: Centre, folder: Path, rulebook: Rulebook) -> None:
        self.centre = centre
        self.recordings = FolderRecordings(folder / "recordings")
        consents = Consents(centre.store, centre.running, centre.hub, self.recordings)
        outlets = Outlets(
            centre.store, centre.hub, centre.running, self.recordings, consents, say=lambda line: None
        )  # fmt: skip
        self.desks = BrowserDesks(
            CallFacts(company="锦和"), lambda: CallHolder(NoTranscriber(), rulebook, CallSettings(), outlets)
        )
        app = centre.make_app(Edges(recordings=self.recordings, browsers=self.desks))
        self.client = TestClient(app, base_url=ADDRESS)

    def page(self, login: str = "lin", **fields: Any) -> dict[str, str]:
        return self.centre.page(login, **({"team": "a"} | fields))

    def socket(self, headers: dict[str, str] | None = None) -> WebSocketTestSession:
        return self.client.websocket_connect(WS, headers=headers or self.page())

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        return self.client.request(method, f"/api{path}", json=body, headers=headers or self.page())

    def events(self, call_id: str) -> list[Event]:
        return [record.event for record in self.centre.store.read(call_id)]


@pytest.fixture
def room(centre: Centre, tmp_path: Path, rulebook: Rulebook) -> Iterator[Room]:
    centre.registry.directory.add_team("A 组", "a")
    room = Room(centre, tmp_path, rulebook)
    with room.client:
        yield room
        room.desks.close(30.0)
        room.recordings.wait()


def told(socket: WebSocketTestSession, kind: str) -> dict[str, Any]:
    """The next message of this kind; heartbeats are answered on the way."""
    while True:
        text = socket.receive_text()
        message: dict[str, Any] = json.loads(text)
        if message["type"] == "alive":
            socket.send_text(text)
        elif message["type"] == kind:
            return message
        else:
            raise AssertionError(f"{kind} was to come, and this came: {text}")


def listens(socket: WebSocketTestSession, key: str = KEY, *, take_over: bool = False, sides: str = "agent") -> None:
    of = [{"channel": side, "device": "USB 耳机", "rate_hz": 16_000} for side in sides.split()]
    socket.send_text(json.dumps({"type": "listens", "key": key, "sides": of, "take_over": take_over}))


def block(number: int, side: int = 0, samples: int = BLOCK, loud: int = 3_000) -> bytes:
    sound = (np.random.default_rng(number).integers(-loud, loud, samples)).astype("<i2")
    return HEAD.pack(side, number * samples) + sound.tobytes()


def speak(socket: WebSocketTestSession, blocks: int, first: int = 0) -> None:
    for number in range(first, first + blocks):
        socket.send_bytes(block(number))


def closed_with(socket: WebSocketTestSession) -> int:
    """The code with which the server closes."""
    try:
        while True:
            socket.receive_text()
    except WebSocketDisconnect as closed:
        return closed.code


def test_a_block_fits_into_a_message() -> None:
    assert len(block(0)) < MESSAGE_BYTES
    assert HEAD.size + 2 * 2_000 < MESSAGE_BYTES  # of a browser that chooses 48,000 Hz itself: dashboard/src/microphone


def test_a_call_of_a_page_from_begin_to_end(room: Room) -> None:
    with room.socket() as socket:
        listens(socket)
        assert told(socket, "ready")["call_id"] is None
        socket.send_text(json.dumps({"type": "level", "channel": "agent", "dbfs": -31.0}))
        wait_until(lambda: room.ask("GET", "/headset").json()["lines"][0]["level_dbfs"] == -31.0)
        status = room.ask("GET", "/headset").json()
        assert (status["by"], status["facts"]["company"]) == ("page", "锦和")
        assert [(line["state"], line["device"]) for line in status["lines"]] == [("ok", "USB 耳机"), ("absent", "")]
        call_id = begin(room, socket, {"recording_consent": True})
        assert room.ask("GET", "/calls/latest").json()["call_id"] == call_id
        assert room.ask("POST", "/calls").status_code == 409
        assert room.ask("PUT", f"/calls/{call_id}/facts", {"customer_name": "王"}).status_code == 202
        assert room.ask("POST", f"/calls/{call_id}/end").status_code == 200
        assert told(socket, "ended")["call_id"] == call_id
        assert room.ask("GET", "/headset").json()["call_id"] is None
    events = room.events(call_id)
    started, lin = events[0], room.centre.person()
    assert isinstance(started, CallStarted)
    assert (started.channels, started.actor) == ((Channel.AGENT,), lin.id)
    assert (started.facts.agent_id, started.facts.agent_name, started.facts.team) == (AGENT, "Lin", "a")
    assert next(event for event in events if isinstance(event, CallEnded)).reason == "finished"
    assert any(isinstance(event, FactsNoted) and event.facts.customer_name == "王" for event in events)
    room.recordings.wait()
    assert room.recordings.find(call_id) is not None


def begin(room: Room, socket: WebSocketTestSession, facts: dict[str, Any] | None = None) -> str:
    """The page is told of the call, and sends."""
    answers: list[Any] = []
    with_sound = _later(lambda: answers.append(room.ask("POST", "/calls", facts or {})))
    call_id: str = told(socket, "started")["call_id"]
    speak(socket, 20)
    with_sound()
    assert (answers[0].status_code, answers[0].json()) == (201, {"call_id": call_id})
    wait_until(lambda: room.events(call_id))
    return call_id


def _later(do: Callable[[], None]) -> Callable[[], None]:
    thread = threading.Thread(target=do)
    thread.start()
    return thread.join


def test_without_consent_nothing_is_recorded(room: Room) -> None:
    with room.socket() as socket:
        listens(socket)
        told(socket, "ready")
        call_id = begin(room, socket)
        room.ask("POST", f"/calls/{call_id}/end")
        told(socket, "ended")
    room.recordings.wait()
    assert room.recordings.ids() == []
    assert not any(isinstance(event, RecordingStarted) for event in room.events(call_id))


def test_without_a_page_that_listens_no_call_begins(room: Room) -> None:
    status = room.ask("GET", "/headset").json()
    assert [line["state"] for line in status["lines"]] == ["absent", "absent"]
    refused = room.ask("POST", "/calls")
    assert (refused.status_code, "microphone" in refused.json()["detail"]) == (409, True)
    cti = room.centre.bearer()
    assert room.ask("POST", "/calls", {"agent_id": AGENT}, cti).status_code == 409
    with room.socket() as socket:
        listens(socket, sides="customer")  # what is shared alone is nobody's microphone
        told(socket, "ready")
        assert room.ask("POST", "/calls").status_code == 409


def test_a_telephone_system_begins_and_ends_the_call_of_an_agent(room: Room) -> None:
    cti = room.centre.bearer()
    with room.socket() as socket:
        listens(socket, sides="agent customer")
        told(socket, "ready")
        answers: list[Any] = []
        wait = _later(lambda: answers.append(room.ask("POST", "/calls", {"agent_id": AGENT, "peer": "138"}, cti)))
        call_id = told(socket, "started")["call_id"]
        speak(socket, 20)
        wait()
        assert answers[0].json() == {"call_id": call_id}
        assert room.ask("POST", f"/calls/{call_id}/end", headers=cti).status_code == 200
        told(socket, "ended")
    started = room.events(call_id)[0]
    assert isinstance(started, CallStarted)
    assert (started.channels, started.facts.peer) == ((Channel.AGENT, Channel.CUSTOMER), "138")
    assert (started.facts.agent_name, started.facts.team) == ("Lin", "a")
    assert room.ask("POST", "/calls", {"agent_id": "nobody"}, cti).status_code == 409


def test_a_second_page_is_asked_and_the_first_one_is_told(room: Room) -> None:
    with room.socket() as first, room.socket() as second:
        listens(first)
        told(first, "ready")
        call_id = begin(room, first)
        listens(second, OTHER)
        assert told(second, "held")["call_id"] == call_id
        listens(second, OTHER, take_over=True)
        assert told(second, "ready")["call_id"] == call_id
        told(first, "taken_over")
        assert closed_with(first) == 4409
        speak(second, 5)
        room.ask("POST", f"/calls/{call_id}/end")
        assert told(second, "ended")["call_id"] == call_id


def test_a_page_that_was_not_let_in_sends_nothing(room: Room) -> None:
    with room.socket() as first, room.socket() as second:
        listens(first)
        told(first, "ready")
        listens(second, OTHER)
        told(second, "held")
        second.send_bytes(block(0))
        assert closed_with(second) == 1003


def test_a_reloaded_page_is_lost_meanwhile_and_goes_on_in_the_same_call(room: Room) -> None:
    with room.socket() as socket:
        listens(socket)
        told(socket, "ready")
        call_id = begin(room, socket)
    wait_until(lambda: any(isinstance(event, ChannelLost) for event in room.events(call_id)))
    assert room.ask("GET", "/headset").json()["call_id"] == call_id
    with room.socket() as again:
        listens(again)
        assert told(again, "ready")["call_id"] == call_id
        speak(again, 10)
        room.ask("POST", f"/calls/{call_id}/end")
        told(again, "ended")
    assert sum(isinstance(event, CallStarted) for event in room.events(call_id)) == 1


def test_the_same_page_over_a_new_line_asks_nobody(room: Room) -> None:
    """Its old line may be dead without anybody having noticed."""
    with room.socket() as old, room.socket() as new:
        listens(old)
        told(old, "ready")
        listens(new)
        told(new, "ready")
        told(old, "taken_over")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 1003),
        (HEAD.pack(0, 0), 1003),
        (HEAD.pack(0, 0) + b"\0", 1003),
        (HEAD.pack(2, 0) + bytes(1_920), 1003),
        (HEAD.pack(1, 0) + bytes(1_920), 1003),  # a side that it does not hear
        (HEAD.pack(0, 0) + bytes(2 * 79), 1003),  # under 5 ms
        (HEAD.pack(0, 0) + bytes(2 * 2_001), 1003),  # over 125 ms
    ],
)
def test_what_is_no_sound_closes_the_line(room: Room, data: bytes, code: int) -> None:
    with room.socket() as socket:
        listens(socket)
        told(socket, "ready")
        socket.send_bytes(data)
        assert closed_with(socket) == code


def test_sound_that_comes_faster_than_it_is_spoken_closes_the_line(room: Room) -> None:
    with room.socket() as socket:
        listens(socket)
        told(socket, "ready")
        speak(socket, round(2 * AHEAD_S * 16_000 / BLOCK))
        assert closed_with(socket) == 4429


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"type":"listens"}', '{"type":"listens","key":"short","sides":[]}', '{"type":"level"}',
     '{"type":"listens","key":"long enough","sides":[{"channel":"mixed","device":"","rate_hz":16000}]}',
     '{"type":"listens","key":"long enough","sides":[{"channel":"agent","device":"","rate_hz":96000}]}',
     '{"type":"level","channel":"agent","dbfs":1e999}'],
)  # fmt: skip
def test_what_is_wrong_with_a_message_is_said_in_one_line(room: Room, text: str) -> None:
    with room.socket() as socket:
        socket.send_text(text)
        message = told(socket, "error")["message"]
        assert message
        assert "\n" not in message
        listens(socket)
        told(socket, "ready")


def test_too_many_messages_close_the_line(room: Room) -> None:
    with room.socket() as socket:
        for _ in range(60):
            socket.send_text('{"type":"level","channel":"agent","dbfs":-30}')
        assert closed_with(socket) == 4429


def test_a_page_that_says_nothing_is_closed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_audio, "FIRST_WORD_S", 0.1)
    with room.socket() as socket:
        assert closed_with(socket) == 4408


def test_only_an_agent_of_ours_on_our_page_may_listen(room: Room) -> None:
    def code(headers: dict[str, str]) -> int:
        with room.client.websocket_connect(WS, headers=headers) as socket:
            return closed_with(socket)

    assert code({"origin": ADDRESS}) == 4401
    assert code(room.centre.bearer(MachineRole.TELEPHONE)) == 4403
    assert code(room.page("wang", role=Role.LEAD)) == 4403
    assert code(room.page("noid", agent_id=None)) == 4404
    with pytest.raises(WebSocketDisconnect):
        code(room.page() | {"origin": "https://elsewhere.example"})


def test_who_is_signed_out_is_closed(room: Room) -> None:
    headers = room.page()
    with room.socket(headers) as socket:
        listens(socket)
        told(socket, "ready")
        room.ask("DELETE", "/session", headers=headers)
        assert closed_with(socket) == 4401
