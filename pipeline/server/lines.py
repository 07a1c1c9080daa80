"""What every websocket of a page has in common: one message at a time, heartbeats both ways, a reason for its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
from anyio.abc import TaskGroup
from fastapi import WebSocket, WebSocketDisconnect

from pipeline.bucket import Bucket
from pipeline.server.messages import Alive, as_text
from pipeline.server.needs import CLOSE_NOT_SIGNED_IN, OVER

CLOSE_NOT_TEXT = 1003
CLOSE_FAILED = 1011  # the store failed, or the client does not answer
CLOSE_TOO_MUCH = 4429
MESSAGES_AT_ONCE = 20
MESSAGES_A_SECOND = 2.0
TOO_MANY = f"too many messages: {MESSAGES_AT_ONCE} at once, then {MESSAGES_A_SECOND:g} a second"
ALIVE_S = 0.5  # heartbeat; a page that receives nothing for five times as long reconnects
DEAD_S = 8.0  # a page that has answered heartbeats and then answers none for so long is gone
_CLOSING_S = 5.0  # time limit for closing the socket of a client that does not read
_ALIVE = as_text(Alive())

Part = Callable[[], Awaitable[object]]


class Pulse:
    """Heartbeats of one client and its answers. A client that never answers one is not expected to."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unanswered = 0
        self._answered_s: float | None = None

    def beat(self) -> None:
        self._unanswered += 1

    def answer(self) -> bool:
        """Takes an answer; False when none is owed: then it is a message like any other."""
        if not self._unanswered:
            return False
        self._unanswered -= 1
        self._answered_s = self._clock()
        return True

    @property
    def is_dead(self) -> bool:
        return self._answered_s is not None and self._clock() - self._answered_s > DEAD_S


class Line:
    """One websocket, which lives until the first of its parts ends. `closing`: why this side ends it."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.closing: tuple[int, str] | None = None
        self.messages = Bucket(MESSAGES_AT_ONCE, MESSAGES_A_SECOND)
        self._sending = asyncio.Lock()
        self._pulse = Pulse()

    async def run(self, *parts: Part) -> None:
        async with anyio.create_task_group() as tasks:
            for part in parts:
                tasks.start_soon(self._first_to_end, tasks, part)
        if self.closing is not None:
            await close(self.socket, *self.closing)

    async def send(self, said: str | bytes) -> None:
        async with self._sending:
            try:
                await (self.socket.send_text(said) if isinstance(said, str) else self.socket.send_bytes(said))
            except RuntimeError:  # uvicorn has closed the socket already: a message too long, or an invalid frame
                raise WebSocketDisconnect(CLOSE_NOT_TEXT) from None

    def is_answer(self, text: str | None) -> bool:
        """Whether it is one to a heartbeat, which is taken."""
        return text == _ALIVE and self._pulse.answer()

    # --- parts ---------------------------------------------------------------------------------------------------

    async def end_with(self, over: Awaitable[None]) -> None:
        """`over`: until the person may no longer do this."""
        await over
        self.closing = CLOSE_NOT_SIGNED_IN, OVER

    async def send_heartbeats(self, beat: Callable[[], str] = lambda: _ALIVE) -> None:
        """So that both ends can detect a dead connection: a proxy may drop it without closing it."""
        while True:
            await asyncio.sleep(ALIVE_S)
            self._pulse.beat()
            await self.send(beat())

    async def await_death(self) -> None:
        """Pings tell nothing of the page behind a proxy that answers them itself."""
        while not self._pulse.is_dead:
            await asyncio.sleep(ALIVE_S)
        self.closing = CLOSE_FAILED, "no heartbeat was answered: connect again"

    async def _first_to_end(self, tasks: TaskGroup, part: Part) -> None:
        with suppress(WebSocketDisconnect):
            await part()
        tasks.cancel_scope.cancel()


async def accepted(socket: WebSocket) -> bool:
    """Accepts the socket; False when the client is gone already.

    By then the gate has let it in, and has said 4401, 4403 or 4404 to all others (needs.py).
    """
    try:
        await socket.accept()
    except WebSocketDisconnect:
        return False
    return True


async def close(socket: WebSocket, code: int, reason: str) -> None:
    with suppress(RuntimeError, WebSocketDisconnect), anyio.move_on_after(_CLOSING_S):
        await socket.close(code, reason)
