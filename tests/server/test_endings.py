"""Open sockets close within two seconds when what opened them no longer holds, and no others do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from pipeline.codec import from_json
from pipeline.events.call import CallEnded, FactsNoted
from pipeline.people.audit import Deed
from pipeline.people.entrance import LinkPurpose, Origin
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.person import EVERY_TEAM
from pipeline.server.feeds import History, NotTheirs, call_feed, condensed_feed
from pipeline.server.needs import CLOSE_NOT_SIGNED_IN, CLOSE_UNKNOWN_CALL
from tests.server.conftest import ADDRESS, AGENT, Centre, turn
from tests.server.office import CALLS, WS, headers_of, office_of
from tests.server.test_real_server import serving
from tests.waiting import LIMIT_S

WITHIN_S = 2.0
WITH_HEARTBEATS = WS + "/ws/calls/live?condensed=true"
ANOTHER = "míng cuì liǔ yī háng"


@pytest.fixture
def app(centre: Centre) -> FastAPI:
    return office_of(centre)


def test_a_call_that_becomes_anothers_closes_the_page(app: FastAPI, centre: Centre) -> None:
    call = centre.call("live", CALLS["own"])
    with TestClient(app, base_url=ADDRESS, headers=headers_of(centre, Role.AGENT)) as client:
        with client.websocket_connect(WS + "/ws/calls/live") as socket:
            assert socket.receive_json()["seq"] == 1
            call.feed([FactsNoted(20, CALLS["other"])])
            with pytest.raises(WebSocketDisconnect) as error:
                socket.receive_text()
        assert error.value.code == CLOSE_UNKNOWN_CALL
        assert client.get("/api/calls/live/records").status_code == 404


@pytest.mark.parametrize("feed", [call_feed, condensed_feed])
def test_a_call_that_becomes_anothers_before_its_history_is_read_is_not_followed(
    centre: Centre, feed: Callable[..., AsyncIterator[str]]
) -> None:
    """The page was let in just before: nothing but the history tells that it is another's now."""
    call = centre.call("live", CALLS["own"])
    call.feed([FactsNoted(20, CALLS["other"])])

    async def watch() -> None:
        history = History(centre.store, centre.running)
        with centre.hub.subscribe("live") as subscription:
            lines = feed(history, subscription, "live", 0, lambda facts: facts.agent_id == AGENT, centre.eyes())
            with pytest.raises(NotTheirs):
                await asyncio.wait_for(anext(_after_history(lines)), LIMIT_S)

    asyncio.run(watch())


