"""A client of a few lines that knows docs/desk-protocol.md alone, and holds its example with a real centre."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.sync.client import ClientConnection, connect

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.desk_protocol.sound import encoded
from pipeline.events.words import Word
from pipeline.people.directory import UserFields
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import Role
from pipeline.ports import Pending, Recognised, Utterance
from tests.desk.places import ServedCentre
from tests.waiting import LIMIT_S, wait_until

PAGE = Path(__file__).parents[2] / "docs" / "desk-protocol.md"
PASSWORD = "qing feng ming yue 9"
CALL = "20261127-090000-proto1"


class Said:
    def ready(self) -> bool:
        return True

    def when_ready(self, tell: Callable[[], None]) -> None:
        tell()

    def result(self) -> Recognised:
        return Recognised((Word("你好", 0, 400, 0.9),))


class Knowing(NoTranscriber):
    engine = "base"

    def __init__(self) -> None:
        super().__init__("")

    def ask(self, utterance: Utterance) -> Pending:
        return Said()


class Client:
    """Keeps what was said, but for heartbeats, as (who, type, fields)."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[tuple[str, str, list[str]]] = []

    def say(self, type: str, body: str | bytes | None = None, **fields: Any) -> None:
        head = json.dumps({"type": type, **fields}, ensure_ascii=False)
        if isinstance(body, bytes):
            self.socket.send(head.encode() + b"\n" + body)
        else:
            self.socket.send(head if body is None else f"{head}\n{body}")
        self.heard.append((">", type, sorted(fields)))

    def hear(self, type: str) -> Any:
        """The next message, which is to be of this type."""
        while True:
            frame = self.socket.recv(LIMIT_S)
            whole = frame if isinstance(frame, bytes) else frame.encode()
            head = json.loads(whole.partition(b"\n")[0])
            if head.pop("type") == "alive":
                self.socket.send(json.dumps({"type": "alive", "clock_ms": round(time.time() * 1000)}))
                continue
            self.heard.append(("<", type, sorted(head)))
            return head

    def greet(self) -> Any:
        self.say(
            "hello", version="1.1", installation="i1", process="p1", machine="PC-17", program="example",
            clock_ms=round(time.time() * 1000),
        )  # fmt: skip
        return self.hear("welcome")

    def bring(self, shift: str, first_seq: int, *events: dict[str, Any]) -> None:
        body = "\n".join(json.dumps(event, ensure_ascii=False) for event in events)
        self.say("records", body, call_id=CALL, shift=shift, first_seq=first_seq)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ServedCentre]:
    served = ServedCentre(tmp_path, Knowing())
    yield served
    served.stop()


@pytest.fixture
def client(centre: ServedCentre) -> Iterator[Client]:
    people = centre.here.registry
    user = people.directory.add(UserFields("lin", "Lin", Role.AGENT, agent_id="1042"))
    people.accounts.use(people.accounts.make_link(LinkPurpose.INVITE, user.id)[0], PASSWORD, Origin("127.0.0.1"))
    token, _ = people.desks.enrol(people.desks.make_code(None)[0], "desk one", "i1", "PC-17", "example")
    with connect(
        f"{centre.address.replace('http', 'ws')}/ws/desk", subprotocols=["callcoach.desk.v1"],
        additional_headers={"Authorization": f"Bearer {token}"}, compression=None, ping_interval=None, proxy=None,
    ) as socket:  # fmt: skip
        yield Client(socket)


