"""Over a real port: what an in-process client cannot show."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from pipeline.codec import from_json
from pipeline.events.channels import Channel
from pipeline.events.words import WordsGuessed
from pipeline.server.serve import CONNECTIONS, ServerSettings, address_of, bind, make_server
from pipeline.server.sockets import CLOSE_TOO_SLOW
from tests.server.conftest import Centre, page_of, turn
from tests.waiting import LIMIT_S

BACKLOG = 200


@contextmanager
def serving(app: FastAPI, connections: int = CONNECTIONS, **patience_s: float) -> Iterator[str]:
    """The application on a free port; gives its address. `patience_s`: of pipeline/server/connections.py."""
    ready = threading.Event()
    server = make_server(app, ready.set, ServerSettings(connections=connections))
    for name, seconds in patience_s.items():
        assert hasattr(server.config, name)
        setattr(server.config, name, seconds)
    with bind("127.0.0.1", 0) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            assert ready.wait(LIMIT_S)
            yield address_of(bound)
        finally:
            server.should_exit = True
            thread.join(LIMIT_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Centre, str]]:
    centre = Centre(tmp_path, BACKLOG)
    with serving(centre.app) as address:
        yield centre, address.replace("http", "ws")


def test_many_pages_see_the_same_call(served: tuple[Centre, str]) -> None:
    centre, address = served
    call = centre.call("a")
    with ExitStack() as stack:
        seen = page_of(centre, address.replace("ws", "http"))
        pages = [stack.enter_context(connect(f"{address}/ws/calls/a", additional_headers=seen)) for _ in range(5)]
        for page in pages:
            assert from_json(page.recv(LIMIT_S)).seq == 1
        for at_ms in range(20, 2000, 20):
            call.feed([turn(at_ms)])
        for page in pages:
            assert [from_json(page.recv(LIMIT_S)).seq for _ in range(99)] == list(range(2, 101))


def read_to_end(connection: ClientConnection) -> None:
    while True:
        connection.recv(LIMIT_S)


def test_a_client_too_slow_is_closed_with_a_code_that_says_so_and_can_go_on(served: tuple[Centre, str]) -> None:
    centre, address = served
    call = centre.call("a")
    seen = page_of(centre, address.replace("ws", "http"))
    long = WordsGuessed(20, Channel.AGENT, 0, "您好" * 10_000)
    with connect(f"{address}/ws/calls/a", max_queue=1, close_timeout=1, additional_headers=seen) as slow:
        last = from_json(slow.recv(LIMIT_S)).seq
        for _ in range(BACKLOG * 10):  # far more than the sockets' own buffers hold
            call.feed([long])
        call.feed([turn(40)])
        with pytest.raises(ConnectionClosedError) as closed:
            read_to_end(slow)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == CLOSE_TOO_SLOW
    with connect(f"{address}/ws/calls/a?after={last}", additional_headers=seen) as page:
        assert from_json(page.recv(LIMIT_S)).seq == 2


def test_a_page_of_another_site_gets_no_socket(served: tuple[Centre, str]) -> None:
    centre, address = served
    centre.call("a")
    page = "http://evil.example"
    with pytest.raises(InvalidStatus, match="403"), connect(f"{address}/ws/calls/a", origin=page):  # type: ignore[arg-type]
        pass
