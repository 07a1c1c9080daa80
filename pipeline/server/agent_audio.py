"""`/ws/agent/audio`: the microphone of an agent's page, and what it shares of the customer, as the sound of a call.

The page sends sound only while a call runs, and is told when. Whoever sends too much, or what is no sound, is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, WebSocket
from pydantic import ValidationError

from pipeline.bucket import Bucket
from pipeline.codec import first_fault
from pipeline.events.channels import Channel
from pipeline.ingest.browser import Side
from pipeline.ingest.browser_desks import BrowserDesk, BrowserDesks
from pipeline.people.permissions import Action
from pipeline.server.audio_messages import (
    FROM_PAGE,
    LONGEST_S,
    SHORTEST_S,
    CallBegun,
    CallOverHere,
    HeldElsewhere,
    Listens,
    Ready,
    SideLevel,
    TakenOver,
    Told,
    block_of,
    told_as_text,
)
from pipeline.server.gate import Asker, Gate
from pipeline.server.lines import CLOSE_NOT_TEXT, CLOSE_TOO_MUCH, TOO_MANY, Line, accepted, close
from pipeline.server.messages import Refusal, as_text
from pipeline.server.needs import needs

CLOSE_NO_DESK = 4404  # nobody's microphone is a page here, or not this person's
CLOSE_SILENT = 4408  # nothing was said in FIRST_WORD_S
CLOSE_TAKEN_OVER = 4409
FIRST_WORD_S = 10.0
AHEAD_S = 5.0  # so much sound may come at once, after a network that stood still
FASTER = 1.05  # than its rate a side never sends for long
NO_DESK = "no page is a microphone here: this callcoach has a headset of its own, or the account no agent id"


def agent_audio_routes(gate: Gate, desks: BrowserDesks | None) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/ws/agent/audio")
    async def listen(socket: WebSocket, asker: Annotated[Asker, Depends(needs(Action.CALL_SPEAK))]) -> None:
        if not await accepted(socket):
            return
        desk = desks.of(asker.person) if desks is not None else None
        if desks is None or desk is None:
            await close(socket, CLOSE_NO_DESK, NO_DESK)
            return
        desks.prepare()
        line = _PageLine(socket, desk, asker)
        try:
            await line.serve(gate.until_over(asker))
        finally:
            desk.detach(line)

    return routes


class _Allowed:
    """How much sound a side may send."""

    def __init__(self, side: Side) -> None:
        self._rate_hz = side.rate_hz
        self._samples = Bucket(round(AHEAD_S * side.rate_hz), FASTER * side.rate_hz)

    def fault(self, samples: int) -> tuple[int, str] | None:
        if not SHORTEST_S <= samples / self._rate_hz <= LONGEST_S:
            told = f"a block of {samples} samples; it must be of {SHORTEST_S * 1000:g} to {LONGEST_S * 1000:g} ms"
            return CLOSE_NOT_TEXT, told
        if not self._samples.take(samples):
            return CLOSE_TOO_MUCH, f"sound comes faster than its {self._rate_hz} samples a second"
        return None


class _PageLine:
    """The Page of one socket: sends what the desk tells, and hands on what comes, until either side ends."""

    def __init__(self, socket: WebSocket, desk: BrowserDesk, asker: Asker) -> None:
        self.key = ""
        self.agent_name, self.team = asker.name, asker.person.team
        self._line = Line(socket)
        self._desk = desk
        self._loop = asyncio.get_running_loop()
        self._to_send: asyncio.Queue[Told] = asyncio.Queue()
        self._spoke = asyncio.Event()
        self._allowed: dict[Channel, _Allowed] = {}

    # --- Page: from the threads of calls and other lines ---------------------------------------------------------

    def started(self, call_id: str) -> None:
        self._tell(CallBegun(call_id))

    def ended(self, call_id: str) -> None:
        self._tell(CallOverHere(call_id))

    def taken_over(self) -> None:
        self._tell(TakenOver())

    def _tell(self, told: Told) -> None:
        with suppress(RuntimeError):  # the event loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._to_send.put_nowait, told)

    # --- the event loop ------------------------------------------------------------------------------------------

    async def serve(self, over: Awaitable[None]) -> None:
        """`over`: until the person may no longer do this."""
        line = self._line
        await line.run(
            self._receive, self._send_told, self._await_first_word, line.send_heartbeats, line.await_death,
            partial(line.end_with, over),
        )  # fmt: skip

    async def _receive(self) -> None:
        while self._line.closing is None:
            message = await self._line.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            data, text = message.get("bytes"), message.get("text")
            if data is not None:
                self._line.closing = self._take_block(data)
            elif not self._line.is_answer(text):
                await self._take_message(text or "")

    def _take_block(self, data: bytes) -> tuple[int, str] | None:
        """Why the line is to be closed; None for a good block."""
        try:
            channel, frame, samples = block_of(data)
        except ValueError as error:
            return CLOSE_NOT_TEXT, str(error)
        allowed = self._allowed.get(channel)
        if allowed is None:
            return CLOSE_NOT_TEXT, f"a block of {channel}, which this page does not hear"
        if (fault := allowed.fault(len(samples))) is not None:
            return fault
        self._desk.put(self, channel, frame, samples)
        return None

    async def _take_message(self, text: str) -> None:
        fault = ""
        if not self._line.messages.take():
            fault = TOO_MANY
            self._line.closing = CLOSE_TOO_MUCH, fault
        else:
            try:
                message = FROM_PAGE.validate_json(text)
            except ValidationError as error:
                fault = first_fault(error)
            else:
                await self._take(message)
        if fault:
            await self._line.send(as_text(Refusal(fault)))

    async def _take(self, message: Listens | SideLevel) -> None:
        if isinstance(message, SideLevel):
            self._desk.level(self, Channel(message.channel), message.dbfs)
            return
        self._spoke.set()
        self.key = self.key or message.key
        sides = {side.channel: side for side in (told.as_side() for told in message.sides)}
        attached = self._desk.attach(self, list(sides.values()), take_over=message.take_over)
        if attached.state == "held":
            await self._line.send(told_as_text(HeldElsewhere(attached.call_id)))
            return
        self._allowed = {channel: _Allowed(side) for channel, side in sides.items()}
        await self._line.send(told_as_text(Ready(attached.call_id)))

    async def _send_told(self) -> None:
        while True:
            told = await self._to_send.get()
            await self._line.send(told_as_text(told))
            if isinstance(told, TakenOver):
                self._line.closing = CLOSE_TAKEN_OVER, "another page of this agent listens"
                return

    async def _await_first_word(self) -> None:
        with anyio.move_on_after(FIRST_WORD_S):
            await self._spoke.wait()
        if self._spoke.is_set():
            await asyncio.Event().wait()
        self._line.closing = CLOSE_SILENT, "the page has not said what it hears"