def test_the_example_is_held_with_a_real_centre(centre: ServedCentre, client: Client) -> None:
    assert client.greet()["version"] == "1.1"
    client.hear("rulebook")
    client.say("sign_in", id="s1", login="lin", password=PASSWORD)
    shift = client.hear("signed_in")["shift"]
    client.hear("settings_of_team")

    client.bring(shift, 1, started())
    assert client.hear("kept")["seq"] == 1
    client.say("heard", encoded(np.arange(8_000, dtype=np.int16)), id="u1", call_id=CALL, channel="customer",
               is_final=True, language="zh")  # fmt: skip
    assert client.hear("words")["recognised"]["words"][0]["text"] == "你好"

    telling = tell_facts(centre)
    told = client.hear("facts")
    facts = {**started()["facts"], **told["changes"]}
    client.say("done", id=told["id"])
    telling.join(LIMIT_S)
    noted = {"kind": "FactsNoted", "at_ms": 700, "facts": facts, "actor": told["actor"]}
    client.bring(shift, 2, noted, {"kind": "CallEnded", "at_ms": 900, "reason": "finished"})
    assert client.hear("kept")["seq"] == 3

    noise = np.random.default_rng(1).integers(-32_768, 32_767, (24_000, 2), np.int16)  # which FLAC makes no smaller
    sound = encoded(noise)
    assert 65_536 < len(sound) < 131_072
    client.say("recording", call_id=CALL, size=len(sound), sha256=hashlib.sha256(sound).hexdigest(), suffix=".flac")
    for _ in range(2):
        offset = client.hear("recording_from")["offset"]
        client.say("piece", sound[offset : offset + 65_536], call_id=CALL, offset=offset)
    client.hear("recording_kept")
    client.say("sign_out", shift=shift)

    assert client.heard == example()
    kept = centre.here.store.read(CALL)
    assert [(one.seq, type(one.event).__name__) for one in kept] == [
        (1, "CallStarted"), (2, "FactsNoted"), (3, "CallEnded"),
    ]  # fmt: skip
    assert (centre.folder / "recordings" / f"{CALL}.flac").read_bytes() == sound
    wait_until(lambda: centre.here.registry.desks.shift(shift).ended_at is not None)  # type: ignore[union-attr]


def test_repeats_change_nothing_and_a_gap_is_told_from_where_on(client: Client) -> None:
    client.greet()
    client.hear("rulebook")
    client.say("sign_in", id="s1", login="lin", password=PASSWORD)
    shift = client.hear("signed_in")["shift"]
    client.hear("settings_of_team")
    ended = {"kind": "CallEnded", "at_ms": 900, "reason": "finished"}
    for first_seq, events, seq in ((1, [started()], 1), (1, [started()], 1), (1, [started(), ended], 2)):
        client.bring(shift, first_seq, *events)
        assert client.hear("kept") == {"call_id": CALL, "seq": seq}
    client.bring(shift, 4, ended)
    assert client.hear("kept") == {"call_id": CALL, "seq": 2}
    client.bring(shift, 2, {**ended, "at_ms": 901})
    assert client.hear("refused")["because"] == "over"
    client.bring("f0000000", 3, ended)
    assert client.hear("refused")["because"] == "identity"


def started() -> dict[str, Any]:
    began = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(began_s()))
    return {
        "kind": "CallStarted", "at_ms": 0, "call_id": CALL, "started_at": began, "channels": ["agent", "customer"],
        "facts": {"agent_id": "1042", "recording_consent": True}, "rulebook_id": "handbook", "rulebook_version": "1",
        "settings_hash": "x", "engine": "base",
    }  # fmt: skip


@cache
def began_s() -> float:
    """The same each time it is asked, in these minutes."""
    return time.time()


def tell_facts(centre: ServedCentre) -> threading.Thread:
    """As a telephone system at the centre; it waits for the desk."""
    wait_until(lambda: centre.here.running.mailbox(CALL))
    mailbox = centre.here.running.mailbox(CALL)
    assert mailbox is not None
    telling = threading.Thread(
        target=mailbox.put_facts, args=({"customer_name": "王女士"},), kwargs={"actor": "token:t"}
    )
    telling.start()
    return telling


def example() -> list[tuple[str, str, list[str]]]:
    """As the document tells it, as `Client.heard` has it."""
    block = PAGE.read_text(encoding="utf-8").partition("## An example")[2].partition("```\n")[2].partition("```")[0]
    found = []
    for who, head in re.findall(r"^([<>]) (\{.*\})$", block, re.MULTILINE):
        fields = json.loads(head.replace("{…}", "{}"))
        found.append((who, fields.pop("type"), sorted(fields)))
    assert len(found) > 15
    return found
