"""Clients that do not do their part, and clients that want every place."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from typing import cast
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from pipeline.events.channels import Channel
from pipeline.events.words import WordsHeard
from pipeline.server import bodies
from pipeline.server.places import FEWEST, RESERVED_FILES, Places, most_places
from pipeline.server.repeats import KNOWN, SAID_EVERY_S, Repeats
from tests.server.conftest import Centre, page_of
from tests.server.test_real_server import serving
from tests.sound import ROOT
from tests.waiting import LIMIT_S, wait_until


def dial(address: str, buffer_bytes: int | None = None) -> socket.socket:
    parts = urlsplit(address)
    assert parts.hostname is not None
    dialled = socket.socket()
    if buffer_bytes is not None:
        dialled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    dialled.settimeout(LIMIT_S)
    dialled.connect((parts.hostname, parts.port))
    return dialled


def is_gone(dialled: socket.socket) -> bool:
    """Waits for the end of the connection; False when it does not come."""
    try:
        while dialled.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def get(dialled: socket.socket, path: str, **headers: str) -> bytes:
    host = "{}:{}".format(*dialled.getpeername())
    lines = [f"GET {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    dialled.sendall("\r\n".join([*lines, "", ""]).encode())
    return dialled.recv(65_536)


def wait_until_empty(centre: Centre) -> None:
    """Until the server has given up on all its clients; they would notice only by reading."""
    wait_until(lambda: len(centre.app.state.places) == 0)


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /api/health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: "])
def test_who_sends_no_whole_request_is_gone(centre: Centre, sent: bytes) -> None:
    with serving(centre.app, head_s=0.2) as address, dial(address) as slow:
        slow.sendall(sent)
        assert is_gone(slow)


def test_a_second_request_must_come_whole_too(centre: Centre) -> None:
    with serving(centre.app, head_s=1.0) as address, dial(address) as slow:
        assert get(slow, "/api/health").startswith(b"HTTP/1.1 200")
        slow.sendall(b"GET /api/health HTTP/1.1\r\n")
        assert is_gone(slow)


def test_a_body_must_come_whole(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.2)
    centre.call("a")
    page = page_of(centre)
    with serving(centre.app) as address, dial(address) as slow:
        head = f"PUT /api/calls/a/facts HTTP/1.1\r\nhost: {urlsplit(address).netloc}\r\ncookie: {page['cookie']}\r\n"
        slow.sendall(f"{head}origin: {address}\r\ncontent-length: 20\r\n\r\n{{".encode())
        answer = slow.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"the body did not come" in answer + slow.recv(65_536)


def test_a_body_that_breaks_off_is_no_fault_of_ours(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    centre.call("a")
    page = page_of(centre)
    with serving(centre.app) as address:
        with dial(address) as gone:
            head = (
                f"PUT /api/calls/a/facts HTTP/1.1\r\nhost: {urlsplit(address).netloc}\r\ncookie: {page['cookie']}\r\n"
            )
            gone.sendall(f"{head}origin: {address}\r\ncontent-length: 20\r\n\r\n{{".encode())
        with dial(address) as other:
            assert get(other, "/api/health").startswith(b"HTTP/1.1 200")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.fixture
def long_call(centre: Centre) -> str:
    words = [WordsHeard(20, Channel.AGENT, 0, 20, "您好" * 2_000, (), 0) for _ in range(600)]
    centre.finished_call("long", list(words))
    return "long"


def test_who_takes_nothing_of_an_answer_is_gone(centre: Centre, long_call: str) -> None:
    with serving(centre.app, stall_s=1.0) as address, dial(address, buffer_bytes=4_096) as deaf:
        assert get(deaf, f"/api/calls/{long_call}/records", **page_of(centre, address)).startswith(b"HTTP/1.1 200")
        wait_until_empty(centre)


def test_who_takes_nothing_of_a_socket_is_gone(centre: Centre, long_call: str) -> None:
    with serving(centre.app, stall_s=1.0) as address, dial(address, buffer_bytes=4_096) as deaf:
        upgrade = {
            "upgrade": "websocket",
            "connection": "upgrade",
            "sec-websocket-version": "13",
            **page_of(centre, address),
        }
        answer = get(deaf, f"/ws/calls/{long_call}", **upgrade, **{"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="})
        assert answer.startswith(b"HTTP/1.1 101")
        wait_until_empty(centre)


def test_a_socket_that_answers_no_ping_is_gone(centre: Centre) -> None:
    centre.call("a")
    with serving(centre.app, ws_ping_interval=0.5, ws_ping_timeout=0.5) as address, dial(address) as idle:
        upgrade = {
            "upgrade": "websocket",
            "connection": "upgrade",
            "sec-websocket-version": "13",
            **page_of(centre, address),
        }
        get(idle, "/ws/calls/a", **upgrade, **{"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="})
        assert is_gone(idle)


def test_a_crowd_of_strangers_locks_out_no_page(centre: Centre) -> None:
    call = centre.call("a")
    with serving(centre.app, connections=FEWEST) as address, ExitStack() as stack:
        crowd = [stack.enter_context(dial(address)) for _ in range(3 * FEWEST)]
        watching = stack.enter_context(
            connect(f"{address.replace('http', 'ws')}/ws/calls/a", additional_headers=page_of(centre, address))
        )
        assert json.loads(watching.recv(LIMIT_S))["seq"] == 1
        crowd += [stack.enter_context(dial(address)) for _ in range(3 * FEWEST)]
        newest = crowd[-1]
        assert get(newest, "/api/health").startswith(b"HTTP/1.1 200")  # each newcomer has a turn
        assert is_gone(crowd[0])
        call.end()
        assert json.loads(watching.recv(LIMIT_S))["event"]["kind"] == "CallEnded"


def test_no_place_among_those_who_are_known_is_said(centre: Centre) -> None:
    page = page_of(centre)
    with serving(centre.app, connections=FEWEST) as address, ExitStack() as stack:
        for _ in range(FEWEST):
            known = stack.enter_context(dial(address))
            assert get(known, "/api/clock", cookie=page["cookie"]).startswith(b"HTTP/1.1 200")
        late = stack.enter_context(dial(address))
        assert late.recv(65_536).startswith(b"HTTP/1.1 503")
        assert is_gone(late)


class Line:
    """A connection that was made; remembers whether it was cut."""

    def __init__(self) -> None:
        self.is_cut = False

    def abort(self) -> None:
        self.is_cut = True


def test_the_oldest_of_the_greediest_address_goes() -> None:
    places = Places(4)
    lines = [Line() for _ in range(6)]

    def enter(n: int, address: str) -> bool:
        return places.enter(cast(asyncio.Transport, lines[n]), address)

    assert all([enter(0, "b"), enter(1, "a"), enter(2, "a"), enter(3, "a")])
    places.know(cast(asyncio.Transport, lines[1]), "lin")
    assert enter(4, "c")
    assert [line.is_cut for line in lines] == [False, False, True, False, False, False]
    places.leave(cast(asyncio.Transport, lines[0]))
    assert len(places) == 3
    for line in lines:
        places.leave(cast(asyncio.Transport, line))
    assert len(places) == 0


def test_nobody_who_is_known_keeps_out_all_others() -> None:
    places = Places(2 * FEWEST)
    lines = [Line() for _ in range(2 * FEWEST + 1)]
    transports = [cast(asyncio.Transport, line) for line in lines]
    for number, transport in enumerate(transports[:-1]):
        assert places.enter(transport, "127.0.0.1")
        places.know(transport, "lin" if number < FEWEST + 1 else "wang")
    assert places.enter(transports[-1], "127.0.0.1")
    assert [line.is_cut for line in lines] == [True] + [False] * 2 * FEWEST
    places.know(transports[-1], "zhao")
    assert not places.enter(cast(asyncio.Transport, Line()), "127.0.0.1")  # nobody has too many


@pytest.mark.parametrize(
    ("wanted", "files", "places"),
    [(1_000, 4_096, 1_000), (1_000, 1_024, 1_024 - RESERVED_FILES), (1_000, 100, FEWEST)],
)
def test_places_stay_below_the_limit_of_open_files(wanted: int, files: int, places: int) -> None:
    assert most_places(wanted, lambda asked: min(asked, files)) == places


CROWDED = """
    import resource, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
    from pathlib import Path
    from pipeline.server.serve import address_of, bind, make_server
    from tests.server.conftest import Centre

    bound = bind("127.0.0.1", 0)
    make_server(Centre(Path(sys.argv[1])).app, lambda: print(address_of(bound), flush=True)).run(sockets=[bound])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_more_connections_than_open_files(tmp_path: object) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CROWDED), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            with ExitStack() as stack:
                for _ in range(350):
                    stack.enter_context(dial(address))
                assert get(stack.enter_context(dial(address)), "/api/health").startswith(b"HTTP/1.1 200")
        finally:
            server.terminate()
        _, said = server.communicate(timeout=LIMIT_S)
    assert said == ""


def test_what_is_said_over_and_over_is_counted() -> None:
    now = [0.0]
    repeats = Repeats(lambda: now[0])

    def said(message: str, *given: object) -> str | None:
        record = logging.LogRecord("a", logging.ERROR, "", 0, message, given, None)
        return record.getMessage() if repeats.filter(record) else None

    assert said("no room for %s\nhere", 1) == "no room for 1\nhere"
    assert [said("no room for %s\nhere", n) for n in range(2_000)] == [None] * 2_000
    assert said("another") == "another"
    now[0] = SAID_EVERY_S
    assert said("no room for %s\nhere", 7) == "no room for 7\nhere (2000 times more in the last while)"
    assert sum(said(f"kind {n}") is not None for n in range(3 * KNOWN)) == 3 * KNOWN
