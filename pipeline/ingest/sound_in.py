"""The live sound of calls at desks: asked for while somebody listens here, and handed to them as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread

from pipeline.desk_protocol.frames import ProtocolError
from pipeline.desk_protocol.kinds import DOWN, Close, type_of
from pipeline.desk_protocol.messages import Listen, Sound
from pipeline.desk_protocol.sound import decoded
from pipeline.errors import CallOver, DeskAway
from pipeline.events.actor import Actor
from pipeline.ingest.desk_line import Closing, DeskLine, Takes
from pipeline.ingest.records_in import CallAtDesk
from pipeline.ports import Hears, SoundPiece
from pipeline.session.tap import Listener

LATEST_MS = 2**32 - 1  # as it goes to pages: 49 days
_SINCE = DOWN[type_of(Listen)].since


@dataclass
class SoundIn:
    """A Part. On the event loop, but for `listen`. A desk that was away is asked again when its call is seen."""

    call_at: Callable[[DeskLine, str], CallAtDesk | None]
    wall: Callable[[], float] = time.time
    _listeners: dict[str, list[Listener]] = field(default_factory=dict)  # by call
    _asked: dict[str, DeskLine] = field(default_factory=dict)  # over which its desk was asked last
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def takes(self) -> Mapping[type[Any], Takes]:
        return {Sound: self._take}

    async def opened(self, line: DeskLine) -> None:
        self._loop = asyncio.get_running_loop()

    def left(self, line: DeskLine) -> None:
        """Its calls go on, and so does whoever listens to them."""

    def listen(self, call: CallAtDesk, by: str, actor: Actor, hears: Hears) -> Callable[[], None]:
        """From any thread but the event loop's. As of ports.Tap."""
        if call.has_ended:
            raise CallOver("the call has ended")
        loop, line = self._loop, call.line
        if loop is None or line.state != "open" or line.minor < _SINCE:
            raise DeskAway(line.desk.name)
        listener = Listener(by, actor, hears)
        loop.call_soon_threadsafe(self._add, call, listener)
        return lambda: _later(loop, lambda: self._remove(call.call_id, listener))

    def seen(self, call: CallAtDesk) -> None:
        """Records of it were kept: the first over a new line, and the last, tell something here."""
        listeners = self._listeners.get(call.call_id, [])
        if call.has_ended:
            for listener in self._listeners.pop(call.call_id, []):
                listener.hears(None)
        elif listeners and call.line is not self._asked.get(call.call_id):
            for listener in listeners:
                self._ask(call, listener)

    def _add(self, call: CallAtDesk, listener: Listener) -> None:
        now = self.call_at(call.line, call.call_id)
        if now is not None and now.has_ended:  # meanwhile
            listener.hears(None)
            return
        self._listeners.setdefault(call.call_id, []).append(listener)
        self._ask(call, listener)

    def _remove(self, call_id: str, listener: Listener) -> None:
        left = [one for one in self._listeners.get(call_id, []) if one is not listener]
        line = self._asked.get(call_id)
        if line is not None and not listener.is_among(left):
            line.say(Listen(call_id, False, listener.by, listener.actor))
        self._listeners[call_id] = left
        if not left:
            self._listeners.pop(call_id)
            self._asked.pop(call_id, None)

    def _ask(self, call: CallAtDesk, listener: Listener) -> None:
        self._asked[call.call_id] = call.line
        call.line.say(Listen(call.call_id, True, listener.by, listener.actor))

    async def _take(self, line: DeskLine, said: Sound, body: bytes) -> None:
        """What comes of a call to which nobody listens any more was on its way."""
        listeners = self._listeners.get(said.call_id)
        if not listeners or self.call_at(line, said.call_id) is None:
            return
        if said.start_ms > LATEST_MS:
            raise Closing(Close.FAULTY, f"sound of call {said.call_id} begins at {said.start_ms} ms of it")
        try:
            pcm = await anyio.to_thread.run_sync(decoded, body, 2)
        except ProtocolError as error:
            raise Closing(Close.FAULTY, f"sound of call {said.call_id}: {error}") from None
        taken_s = (said.clock_ms - line.least_late_ms) / 1000 if said.clock_ms is not None else self.wall()
        piece = SoundPiece(said.start_ms, taken_s, pcm)
        for listener in list(self._listeners.get(said.call_id, [])):
            listener.hears(piece)


def _later(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(work)


@dataclass(frozen=True, slots=True)
class TapAtDesk:
    """The Tap of a call that runs at a desk."""

    call: CallAtDesk
    sounds: SoundIn

    def listen(self, by: str, actor: Actor, hears: Hears) -> Callable[[], None]:
        return self.sounds.listen(self.call, by, actor, hears)
