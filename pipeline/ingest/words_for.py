"""Words for desks: their utterances go to the recogniser of the centre, each answered once, or told that it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio

from pipeline.desk_protocol.kinds import UTTERANCES
from pipeline.desk_protocol.messages import Engine, Heard, NoWords, Words
from pipeline.desk_protocol.sound import decoded
from pipeline.errors import AsrError
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ports import Pending, Transcriber, Utterance

LOOK_S = 0.01  # how often it is looked whether words have come


class WordsFor:
    """On the event loop; decoding runs in threads."""

    def __init__(self, transcriber: Callable[[], Transcriber]) -> None:
        """`transcriber`: the recogniser of the centre, once it is loaded."""
        self._transcriber = transcriber
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
            return
        self._under_way[line] = self._under_way.get(line, 0) + 1
        line.spawn(self._answer, line, said, body)

    async def _answer(self, line: DeskLine, said: Heard, body: bytes) -> None:
        try:
            pcm = await anyio.to_thread.run_sync(decoded, body)
            call = f"{line.desk.id}:{said.call_id}"  # so that no desk can replace another's guesses
            utterance = Utterance(pcm, call, said.channel, said.is_final, said.language)
            pending = self._transcriber().ask(utterance)
            line.say(await _words(said.id, pending))
        finally:
            if line in self._under_way:
                self._under_way[line] -= 1


async def _words(id: str, pending: Pending) -> Words | NoWords:
    while not pending.ready():
        await anyio.sleep(LOOK_S)
    try:
        return Words(id, pending.result())
    except AsrError as error:
        return NoWords(id, str(error)[:500])
