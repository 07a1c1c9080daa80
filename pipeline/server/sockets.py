"""The websockets: one call, or the whole floor. Records go out as JSON text, page messages come in.

Anybody who may read may watch; only who may write is heard (pipeline/server/writers.py), and only so often. A client
that says more is told once and closed: what it wants to say about hints it can say again later.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated

import anyio
from anyio.abc import TaskGroup
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from pipeline.codec import first_fault
from pipeline.errors import CallOver, StoreError
from pipeline.ports import PageMessage
from pipeline.server.answers import MOST
from pipeline.server.feeds import FloorFeed, History, call_feed, condensed_feed
from pipeline.server.hub import Hub, Subscription, TooSlow
from pipeline.server.listing import Latest, find_call
from pipeline.server.writers import HOW, Writers
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

CLOSE_NOT_TEXT = 1003
CLOSE_STORE_FAILED = 1011
CLOSE_UNKNOWN_CALL = 4404
CLOSE_TOO_SLOW = 4008
CLOSE_TOO_MUCH = 4429
MESSAGES_AT_ONCE = 20
MESSAGES_A_SECOND = 2.0
ALIVE_S = 1.0  # a page that hears nothing for three times as long takes its line for dead
_CLOSING_S = 5.0  # how long a client that does not read may hold up its own closing

_PAGE_MESSAGE: TypeAdapter[PageMessage] = TypeAdapter(PageMessage)


After = Annotated[int, Query(ge=-MOST, le=MOST)]


def socket_routes(archive: Archive, hub: Hub, running: Sessions, latest: Latest, writers: Writers) -> APIRouter:
    routes = APIRouter()
    history = History(archive, running)

    @routes.websocket("/ws/calls/{call_id}")
    async def watch_call(socket: WebSocket, call_id: str, after: After = 0, condensed: bool = False) -> None:
        """`condensed` is our own page's way: a short past, and a sign of life while nothing else is to be said."""
        if not await _accepted(socket):
            return
        try:
            found = await asyncio.to_thread(find_call, archive, running, call_id, latest)
        except StoreError:
            await _close(socket, CLOSE_STORE_FAILED, "the records cannot be read")
            return
        if found is None:
            await _close(socket, CLOSE_UNKNOWN_CALL, "no such call")
            return
        with hub.subscribe(found) as subscription:
            lines = (condensed_feed if condensed else call_feed)(history, subscription, found, after)
            ear = _Ear(running, found, writers.actor(socket))
            await _Conversation(socket, subscription, ear).hold(lines, tells_alive=condensed)

    @routes.websocket("/ws/floor")
    async def watch_floor(socket: WebSocket, after: After | None = None) -> None:
        if not await _accepted(socket):
            return
        with hub.subscribe(None) as subscription:
            lines = FloorFeed(history, subscription)(after)
            await _Conversation(socket, subscription, _Ear(running, None, writers.actor(socket))).hold(lines)

    return routes


class Bucket:
    """Holds `at_once` drops, and a new one `a_second` times a second."""

    def __init__(self, at_once: int, a_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = self._left = float(at_once)
        self._a_second = a_second
        self._clock = clock
        self._at_s = clock()

    def take(self) -> bool:
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at_s) * self._a_second)
        self._at_s = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Ear:
    """Hands a page's messages to its call."""

    def __init__(self, running: Sessions, call_id: str | None, actor: str | None) -> None:
        self._running = running
        self._call_id = call_id
        self._actor = actor
        self.allowance = Bucket(MESSAGES_AT_ONCE, MESSAGES_A_SECOND)

    def take(self, text: str) -> str | None:
        """What is wrong with the message, None when it was taken."""
        if self._actor is None:
            return f"this page may only read: {HOW}"
        try:
            message = _PAGE_MESSAGE.validate_json(text, strict=True)
        except ValidationError as error:
            return first_fault(error)
        mailbox = self._running.mailbox(self._call_id) if self._call_id is not None else None
        try:
            if mailbox is None:
                raise CallOver
            mailbox.put(message, actor=self._actor)
        except CallOver:
            return "only the page of a running call may answer hints"
        except ValueError as error:
            return str(error)
        return None


class _Conversation:
    """One client: sends the feed and hears the page until either side ends or the client is too slow or too loud."""

    def __init__(self, socket: WebSocket, subscription: Subscription, ear: _Ear) -> None:
        self._socket = socket
        self._subscription = subscription
        self._ear = ear
        self._sending = asyncio.Lock()
        self._sent = 0
        self._closing: tuple[int, str] | None = None

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
            await _close(self._socket, CLOSE_STORE_FAILED, "the records cannot be read")
        if self._closing is not None:
            await _close(self._socket, *self._closing)
        elif self._subscription.overflowed.is_set():
            await _close(self._socket, CLOSE_TOO_SLOW, "too slow: reconnect with after")

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
        """Ends when this client is not to be heard any longer."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self._closing = CLOSE_NOT_TEXT, "messages are JSON text"
                return
            if not self._ear.allowance.take():
                fault = f"too many messages: {MESSAGES_AT_ONCE} at once, then {MESSAGES_A_SECOND:g} a second"
                self._closing = CLOSE_TOO_MUCH, fault
            else:
                fault = self._ear.take(text) or ""
            if fault:
                await self._send(json.dumps({"type": "error", "message": fault}, ensure_ascii=False))
            if self._closing is not None:
                return

    async def _send(self, text: str) -> None:
        async with self._sending:
            try:
                await self._socket.send_text(text)
            except RuntimeError:  # uvicorn has closed it already: a message too long, or no frame at all
                raise WebSocketDisconnect(CLOSE_NOT_TEXT) from None
            self._sent += 1


async def _accepted(socket: WebSocket) -> bool:
    """False when the client is gone before it was answered."""
    try:
        await socket.accept()
    except WebSocketDisconnect:
        return False
    return True


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect), anyio.move_on_after(_CLOSING_S):
        await socket.close(code, reason)