async def _after_history(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        if "FactsNoted" not in line and "CallStarted" not in line:
            yield line


def end(centre: Centre, how: str) -> None:
    directory, accounts, user = centre.registry.directory, centre.registry.accounts, centre.person()
    match how:
        case "signed out everywhere":
            accounts.end_sessions(user.id)
        case "disabled":
            directory.change(user.id, {"is_disabled": True})
        case "removed":
            directory.remove(user.id)
        case "another role":
            directory.change(user.id, {"role": Role.QA, "assigned": (EVERY_TEAM,), "agent_id": None, "team": None})
        case "another team":
            directory.change(user.id, {"team": "b"})
        case "another agent id":
            directory.change(user.id, {"agent_id": "77"})
        case "the password reset by a link":
            accounts.use(accounts.make_link(LinkPurpose.RESET, user.id)[0], ANOTHER, Origin("10.0.0.9"))
        case "the password set at the machine":
            accounts.set_password(user.id, ANOTHER)


def closed_in_time(socket: WebSocketTestSession) -> int:
    """The code. Heartbeats come twice a second: a socket that stays open fails the test, and does not hang it."""
    since_s = time.monotonic()
    try:
        while time.monotonic() - since_s < WITHIN_S:
            socket.receive_text()
    except WebSocketDisconnect as closed:
        assert time.monotonic() - since_s < WITHIN_S
        return closed.code
    raise AssertionError(f"open after {WITHIN_S:g} s")


HOWS = [
    "signed out everywhere", "disabled", "removed", "another role", "another team", "another agent id",
    "the password reset by a link", "the password set at the machine",
]  # fmt: skip


@pytest.mark.parametrize("how", HOWS)
def test_an_open_socket_closes_when_what_opened_it_no_longer_holds(app: FastAPI, centre: Centre, how: str) -> None:
    """The change is made in the database alone, as the command line makes it in a process of its own."""
    call = centre.call("live", CALLS["own"])
    agent = TestClient(app, base_url=ADDRESS, headers=headers_of(centre, Role.AGENT))
    with agent as client, client.websocket_connect(WITH_HEARTBEATS) as socket:
        assert socket.receive_json()["seq"] == 1
        end(centre, how)
        assert closed_in_time(socket) == CLOSE_NOT_SIGNED_IN
    call.feed([CallEnded(40, "finished")])


def test_a_revoked_token_closes_its_sockets(app: FastAPI, centre: Centre) -> None:
    centre.call("live", CALLS["own"])
    headers = centre.bearer(MachineRole.RECORDS)
    token = centre.registry.tokens.tokens()[-1]
    with TestClient(app, base_url=ADDRESS, headers=headers) as client:
        with client.websocket_connect(WITH_HEARTBEATS) as socket, client.websocket_connect(WS + "/ws/floor") as floor:
            assert floor.receive_json()["type"] in ("snapshot", "alive")
            centre.registry.tokens.revoke(token.id)
            assert closed_in_time(socket) == closed_in_time(floor) == CLOSE_NOT_SIGNED_IN
        assert client.get("/api/calls").status_code == 401


def test_signing_out_of_one_browser_leaves_the_others(app: FastAPI, centre: Centre) -> None:
    call = centre.call("live", CALLS["own"])
    with TestClient(app, base_url=ADDRESS) as client, ExitStack() as stack:
        here, there = headers_of(centre, Role.AGENT), headers_of(centre, Role.AGENT)
        mine = stack.enter_context(client.websocket_connect(WITH_HEARTBEATS, headers=here))
        other = stack.enter_context(client.websocket_connect(WS + "/ws/calls/live", headers=there))
        assert [socket.receive_json()["seq"] for socket in (mine, other)] == [1, 1]
        assert client.delete("/api/session", headers=here).status_code == 204
        assert closed_in_time(mine) == CLOSE_NOT_SIGNED_IN
        call.feed([turn(20)])
        assert other.receive_json()["seq"] == 2
        assert client.get("/api/calls", headers=there).status_code == 200


@pytest.fixture
def served(centre: Centre, app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address


def callcoach(folder: Path, *arguments: str) -> None:
    """At the machine: a process of its own, on the same data."""
    command = [sys.executable, "-c", "from pipeline.cli.app import main; main()", *arguments]
    environment = {**os.environ, "CALLCOACH_DATA": str(folder)}
    done = subprocess.run(command, env=environment, cwd=folder, timeout=LIMIT_S, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


COMMANDS: dict[tuple[str, ...], Deed] = {  # what is done, and as what the audit has it
    ("users", "remove", "lin"): Deed.USER_REMOVED,
    ("users", "import", "people.csv"): Deed.USER_CHANGED,  # into another team
    ("tokens", "revoke", "records 0"): Deed.TOKEN_REVOKED,
}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_is_changed_at_the_machine_closes_sockets_of_the_server(
    served: str, centre: Centre, command: tuple[str, ...]
) -> None:
    """From the change, as the audit dates it in the same transaction, to the end of the socket."""
    folder = centre.dist.parent
    (folder / "people.csv").write_text("姓名,登录名,角色,班组,工号\n林,lin,坐席,b,1042\n", encoding="utf-8")
    centre.call("live", CALLS["own"])
    machine, agent = headers_of(centre, MachineRole.RECORDS), headers_of(centre, Role.AGENT)
    headers = {**(machine if command[0] == "tokens" else agent), "origin": served}
    address = served.replace("http", "ws") + "/ws/calls/live"
    with connect(address, additional_headers=headers) as socket, ThreadPoolExecutor(1) as pool:
        assert from_json(socket.recv(LIMIT_S)).seq == 1
        closed = pool.submit(closed_at, socket)
        callcoach(folder, *command)
        code, at = closed.result(LIMIT_S)
    (row,) = (row for row in centre.audit.rows() if row.action == COMMANDS[command])
    assert (code, 0 <= at - row.at < WITHIN_S) == (CLOSE_NOT_SIGNED_IN, True), at - row.at


def closed_at(socket: ClientConnection) -> tuple[int, float]:
    """The code, and when, in seconds since 1970."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(LIMIT_S)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, time.time()
