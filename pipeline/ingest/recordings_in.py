"""Recordings of desks: taken in pieces, checked by their SHA-256, and placed; refused where they may not be kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from pipeline.audio.recording.incoming import Incoming
from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.messages import Piece, Recording, RecordingFrom, RecordingKept, RecordingRefused
from pipeline.errors import AudioError
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ports import SAMPLE_RATE_HZ

log = logging.getLogger(__name__)

MOST_BYTES_MS = 2 * 2 * SAMPLE_RATE_HZ // 1000  # two sides, as they would be without an encoding
SLACK_MS = 10_000

MayKeep = Callable[[DeskLine, str], RefusedBecause | None]
"""Why the recording of this call is not taken from this desk; None where it is. In a thread; may raise StoreError."""


@dataclass(slots=True)
class _Coming:
    incoming: Incoming
    has_failed: bool = False  # it was whole, and not what was told


class RecordingsIn:
    """On the event loop; files are written in threads."""

    def __init__(
        self,
        folder: Path,
        may_keep: MayKeep,
        placed: Callable[[str], None],
        discard: Callable[[str], object],
        duration_ms: Callable[[str], int | None],
    ) -> None:
        """`placed`: told, in a thread, of a call whose recording is whole; `discard`: deletes one that is.

        `duration_ms`: of a call that has ended; None: it runs.
        """
        self._folder = folder
        self._may_keep = may_keep
        self._placed = placed
        self._discard = discard
        self._duration_ms = duration_ms
        self._coming: dict[tuple[DeskLine, str], _Coming] = {}
        self.takes: Mapping[type[Any], Takes] = {Recording: self._begin, Piece: self._piece}

    async def opened(self, line: DeskLine) -> None:
        pass

    def left(self, line: DeskLine) -> None:
        for key in [key for key in self._coming if key[0] is line]:
            del self._coming[key]

    async def _begin(self, line: DeskLine, said: Recording, body: bytes) -> None:
        incoming = Incoming(self._folder, said.call_id, said.size, said.sha256, said.suffix)
        if (because := await anyio.to_thread.run_sync(self._may_keep, line, said.call_id)) is not None:
            line.say(RecordingRefused(said.call_id, because, "this recording may not be kept"))
            return
        try:
            if await anyio.to_thread.run_sync(incoming.is_whole):
                line.say(RecordingKept(said.call_id))
                return
            if (why := await anyio.to_thread.run_sync(self._fault, incoming)) is not None:
                line.say(RecordingRefused(said.call_id, "conflict", why))
                return
            have = await anyio.to_thread.run_sync(incoming.begin)
        except AudioError as error:
            self._fail(line, said.call_id, error)
            return
        self._coming[line, said.call_id] = _Coming(incoming)
        await self._go_on(line, said.call_id, have)

    def _fault(self, incoming: Incoming) -> str | None:
        """Why it cannot be the recording of its call: a disk is not to be filled by what no call was so long for."""
        duration_ms = self._duration_ms(incoming.call_id)
        if duration_ms is None:
            return "its call has not ended"
        if incoming.is_another_there():
            return "this call has another recording already"
        most = MOST_BYTES_MS * (duration_ms + SLACK_MS)
        return f"it has {incoming.size} bytes; {most} are most for its call" if incoming.size > most else None

    async def _piece(self, line: DeskLine, said: Piece, body: bytes) -> None:
        coming = self._coming.get((line, said.call_id))
        if coming is None:
            return  # the desk tells it again
        try:
            have = await anyio.to_thread.run_sync(coming.incoming.take, said.offset, body)
        except AudioError as error:
            self._fail(line, said.call_id, error)
            return
        await self._go_on(line, said.call_id, have)

    async def _go_on(self, line: DeskLine, call_id: str, have: int) -> None:
        coming = self._coming[line, call_id]
        if have < coming.incoming.size:
            line.say(RecordingFrom(call_id, have))
            return
        if (because := await anyio.to_thread.run_sync(self._may_keep, line, call_id)) is not None:  # taken back by now
            del self._coming[line, call_id]
            line.say(RecordingRefused(call_id, because, "this recording may not be kept"))
            return
        try:
            is_right = await anyio.to_thread.run_sync(coming.incoming.place)
        except AudioError as error:
            self._fail(line, call_id, error)
            return
        if is_right:
            del self._coming[line, call_id]
            if (because := await anyio.to_thread.run_sync(self._may_keep, line, call_id)) is not None:
                await anyio.to_thread.run_sync(self._discard, call_id)  # taken back at that moment
                line.say(RecordingRefused(call_id, because, "this recording may not be kept"))
                return
            line.say(RecordingKept(call_id))
            line.spawn(anyio.to_thread.run_sync, self._placed, call_id)
        elif coming.has_failed:
            self._fail(line, call_id, AudioError(f"the recording of call {call_id} is not what its SHA-256 says"))
        else:
            coming.has_failed = True
            line.say(RecordingFrom(call_id, 0))

    def _fail(self, line: DeskLine, call_id: str, error: AudioError) -> None:
        """Nothing is said: the desk begins again later, where this one has left off."""
        log.warning("desk %s: the recording of call %s cannot be taken just now: %s", line.desk.name, call_id, error)
        self._coming.pop((line, call_id), None)
