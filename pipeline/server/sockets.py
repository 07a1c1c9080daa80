"""The websockets, of one call or of all calls (the floor). Records go out as JSON text, page messages come in.

Who may watch what, and answer hints, says the table of permissions; messages are accepted at a limited rate only. A
client that exceeds it gets an error message and is closed; so is one whose session or token no longer holds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, WebSocket
from pydantic import Field, TypeAdapter, ValidationError

from pipeline.codec import first_fault
from pipeline.errors import CallOver, MailboxFull, StoreError
from pipeline.events.call import CallFacts
from pipeline.people.permissions import Action
from pipeline.ports import HelpMessage, PageMessage, SeenMessage
from pipeline.server.answers import MOST
from pipeline.server.feeds import History, NotTheirs, call_feed, condensed_feed
from pipeline.server.gate import Asker, Gate
from pipeline.server.hub import Hub, Subscription, TooSlow
from pipeline.server.lines import CLOSE_FAILED, CLOSE_NOT_TEXT, CLOSE_TOO_MUCH, TOO_MANY, Line, Part, accepted, close
from pipeline.server.masked import Eyes, Masking
from pipeline.server.messages import Refusal, as_text
from pipeline.server.needs import CLOSE_UNKNOWN_CALL, AskedCall, needs_call
from pipeline.store.ownership import owner

CLOSE_TOO_SLOW = 4008

_SAID: TypeAdapter[PageMessage | HelpMessage | SeenMessage] = TypeAdapter(
    Annotated[PageMessage | HelpMessage | SeenMessage, Field(discriminator="type")]
)

After = Annotated[int, Query(ge=-MOST, le=MOST)]


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
            await _Client(socket, subscription, inbox).serve(texts, gate.until_over(asker), heartbeat=condensed)

    return routes


class _Inbox:
    """Validates the messages of a page and puts them into the mailbox of its call."""

    def __init__(self, gate: Gate, asker: Asker, call_id: str | None = None) -> None:
        self._gate = gate
        self._calls = gate.calls
        self._asker = asker
        self._call_id = call_id

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


class _Client:
    """One client: sends the feed and receives messages until either side ends or the client exceeds a limit."""

    def __init__(self, socket: WebSocket, subscription: Subscription, inbox: _Inbox) -> None:
        self._line = Line(socket)
        self._subscription = subscription
        self._inbox = inbox

    async def serve(self, texts: AsyncIterator[str], over: Awaitable[None], *, heartbeat: bool = False) -> None:
        """`over`: until the client may no longer watch."""
        line = self._line
        parts: list[Part] = [
            partial(self._send_all, texts), partial(line.end_with, over), self._receive,
            self._subscription.overflowed.wait,
        ]  # fmt: skip
        if heartbeat:
            parts += [line.send_heartbeats, line.await_death]
        try:
            await line.run(*parts)
        except* StoreError:
            await close(line.socket, CLOSE_FAILED, "the records cannot be read")
        if line.closing is None and self._subscription.overflowed.is_set():
            await close(line.socket, CLOSE_TOO_SLOW, "too slow: reconnect with after")

    async def _send_all(self, texts: AsyncIterator[str]) -> None:
        try:
            async for text in texts:
                await self._line.send(text)
        except NotTheirs:
            self._line.closing = CLOSE_UNKNOWN_CALL, "this call is another agent's now"
        except TooSlow:
            pass  # it has overflowed

    async def _receive(self) -> None:
        """Receives messages until the client disconnects or must be closed."""
        line = self._line
        while line.closing is None:
            message = await line.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                line.closing = CLOSE_NOT_TEXT, "messages are JSON text"
                return
            if line.is_answer(text):
                continue
            if not line.messages.take():
                fault = TOO_MANY
                line.closing = CLOSE_TOO_MUCH, fault
            else:
                fault = await self._inbox.take(text) or ""
            if fault:
                await line.send(as_text(Refusal(fault)))
