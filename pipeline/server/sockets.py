"""The websockets: one call, or the whole floor. Records go out as JSON text, page messages come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from anyio.abc import TaskGroup
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from pipeline.codec import first_fault
from pipeline.errors import StoreError
from pipeline.run import PageMessage, RunningCalls
from pipeline.server.feeds import FloorFeed, call_feed, condensed_feed
from pipeline.server.hub import Hub, Subscription, TooSlow
from pipeline.server.listing import find_call
from pipeline.store.archive import Archive

CLOSE_STORE_FAILED = 1011
CLOSE_UNKNOWN_CALL = 4404
CLOSE_TOO_SLOW = 4008
ALIVE_S = 1.0  # a page that hears nothing for three times as long takes its line for dead
_CLOSING_S = 5.0  # how long a client that does not read may hold up its own closing

_PAGE_MESSAGE: TypeAdapter[PageMessage] = TypeAdapter(PageMessage)


def socket_routes(archive: Archive, hub: Hub, running: RunningCalls) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/ws/calls/{call_id}")
    async def watch_call(socket: WebSocket, call_id: str, after: int = 0, condensed: bool = False) -> None:
        """`condensed` is our own page's way: a short past, and a sign of life while nothing else is to be said."""
        await socket.accept()
        found = await asyncio.to_thread(find_call, archive, running, call_id)
        if found is None:
            await socket.close(CLOSE_UNKNOWN_CALL, "no such call")
            return
        with hub.subscribe(found) as subscription:
            lines = (condensed_feed if condensed else call_feed)(archive, running, subscription, found, after)
            await _Conversation(socket, subscription, running, found).hold(lines, tells_alive=condensed)

    @routes.websocket("/ws/floor")
    async def watch_floor(socket: WebSocket, after: int | None = None) -> None:
        await socket.accept()
        with hub.subscribe(None) as subscription:
            lines = FloorFeed(archive, running, subscription)(after)
            await _Conversation(socket, subscription, running, None).hold(lines)

    return routes


class _Conversation:
    """One client: sends the feed and hears the page until either side ends or the client is too slow."""

    def __init__(
        self, socket: WebSocket, subscription: Subscription, running: RunningCalls, call_id: str | None
    ) -> None:
        self._socket = socket
        self._subscription = subscription
        self._running = running
        self._call_id = call_id
        self._sending = asyncio.Lock()
        self._sent = 0

    async def hold(self, lines: AsyncIterator[str], *, tells_alive: bool = False) -> None:
        parts: list[Callable[[], Awaitable[object]]] = [
            partial(self._send_all, lines),
            self._hear,
            self._subscription.overflowed.wait,
        ]
        if tells_alive:
            parts.append(self._tell_alive)
        try:
            async with anyio.create_task_group() as tasks:
                for part in parts:
                    tasks.start_soon(self._first_to_end, tasks, part)
        except* StoreError:
            await self._close(CLOSE_STORE_FAILED, "the records cannot be read")
        if self._subscription.overflowed.is_set():
            await self._close(CLOSE_TOO_SLOW, "too slow: reconnect with after")

    async def _first_to_end(self, tasks: TaskGroup, part: Callable[[], Awaitable[object]]) -> None:
        with suppress(WebSocketDisconnect, TooSlow):
            await part()
        tasks.cancel_scope.cancel()

    async def _send_all(self, lines: AsyncIterator[str]) -> None:
        async for text in lines:
            await self._send(text)

    async def _tell_alive(self) -> None:
        """So that silence on the line means that it is dead: a proxy may swallow it without closing it."""
        while True:
            sent = self._sent
            await asyncio.sleep(ALIVE_S)
            if sent == self._sent:
                await self._send('{"type":"alive"}')

    async def _hear(self) -> None:
        while True:
            fault = self._take(await self._socket.receive_text())
            if fault is not None:
                await self._send(json.dumps({"type": "error", "message": fault}, ensure_ascii=False))

    def _take(self, text: str) -> str | None:
        """Hand a page's message to its call; returns what is wrong with it."""
        try:
            message = _PAGE_MESSAGE.validate_json(text, strict=True)
        except ValidationError as error:
            return first_fault(error)
        mailbox = self._running.mailbox(self._call_id) if self._call_id is not None else None
        if mailbox is None:
            return "only the page of a running call may answer hints"
        try:
            mailbox.put(message)
        except ValueError as error:
            return str(error)
        return None

    async def _send(self, text: str) -> None:
        async with self._sending:
            await self._socket.send_text(text)
            self._sent += 1

    async def _close(self, code: int, reason: str) -> None:
        with suppress(RuntimeError, WebSocketDisconnect), anyio.move_on_after(_CLOSING_S):
            await self._socket.close(code, reason)
