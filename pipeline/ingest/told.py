"""What the centre tells a desk on behalf of others: facts, announcements, the begin and the end of a call.

Whoever tells something waits until the desk has done it: an answer that it was taken is a promise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, TimeoutError as NotInTime
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pipeline.codec import event_to_dict, facts_from
from pipeline.desk_protocol.kinds import ANSWER_MS
from pipeline.desk_protocol.messages import Announcement, Begin, Done, End, Facts, NotDone, Noted
from pipeline.errors import CallBusy, CallOver, DeskAway, FactsError, MailboxFull, NobodyHere
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts
from pipeline.events.prompts import PromptTold
from pipeline.events.record import FloorNote
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ingest.records_in import CallAtDesk
from pipeline.ports import HelpMessage, PageMessage, SeenMessage, Tap

LOOP_S = 1.0
"""So much later than its answer an event loop has looked at it."""


@dataclass
class Telling:
    """A part of the centre. `tell` from any thread but the event loop's, `told` on it."""

    wait_s: float = ANSWER_MS / 1000
    _ids: Iterator[int] = field(default_factory=count)
    _asked: dict[str, tuple[DeskLine, Future[Done | NotDone]]] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def takes(self) -> Mapping[type[Any], Takes]:
        return {Done: self._answered, NotDone: self._answered}

    async def opened(self, line: DeskLine) -> None:
        self._loop = asyncio.get_running_loop()

    def left(self, line: DeskLine) -> None:
        for id in [id for id, (asked, _) in self._asked.items() if asked is line]:
            _, answer = self._asked.pop(id)
            if not answer.done():
                answer.set_exception(DeskAway(line.desk.name))

    def tell(self, line: DeskLine, make: Callable[[str], Begin | End | Facts | Announcement | Noted]) -> Done:
        """As `told`, and the thread waits; not for a loop that has ended."""
        if self._loop is None:
            raise DeskAway(line.desk.name)
        try:
            return asyncio.run_coroutine_threadsafe(self.told(line, make), self._loop).result(self.wait_s + LOOP_S)
        except NotInTime:
            raise DeskAway(line.desk.name) from None

    async def told(self, line: DeskLine, make: Callable[[str], Begin | End | Facts | Announcement | Noted]) -> Done:
        """Raises DeskAway where it does not answer, and what it says why it was not done."""
        id, answer = f"c{next(self._ids)}", Future[Done | NotDone]()
        self._asked[id] = line, answer
        try:
            if not line.say(make(id)):
                raise DeskAway(line.desk.name)
            return _done(await asyncio.wait_for(asyncio.wrap_future(answer), self.wait_s), line)
        except NotInTime:
            raise DeskAway(line.desk.name) from None
        finally:
            self._asked.pop(id, None)

    async def _answered(self, line: DeskLine, said: Done | NotDone, body: bytes) -> None:
        asked = self._asked.get(said.id)
        if asked is not None and asked[0] is line and not asked[1].done():
            asked[1].set_result(said)


def _done(found: Done | NotDone, line: DeskLine) -> Done:
    if isinstance(found, NotDone):
        raise _fault(found, line.desk.name)
    return found


def _fault(said: NotDone, desk: str) -> Exception:
    match said.because:
        case "busy":
            return CallBusy(said.detail)
        case "over" | "unknown":
            return CallOver(said.detail or "the call has ended")
        case "facts":
            return FactsError(said.detail)
        case "full":
            return MailboxFull(said.detail)
        case "nobody":
            return NobodyHere()
        case _:
            return DeskAway(desk, said.detail)


class MailboxAtDesk:
    """A Mailbox of a call that runs at a desk: what it is told becomes a record there, and comes back as one."""

    def __init__(self, call: CallAtDesk, telling: Telling, tap: Tap) -> None:
        self._telling = telling
        self.call = call
        self.tap = tap

    @property
    def facts(self) -> CallFacts | None:
        """As its records tell them."""
        return self.call.facts

    def put(self, message: PageMessage | HelpMessage | SeenMessage, *, actor: Actor = None) -> None:
        raise ValueError("hints of this call are answered at its desk")

    def put_facts(self, changes: Mapping[str, Any], *, actor: Actor = None) -> CallFacts:
        before = self.call.facts or CallFacts()
        facts = facts_from(changes, before, "the call's facts")
        if (facts.agent_id, facts.team) != (before.agent_id, before.team):
            raise FactsError("agent_id and team of a call at a desk are those of who has signed in there")
        self._tell(lambda id: Facts(id, self.call.call_id, dict(changes), actor))
        return facts

    def put_prompt(self, told: PromptTold, *, actor: Actor = None) -> None:
        self._tell(lambda id: Announcement(id, self.call.call_id, told))

    def put_floor(self, note: FloorNote) -> None:
        self._tell(lambda id: Noted(id, self.call.call_id, event_to_dict(note)))

    async def tell_floor(self, note: FloorNote) -> None:
        await self._telling.told(self.call.line, lambda id: Noted(id, self.call.call_id, event_to_dict(note)))

    def _tell(self, make: Callable[[str], Facts | Announcement | Noted]) -> None:
        self._telling.tell(self.call.line, make)
