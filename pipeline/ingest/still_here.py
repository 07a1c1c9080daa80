"""What desks still have of calls that have ended, against what is here: what the centre has lost it gets again.

Each desk tells it on each connection. A centre whose database is of yesterday, or whose recordings are, misses some;
and a desk whose power failed has less than it had said: then the call ends here by what is kept here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import anyio.to_thread

from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.lost import MOST, NotHere, Running
from pipeline.desk_protocol.messages import CallHere, Missing, StillHere
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ingest.load_desks import is_of_load
from pipeline.store.bringing import Standing

log = logging.getLogger(__name__)

MayKeep = Callable[[DeskLine, str], RefusedBecause | None]


class Stands(Protocol):
    """As of store.bringing.Bringing."""

    def standing(self, call_ids: Sequence[str], desk_id: str) -> dict[str, Standing]: ...

    def running(self, desk_id: str, most: int) -> list[str]: ...


class StillHereIn:
    """A Part. On the event loop; database and files are looked at in threads."""

    def __init__(
        self,
        kept: Stands,
        may_keep: MayKeep,
        lacks_sound: Callable[[str, float], bool],
        end: Callable[[str], object],
        ended: Callable[[DeskLine, str], None],
    ) -> None:
        """`may_keep`: as of RecordingsIn. `lacks_sound`: whether the recording of a call that ended so many seconds ago
        is not here, and would be kept. `end`: ends a call here by what is kept of it; all of them in a thread.

        `ended`: told of that, on the event loop.
        """
        self._kept = kept
        self._may_keep = may_keep
        self._lacks_sound = lacks_sound
        self._end = end
        self._ended = ended
        self.takes: Mapping[type[Any], Takes] = {StillHere: self._take, NotHere: self._take_lost}

    async def opened(self, line: DeskLine) -> None:
        """What runs here and not there waits to be brought, or is lost at the desk: then nobody else ends it."""
        if line.hello is None or line.has_replaced or is_of_load(line.desk):
            return
        running = await anyio.to_thread.run_sync(self._kept.running, line.desk.id, MOST)  # others: when it comes again
        if asked := tuple(call_id for call_id in running if call_id not in line.hello.calls):
            line.say(Running(asked))

    def left(self, line: DeskLine) -> None:
        pass

    async def _take(self, line: DeskLine, said: StillHere, body: bytes) -> None:
        line.spawn(self._answer, line, said)

    async def _take_lost(self, line: DeskLine, said: NotHere, body: bytes) -> None:
        line.spawn(self._end_lost, line, said)

    async def _end_lost(self, line: DeskLine, said: NotHere) -> None:
        standing = await anyio.to_thread.run_sync(self._kept.standing, said.calls, line.desk.id)
        for call_id, here in standing.items():
            if here.is_of_desk and here.last_seq and here.end_seq is None:
                log.warning("desk %s has lost call %s, which ends here", line.desk.name, call_id)
                await anyio.to_thread.run_sync(self._end, call_id)
                self._ended(line, call_id)

    async def _answer(self, line: DeskLine, said: StillHere) -> None:
        missing = await anyio.to_thread.run_sync(self._look, line, said)
        for call_id in missing.over:
            self._ended(line, call_id)
        line.say(missing)

    def _look(self, line: DeskLine, said: StillHere) -> Missing:
        standing = self._kept.standing([call.call_id for call in said.calls], line.desk.id)
        known = [(call, standing[call.call_id]) for call in said.calls if call.call_id in standing]
        theirs = [(call, here) for call, here in known if here.is_of_desk]
        over = [call.call_id for call, here in theirs if _differs(call, here)]
        lost = {call.call_id: here.last_seq for call, here in theirs if here.last_seq < call.last_seq}
        for call_id in over:
            lost.pop(call_id, None)
            if standing[call_id].end_seq is None:
                self._end(call_id)
        sound, held = [], []
        for call, here in theirs:
            match self._wanted(line, call, here):
                case "sound":
                    sound.append(call.call_id)
                case "held":
                    held.append(call.call_id)
        return Missing(said.id, lost, tuple(sound), tuple(held), tuple(over))

    def _wanted(self, line: DeskLine, call: CallHere, here: Standing) -> str:
        if not call.has_sound:
            return ""
        if not here.last_seq:
            return "sound"
        if self._may_keep(line, call.call_id) == "held":
            return "held"
        return "sound" if self._lacks_sound(call.call_id, here.ended_s or 0.0) else ""


def _differs(call: CallHere, here: Standing) -> bool:
    """Whether the call ends elsewhere here than at its desk: there are two versions. Asked again, it is so again."""
    if here.end_seq is None:
        return here.last_seq >= call.end_seq
    return here.end_seq != call.end_seq
