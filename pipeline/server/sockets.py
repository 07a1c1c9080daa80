"""The websocket of a call, and how any page is served by one. Records go out as JSON text, page messages come in.

Who may watch what, and answer hints, says the table of permissions; messages are accepted at a limited rate only. A
client that exceeds it gets an error message and is closed; so is one whose session or token no longer holds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, Protocol

import anyio
from anyio.abc import TaskGroup
from fastapi import APIRouter, Depends, Query, WebSocket, WebSocketDisconnect
from pydantic import Field, TypeAdapter, ValidationError

from pipeline.bucket import Bucket
from pipeline.codec import first_fault
from pipeline.errors import CallOver, MailboxFull, StoreError
from pipeline.events.call import CallFacts
from pipeline.people.permissions import Action
from pipeline.ports import HelpMessage, PageMessage, SeenMessage
from pipeline.server.answers import MOST
from pipeline.server.feeds import History, NotTheirs, call_feed, condensed_feed
from pipeline.server.gate import Asker, Gate
from pipeline.server.hub import Hub, TooSlow
from pipeline.server.masked import Eyes, Masking
from pipeline.server.messages import Alive, Refusal, as_text
from pipeline.server.needs import CLOSE_NOT_SIGNED_IN, CLOSE_UNKNOWN_CALL, OVER, AskedCall, needs_call
from pipeline.store.ownership import owner

CLOSE_NOT_TEXT = 1003
CLOSE_FAILED = 1011  # the store failed, or the client does not answer
CLOSE_TOO_SLOW = 4008
CLOSE_TOO_MUCH = 4429
MESSAGES_AT_ONCE = 20
MESSAGES_A_SECOND = 2.0
ALIVE_S = 0.5  # heartbeat; a page that receives nothing for five times as long reconnects
DEAD_S = 8.0  # a page that has answered heartbeats and then answers none for so long is gone
_CLOSING_S = 5.0  # time limit for closing the socket of a client that does not read

_SAID: TypeAdapter[PageMessage | HelpMessage | SeenMessage] = TypeAdapter(
    Annotated[PageMessage | HelpMessage | SeenMessage, Field(discriminator="type")]
)
_ALIVE = as_text(Alive())


After = Annotated[int, Query(ge=-MOST, le=MOST)]


def _alive() -> str:
    return _ALIVE


def socket_routes(gate: Gate, hub: Hub, masking: Masking) -> APIRouter:
    routes = APIRouter()
    calls = gate.calls
    history = History(calls.archive, calls.running)

    @routes.websocket("/ws/calls/{call_id}")
    async def watch_call(
        socket: WebSocket,
        asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_READ))],
        after: After = 0,
        condensed: bool = False,
    ) -> None:
        """`condensed` is used by our own page: a condensed history, and heartbeats both ways."""
        if not await accepted(socket):
            return
        asker, call_id = asked.asker, asked.call_id

        def sees(facts: CallFacts) -> bool:
            return calls.may_with(asker.person, Action.CALL_READ, call_id, owner(facts))

        with hub.subscribe(call_id) as subscription:
            feed = condensed_feed if condensed else call_feed
            texts = feed(history, subscription, call_id, after, sees, Eyes(masking, asker.person))
            inbox = _Inbox(gate, asker, call_id)
            beats = _alive if condensed else None
            await Client(socket, inbox, beats, subscription.overflowed).serve(texts, gate.until_over(asker))

    return routes


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


class _Inbox:
    """Validates the messages of a page and puts them into the mailbox of its call."""

    def __init__(self, gate: Gate, asker: Asker, call_id: str | None = None) -> None:
        self._gate = gate
        self._calls = gate.calls
        self._asker = asker
        self._call_id = call_id
        self.allowance = Bucket(MESSAGES_AT_ONCE, MESSAGES_A_SECOND)

    async def take(self, text: str) -> str | None:
        """Takes a message; what is wrong with it, or None. Who may not answer is refused, which is noted."""
        person = self._asker.person
        if not person.may(Action.CALL_ANSWER):
            return await self._refused(f"the role {person.role} may only read")
        try:
            message = _SAID.validate_json(text, strict=True)
        except ValidationError as error:
            return first_fault(error)
        mailbox = self._calls.running.mailbox(self._call_id) if self._call_id is not None else None
        try:
            if self._call_id is None or mailbox is None:
                raise CallOver
            if not self._calls.may(person, Action.CALL_ANSWER, self._call_id):
                return await self._refused("only the agent of this call may answer its hints")
            mailbox.put(message, actor=person.id)
        except CallOver:
            return "only the page of a running call may answer hints"
        except (ValueError, MailboxFull) as error:
            return str(error)
        return None

    async def _refused(self, why: str) -> str:
        await self._gate.note_refused(self._asker, Action.CALL_ANSWER, self._call_id, self._asker.origin)
        return why


class Inbox(Protocol):
    """Takes what a page says, besides its answers to heartbeats."""

    allowance: Bucket

    async def take(self, text: str) -> str | None:
        """What is wrong with it, or None."""


class Client:
    """One client: sends the feed and receives messages until either side ends or the client exceeds a limit."""

    def __init__(
        self,
        socket: WebSocket,
        inbox: Inbox,
        beats: Callable[[], str] | None,
        overflowed: asyncio.Event | None = None,
    ) -> None:
        """`beats`: the heartbeat of the moment, where the page wants any; `overflowed`: set once it is too slow."""
        self._socket = socket
        self._inbox = inbox
        self._beats = beats
        self._overflowed = overflowed or asyncio.Event()
        self._sending = asyncio.Lock()
        self._pulse = Pulse()
        self._closing: tuple[int, str] | None = None

    async def serve(self, texts: AsyncIterator[str], over: Awaitable[None]) -> None:
        """`over`: until the client may no longer watch."""
        parts: list[Callable[[], Awaitable[object]]] = [
            partial(self._send_all, texts),
            partial(self._await_end, over),
            self._receive,
            self._overflowed.wait,
        ]
        if self._beats is not None:
            parts += [partial(self._send_heartbeats, self._beats), self._await_death]
        try:
            async with anyio.create_task_group() as tasks:
                for part in parts:
                    tasks.start_soon(self._first_to_end, tasks, part)
        except* StoreError:
            await close(self._socket, CLOSE_FAILED, "the records cannot be read")
        if self._closing is not None:
            await close(self._socket, *self._closing)
        elif self._overflowed.is_set():
            await close(self._socket, CLOSE_TOO_SLOW, "too slow: reconnect with after")

    async def _first_to_end(self, tasks: TaskGroup, part: Callable[[], Awaitable[object]]) -> None:
        with suppress(WebSocketDisconnect, TooSlow):
            await part()
        tasks.cancel_scope.cancel()

    async def _send_all(self, texts: AsyncIterator[str]) -> None:
        try:
            async for text in texts:
                await self._send(text)
        except NotTheirs:
            self._closing = CLOSE_UNKNOWN_CALL, "this call is another agent's now"

    async def _await_end(self, over: Awaitable[None]) -> None:
        await over
        self._closing = CLOSE_NOT_SIGNED_IN, OVER

    async def _send_heartbeats(self, beats: Callable[[], str]) -> None:
        """So that both ends can detect a dead connection: a proxy may drop it without closing it."""
        while True:
            await asyncio.sleep(ALIVE_S)
            self._pulse.beat()
            await self._send(beats())

    async def _await_death(self) -> None:
        """Pings tell nothing of the page behind a proxy that answers them itself."""
        while not self._pulse.is_dead:
            await asyncio.sleep(ALIVE_S)
        self._closing = CLOSE_FAILED, "no heartbeat was answered: connect again with after"

    async def _receive(self) -> None:
        """Receives messages until the client disconnects or must be closed."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self._closing = CLOSE_NOT_TEXT, "messages are JSON text"
                return
            if text == _ALIVE and self._pulse.answer():
                continue
            if not self._inbox.allowance.take():
                fault = f"too many messages: {MESSAGES_AT_ONCE} at once, then {MESSAGES_A_SECOND:g} a second"
                self._closing = CLOSE_TOO_MUCH, fault
            else:
                fault = await self._inbox.take(text) or ""
            if fault:
                await self._send(as_text(Refusal(fault)))
            if self._closing is not None:
                return

    async def _send(self, text: str) -> None:
        async with self._sending:
            try:
                await self._socket.send_text(text)
            except RuntimeError:  # uvicorn has closed the socket already: a message too long, or an invalid frame
                raise WebSocketDisconnect(CLOSE_NOT_TEXT) from None


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
