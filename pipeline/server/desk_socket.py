"""The websocket by which desks report to this server as their centre (docs/desk-protocol.md)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect

from pipeline.desk_protocol.kinds import SUBPROTOCOL, Close
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.desks import Centre
from pipeline.ingest.load_desks import MOST, load_desk, taken_of_load
from pipeline.people.desks import Desks
from pipeline.people.permissions import Action, MachineRole
from pipeline.server.gate import Asker, Gate
from pipeline.server.hosts import is_loopback
from pipeline.server.needs import needs

PATH = "/ws/desk"


def desk_socket_routes(gate: Gate, desks: Desks, centre: Centre | None) -> APIRouter:
    routes = APIRouter()

    @routes.websocket(PATH)
    async def desk(
        socket: WebSocket,
        asker: Annotated[Asker, Depends(needs(Action.DESK_CONNECT))],
        load: Annotated[int, Query(ge=0, lt=MOST)] = 0,
    ) -> None:
        """`load`: the number of a made-up desk, for a token of a load test alone."""
        with suppress(WebSocketDisconnect):
            await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", []) else None)
            if (why := _refusal(socket, centre)) is not None:
                await socket.close(*why)
                return
            is_load = asker.person.role is MachineRole.LOAD
            token_id = asker.person.id.removeprefix("token:")
            known = load_desk(load) if is_load else await anyio.to_thread.run_sync(desks.desk, token_id)
            if known is None or centre is None:
                await socket.close(Close.TOKEN, "this token is of no desk")
                return
            takes = taken_of_load(centre.takes) if is_load else centre.takes
            line = DeskLine(_Socket(socket), known, takes)
            await _until_either(centre, line, gate, asker)

    return routes


async def _until_either(centre: Centre, line: DeskLine, gate: Gate, asker: Asker) -> None:
    """Serves the line until it ends, or the token holds no longer."""

    async def watch() -> None:
        await gate.until_over(asker)
        line.close(Close.TOKEN, "the token of this desk was revoked")

    watching = asyncio.ensure_future(watch())
    try:
        await centre.serve(line)
    finally:
        watching.cancel()


def _refusal(socket: WebSocket, centre: Centre | None) -> tuple[int, str] | None:
    if centre is None:
        return Close.NO_CENTRE, "this callcoach is no centre: desks report to `callcoach serve`"
    if SUBPROTOCOL not in socket.scope.get("subprotocols", []):
        return Close.VERSION, f"the centre speaks {SUBPROTOCOL}"
    if socket.url.scheme == "ws" and not is_loopback(socket.client.host if socket.client is not None else ""):
        return Close.ORIGIN, "desks of other machines come by wss only: words and voices are not sent in the clear"
    return None


class _Socket:
    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> str | bytes | None:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        body: bytes | None = message.get("bytes")
        return text if text is not None else body

    async def send(self, frame: str | bytes) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):  # the other side is gone: `receive` says so
            await (self._socket.send_text(frame) if isinstance(frame, str) else self._socket.send_bytes(frame))

    async def close(self, code: int, reason: str) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code, reason)
