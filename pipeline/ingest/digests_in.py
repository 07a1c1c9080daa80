"""The newest digest of each call that runs at a desk, in memory: what the wall shows, and when it was heard.

Taken of calls alone of which records were taken over the same line, or over one before it of the same desk: whose they
are was looked at then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.desk_protocol.kinds import Close
from pipeline.desk_protocol.messages import Digested
from pipeline.digest import Digest, from_json
from pipeline.events.call import CallEnded
from pipeline.events.record import Record
from pipeline.ingest.desk_line import Closing, DeskLine, Takes
from pipeline.ingest.load_desks import is_of_load
from pipeline.ingest.records_in import CallAtDesk

MOST_EARLY = 4  # calls of a line


@dataclass(frozen=True, slots=True)
class HeldDigest:
    """`heard_s`: monotonic. `line`: over which the desk said it, open or not."""

    digest: Digest
    heard_s: float
    line: DeskLine


class DigestsIn:
    """A Part, and a Bus. On the event loop. `calls` is for whoever shows a wall; a call goes when its end was heard."""

    def __init__(
        self, call_at: Callable[[DeskLine, str], CallAtDesk | None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`call_at`: the call with this id of which records were taken over this line."""
        self._call_at = call_at
        self._clock = clock
        self.calls: dict[str, HeldDigest] = {}
        self._early: dict[DeskLine, dict[str, bytes]] = {}  # of calls whose first records are not kept yet
        self.takes: Mapping[type[Any], Takes] = {Digested: self._take}

    async def opened(self, line: DeskLine) -> None:
        """Calls that the desk names no more have ended while it was away, or are lost."""
        running = line.hello.calls if line.hello is not None else ()
        for call_id, held in list(self.calls.items()):
            if held.line is not line and held.line.desk.id == line.desk.id and call_id not in running:
                self.calls.pop(call_id, None)

    def left(self, line: DeskLine) -> None:
        """Those of its calls stay: the call goes on at its desk, and a wall says since when nothing is heard."""
        self._early.pop(line, None)
        if is_of_load(line.desk):  # which never comes again with them
            for call_id in [call_id for call_id, held in list(self.calls.items()) if held.line is line]:
                self.calls.pop(call_id, None)

    def seen(self, call: CallAtDesk) -> None:
        """Records of it were kept; the last ones tell its end, also where its last digest was never said."""
        early = self._early.get(call.line, {}).pop(call.call_id, None)
        if call.has_ended:
            self.calls.pop(call.call_id, None)
        elif early is not None:
            try:
                self._hold(call.line, call_id=call.call_id, told=_told(call), body=early)
            except Closing as closing:
                call.line.close(closing.code, str(closing))

    def publish(self, records: Sequence[Record]) -> None:
        """A Bus, from any thread: of a desk that was revoked nobody else ends a call than this process."""
        for record in records:
            if isinstance(record.event, CallEnded):
                self.calls.pop(record.call_id, None)

    async def _take(self, line: DeskLine, said: Digested, body: bytes) -> None:
        call, held = self._call_at(line, said.call_id), self.calls.get(said.call_id)
        if call is not None:
            if not call.has_ended:
                self._hold(line, call_id=call.call_id, told=_told(call), body=body)
        elif held is not None and held.line.desk.id == line.desk.id:  # which is back, and delivers what was
            self._hold(line, call_id=said.call_id, told=held.digest.agent_id, body=body)
        else:
            early = self._early.setdefault(line, {})
            if said.call_id in early or len(early) < MOST_EARLY:
                early[said.call_id] = body

    def _hold(self, line: DeskLine, *, call_id: str, told: str | None, body: bytes) -> None:
        """Raises Closing for what is no digest, or one of another call or agent."""
        try:
            digest = from_json(body)
        except ValueError as error:
            raise Closing(Close.FAULTY, f"digest of call {call_id}: {error}") from None
        if digest.call_id != call_id or (told is not None and digest.agent_id not in (None, told)):
            raise Closing(Close.FAULTY, f"the digest said to be of call {call_id} is another's")
        if digest.ended_ms is None:
            mine = replace(digest, agent_id=told)  # null where its facts were told to an earlier process of the centre
            self.calls[call_id] = HeldDigest(mine, self._clock(), line)
        else:
            self.calls.pop(call_id, None)


def _told(call: CallAtDesk) -> str | None:
    return call.facts.agent_id if call.facts is not None else None
