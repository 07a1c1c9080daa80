"""`/ws/calls/{id}/sound`: a team lead hears a running call, and its agent is told so as long as it lasts.

Each time is a row of the audit when it begins and one when it ends, with its length. There is no other way to it, and
no way that the agent does not see.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, WebSocket
from pydantic import ValidationError

from pipeline.errors import CallOver, DeskAway, MailboxFull, StoreError
from pipeline.people.audit import Audit, Deed
from pipeline.people.permissions import Action
from pipeline.ports import Hears, SoundPiece, Tap
from pipeline.server.gate import Asker, Gate
from pipeline.server.lines import CLOSE_FAILED, CLOSE_NOT_TEXT, CLOSE_TOO_MUCH, TOO_MANY, Line, accepted, close
from pipeline.server.needs import CLOSE_UNKNOWN_CALL, AskedCall, needs_call
from pipeline.server.sound_messages import PING, Pong, piece_as_bytes, pong_as_text

log = logging.getLogger(__name__)

CLOSE_OVER = 4410  # the call has ended
CLOSE_AWAY = 4411  # its desk cannot be reached, or is too old for it
WAITING = 5  # pieces, a second: a page that takes them no faster misses the oldest
SILENT_S = 25.0  # a page that has said nothing for so long is gone
LOOK_S = 5.0  # how often it is looked whether the listener still may


def live_sound_routes(gate: Gate) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/ws/calls/{call_id}/sound")
    async def hear(
        socket: WebSocket, asked: Annotated[AskedCall, Depends(needs_call(Action.CALL_LISTEN_LIVE))]
    ) -> None:
        if not await accepted(socket):
            return
        tap = gate.calls.running.tap(asked.call_id)
        if tap is None:
            has_ended = await anyio.to_thread.run_sync(gate.calls.has_ended, asked.call_id)
            code, why = (CLOSE_OVER, "has ended") if has_ended else (CLOSE_AWAY, "is of a desk that is not here")
            await close(socket, code, f"this call {why}")
            return
        page, listens = _Page(Line(socket), gate, asked), _Listens(gate.audit, asked)
        try:
            leave = await anyio.to_thread.run_sync(listens.begin, tap, page.hears)
        except CallOver:
            await close(socket, CLOSE_OVER, "this call has ended")
            return
        except (DeskAway, MailboxFull) as error:
            await close(socket, CLOSE_AWAY, str(error)[:120])
            return
        except StoreError:
            await close(socket, CLOSE_FAILED, "it cannot be noted that somebody listens: nobody does")
            return
        try:
            await page.serve()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(listens.end, leave)

    return routes


@dataclass
class _Listens:
    """One time that somebody listens, in the audit. From any thread but the event loop's."""

    audit: Audit
    asked: AskedCall
    began_s: float = field(default_factory=time.monotonic)

    def begin(self, tap: Tap, hears: Hears) -> Callable[[], None]:
        """Raises what `tap.listen` does, and StoreError where it cannot be noted."""
        asker, call_id = self.asked.asker, self.asked.call_id
        self.audit.note(asker.person.id, Action.CALL_LISTEN_LIVE, call_id, asker.origin)
        return tap.listen(asker.name or asker.person.id, asker.person.id, hears)

    def end(self, leave: Callable[[], None]) -> None:
        leave()
        asker, seconds = self.asked.asker, round(time.monotonic() - self.began_s, 1)
        try:
            self.audit.note(
                asker.person.id, Deed.LISTENING_ENDED, self.asked.call_id, asker.origin, details={"seconds": seconds}
            )
        except StoreError as error:
            log.warning("that listening to call %s has ended could not be noted: %s", self.asked.call_id, error)


@dataclass(eq=False)
class _Page:
    line: Line
    gate: Gate
    asked: AskedCall
    _pieces: deque[SoundPiece | None] = field(default_factory=lambda: deque(maxlen=WAITING))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _heard_s: float = field(default_factory=time.monotonic)

    def hears(self, piece: SoundPiece | None) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._put, piece)

    def _put(self, piece: SoundPiece | None) -> None:
        self._pieces.append(piece)
        self._news.set()

    async def serve(self) -> None:
        over = partial(self.line.end_with, self.gate.until_over(self.asked.asker))
        await self.line.run(self._send_all, self._receive, self._look, over)

    async def _send_all(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._pieces:
                piece = self._pieces.popleft()
                if piece is None:
                    self.line.closing = CLOSE_OVER, "this call has ended"
                    return
                await self.line.send(piece_as_bytes(piece))

    async def _receive(self) -> None:
        while True:
            message = await self.line.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not self.line.messages.take():
                self.line.closing = CLOSE_TOO_MUCH, TOO_MANY
                return
            try:
                ping = PING.validate_json(message.get("text") or "")
            except ValidationError:
                self.line.closing = CLOSE_NOT_TEXT, 'a page says {"type":"ping","at":...} here and nothing else'
                return
            self._heard_s = time.monotonic()
            await self.line.send(pong_as_text(Pong(ping.at, time.time() * 1000)))

    async def _look(self) -> None:
        """A page that is gone without a word hears nothing on, nor one whose lead the call is not any more."""
        asker: Asker = self.asked.asker
        may = partial(self.gate.calls.may, asker.person, Action.CALL_LISTEN_LIVE, self.asked.call_id)
        while True:
            await asyncio.sleep(LOOK_S)
            if time.monotonic() - self._heard_s > SILENT_S:
                self.line.closing = CLOSE_FAILED, f"no ping came for {SILENT_S:g} s"
                return
            if not await anyio.to_thread.run_sync(may):
                self.line.closing = CLOSE_UNKNOWN_CALL, "this call is another team's now"
                return
