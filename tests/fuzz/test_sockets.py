"""Frames nobody would send, on a real port, while a page watches a call: it sees all, and no log has a fault."""

from __future__ import annotations

import json
import logging
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from pipeline.codec import from_json
from pipeline.events.call import FactsNoted
from pipeline.events.hints import HintDismissed, HintDone, HintShown
from pipeline.ports import LONGEST_PAINT_MS
from pipeline.server.serve import MESSAGE_BYTES
from tests.server.conftest import Centre, hint, page_of, turn
from tests.server.test_real_server import serving
from tests.waiting import LIMIT_S

SEED = 11
PATHS = ("/ws/calls/a", "/ws/calls/latest", "/ws/floor", "/ws/calls/nobody", "/ws/calls/%00")
AFTERS = (
    "",
    "?after=1",
    "?after=-1",
    f"?after={2**63}",
    f"?after=-{2**64}",
    "?after=x",
    "?after=%ff",
    "?after=1&after=2",
)
VALUES = (
    0, 1, 2, -1, 2**53 + 1, 10**40, 0.5, 1e308, True, None, "", "shown", "painted", "done", "\ud7ff", [], {}, [[]],
    "x" * 3_000, float("nan"), float("inf"), -float("inf"), -0.0,
)  # fmt: skip
LOST = "socket.send() raised exception."  # asyncio's remark on a client that was cut while it was written to
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes, first: int = 0x80, mask: bytes | None = b"\1\2\3\4") -> bytes:
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65_536 else (
        b"\x7f" + struct.pack("!Q", size)
    )  # fmt: skip
    if mask is None:  # a client must mask
        return bytes([first | opcode]) + length + payload
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    return bytes([first | opcode, length[0] | 0x80]) + length[1:] + mask + masked


def message(chance: random.Random) -> bytes:
    """A page's message, mostly with something wrong in it."""
    good = {"type": chance.choice(["shown", "painted", "done", "dismissed"]), "hint_seq": 2, "paint_ms": 80.0}
    for _ in range(chance.randrange(3)):
        good[chance.choice(["type", "hint_seq", "paint_ms", "useful", "more"])] = chance.choice(VALUES)
    text = json.dumps(good, ensure_ascii=chance.random() < 0.5).encode()
    match chance.randrange(6):
        case 0:
            cut = chance.randrange(len(text))
            return text[:cut] + bytes([chance.randrange(256)]) + text[cut + 1 :]
        case 1:
            return b"[" * chance.randrange(MESSAGE_BYTES)
    return text


def frames(chance: random.Random) -> bytes:
    match chance.randrange(12):
        case 0:
            return frame(BINARY, chance.randbytes(chance.randrange(200)))
        case 1:
            return frame(TEXT, chance.randbytes(20))
        case 2:
            return frame(chance.choice([PING, PONG, CLOSE]), chance.randbytes(chance.randrange(200)))
        case 3:
            return frame(CLOSE, struct.pack("!H", chance.randrange(65_536)) + chance.randbytes(chance.randrange(9)))
        case 4:
            return frame(TEXT, b"x" * chance.choice([MESSAGE_BYTES, MESSAGE_BYTES + 1, 70_000]))
        case 5:
            return frame(chance.randrange(16), message(chance), first=chance.choice([0, 0x80, 0x40, 0xF0]))
        case 6:
            return frame(TEXT, message(chance), mask=None)
        case 7:
            return chance.randbytes(chance.randrange(1, 60))
        case 8:  # in pieces, the second of which need not fit
            return frame(TEXT, b'{"type": "\xe7', first=0) + frame(chance.choice([0, TEXT]), b'\x94\xb5"}')
        case 9:
            return b"".join(frame(TEXT, message(chance)) for _ in range(30))
    return frame(TEXT, message(chance))


def converse(address: str, page: dict[str, str], chance: random.Random) -> None:
    """One client that means no good, with the right to write or without."""
    parts = urlsplit(address)
    head = [
        f"GET {chance.choice(PATHS)}{chance.choice(AFTERS)} HTTP/1.1", f"host: {parts.netloc}", "upgrade: websocket",
        "connection: upgrade", "sec-websocket-version: 13", "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]  # fmt: skip
    if chance.random() < 0.7:
        head += [f"{name}: {value}" for name, value in page.items()]
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=LIMIT_S) as client:
        client.sendall("\r\n".join([*head, "", ""]).encode())
        answer = client.recv(4_096)
        assert answer.startswith((b"HTTP/1.1 101", b"HTTP/1.1 403", b"HTTP/1.1 404", b"HTTP/1.1 400")), answer
        with suppress(ConnectionError):
            for _ in range(chance.randrange(1, 5)):
                client.sendall(frames(chance))
            if chance.random() < 0.5:
                client.sendall(frame(CLOSE, struct.pack("!H", 1000)))
                with suppress(OSError):  # cut already
                    client.shutdown(socket.SHUT_WR)  # the frame may have been the rest of an unfinished one
                while client.recv(65_536):
                    pass


def test_frames(tmp_path: Path, inputs: Callable[[int], int], caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(SEED)
    centre = Centre(tmp_path)
    call = centre.call("a")
    call.feed([hint(20, 1)])
    session = centre.calls["a"].session
    with serving(centre.app) as address:
        page = page_of(centre, address)
        with connect(f"{address.replace('http', 'ws')}/ws/calls/a", additional_headers=page) as watching:
            seen = [from_json(watching.recv(LIMIT_S)).seq for _ in range(2)]
            for _ in range(inputs(150)):
                converse(address, page, chance)
                call.feed([turn(call.at_ms), *session.take()])
                while seen[-1] != call.records[-1].seq:
                    seen.append(from_json(watching.recv(LIMIT_S)).seq)
            watching.send(json.dumps({"type": "done", "hint_seq": 2}))
            watching.send("{}")
            assert "type" in json.loads(watching.recv(LIMIT_S))["message"]  # what was said before it was taken
            call.feed([turn(call.at_ms), *session.take()])
            while seen[-1] != call.records[-1].seq:
                seen.append(from_json(watching.recv(LIMIT_S)).seq)
            assert seen == list(range(1, len(call.records) + 1))
    told = [record.event for record in call.records if isinstance(record.event, HintShown | HintDismissed | HintDone)]
    assert 1 <= len(told) <= 3
    assert all(0 <= e.paint_ms <= LONGEST_PAINT_MS for e in told if isinstance(e, HintShown) and e.paint_ms is not None)
    assert not [record for record in call.records if isinstance(record.event, FactsNoted)]
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [message for message in said if message != LOST] == []
