"""Words for desks: their utterances go to the recogniser of the centre, each answered once, or told that it is not.

What is held of all desks together is bounded in bytes: sound as it came while it waits to be decoded, then decoded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import anyio

from pipeline.desk_protocol.fields import Engine
from pipeline.desk_protocol.kinds import UTTERANCES
from pipeline.desk_protocol.messages import Heard, NoWords, Words
from pipeline.desk_protocol.sound import decoded
from pipeline.errors import AsrError
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ports import Pending, Transcriber, Utterance

HELD_BYTES = 256 * 1024 * 1024
"""Of speech that waits for its words, of all desks: more than two hours. Of more the centre says that there are none:
a desk hears them from the recording afterwards."""
FULL = "too much speech of all desks waits for its words"


class WordsFor:
    """On the event loop; decoding runs in threads."""

    def __init__(self, transcriber: Callable[[], Transcriber], most_bytes: int = HELD_BYTES) -> None:
        """`transcriber`: the recogniser of the centre, once it is loaded."""
        self._transcriber = transcriber
        self._most_bytes = most_bytes
        self._held_bytes = 0
        self._under_way: dict[DeskLine, int] = {}
        self.takes: Mapping[type[Any], Takes] = {Heard: self._take}

    def engine(self) -> Engine | None:
        """What desks are told of it."""
        found = self._transcriber()
        return Engine(found.engine, found.notice, found.trust) if found.engine != "none" else None

    def has_room(self) -> bool:
        return self._transcriber().has_room

    async def opened(self, line: DeskLine) -> None:
        line.has_room = self.has_room

    def left(self, line: DeskLine) -> None:
        self._under_way.pop(line, None)

    async def _take(self, line: DeskLine, said: Heard, body: bytes) -> None:
        if self._under_way.get(line, 0) >= UTTERANCES:
            line.say(NoWords(said.id, f"{UTTERANCES} utterances of this desk wait for their words"))
        elif self._held_bytes + len(body) > self._most_bytes:
            line.say(NoWords(said.id, FULL))
        else:
            self._under_way[line] = self._under_way.get(line, 0) + 1
            self._held_bytes += len(body)  # from now on, and not from when its turn comes
            line.spawn(self._answer, line, said, body)

    async def _answer(self, line: DeskLine, said: Heard, body: bytes) -> None:
        try:
            line.say(await self._words(line, said, body))
        finally:
            if line in self._under_way:
                self._under_way[line] -= 1

    async def _words(self, line: DeskLine, said: Heard, body: bytes) -> Words | NoWords:
        try:
            pcm = await anyio.to_thread.run_sync(decoded, body)
        finally:
            self._held_bytes -= len(body)
        if self._held_bytes + pcm.nbytes > self._most_bytes:
            return NoWords(said.id, FULL)
        call = f"{line.desk.id}:{said.call_id}"  # so that no desk can replace another's guesses
        pending = await self._asked(Utterance(pcm, call, said.channel, said.is_final, said.language))
        try:
            return Words(said.id, pending.result())
        except AsrError as error:
            return NoWords(said.id, str(error)[:500])

    async def _asked(self, utterance: Utterance) -> Pending:
        """Once it is ready. The recogniser holds the sound until then, also where the line is gone meanwhile."""
        ready, loop, size = asyncio.Event(), asyncio.get_running_loop(), utterance.pcm.nbytes

        def let_go() -> None:
            self._held_bytes -= size
            ready.set()

        def tell() -> None:
            with suppress(RuntimeError):  # the centre has ended meanwhile
                loop.call_soon_threadsafe(let_go)

        pending = self._transcriber().ask(utterance)
        self._held_bytes += size
        pending.when_ready(tell)
        await ready.wait()
        return pending
