"""Signing in and out over the lines of desks: the part of the centre in front of its shifts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import anyio
import anyio.to_thread

from pipeline.bucket import Bucket
from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.messages import NotSignedIn, Records, ShiftOver, SignedIn, SignIn, SignOut
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Event
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.ingest.shifts import Shifts
from pipeline.people.desks import DEAD_S
from pipeline.people.entrance import Origin

TRIES_AT_ONCE = 5
TRY_EVERY_S = 5.0
"""So many tries of one line are looked at; more are answered without, and cost no call of that desk its line."""


class SignIns:
    """A Part. On the event loop, but for `refusal`."""

    def __init__(self, shifts: Shifts) -> None:
        self._shifts = shifts
        self.line_of: Callable[[str], DeskLine | None] = lambda desk_id: None  # of the centre that has this part
        self.signed_in: Callable[[DeskLine], Awaitable[None]] = _nothing  # told of a line at which a shift has begun
        self.takes: Mapping[type[Any], Takes] = {SignIn: self._sign_in, SignOut: self._sign_out}
        self._tries: dict[DeskLine, Bucket] = {}

    async def opened(self, line: DeskLine) -> None:
        """What its shift ended by while the desk was away."""
        shift = line.hello.shift if line.hello is not None else None
        for over in await anyio.to_thread.run_sync(self._shifts.meet, line.desk.id, shift):
            line.say(over)

    def left(self, line: DeskLine) -> None:
        self._tries.pop(line, None)

    async def look_after(self) -> None:
        """Tells desks whose shifts are over, for ever."""
        await self._shifts.look_after(self._tell)

    def refusal(self, line: DeskLine, said: Records, events: Sequence[Event]) -> RefusedBecause | None:
        """As `records_in.Refusal`: of somebody who has not signed in at this desk. In a thread."""
        return self._shifts.refusal(line.desk.id, said.shift, *_told_in(line, said, events))

    async def _sign_in(self, line: DeskLine, said: SignIn, body: bytes) -> None:
        tries = self._tries.setdefault(line, Bucket(TRIES_AT_ONCE, 1 / TRY_EVERY_S, line.clock))
        if tries.take():
            line.spawn(self._answer, line, said)  # a password takes a while, and the line goes on
        else:
            line.say(NotSignedIn(said.id, "slowed", wait_s=TRY_EVERY_S))

    async def _answer(self, line: DeskLine, said: SignIn) -> None:
        with anyio.CancelScope(shield=True):  # what is done to other desks is told there, whatever becomes of this line
            answer = await self._shifts.sign_in(line.desk.id, said, _origin(line))
            for desk_id, over in answer.over:
                await self._tell(desk_id, over)
            if not line.say(answer.said) and isinstance(answer.said, SignedIn):  # nobody there knows of this shift
                await self._shifts.sign_out(line.desk.id, SignOut(answer.said.shift), _origin(line))
                return
        await self.signed_in(line)  # what the team has set is there before a call can begin

    async def _sign_out(self, line: DeskLine, said: SignOut, body: bytes) -> None:
        await self._shifts.sign_out(line.desk.id, said, _origin(line))

    async def _tell(self, desk_id: str, over: ShiftOver) -> None:
        if (line := self.line_of(desk_id)) is not None:
            line.say(over)


async def _nothing(line: DeskLine) -> None:
    pass


def _origin(line: DeskLine) -> Origin:
    """A desk counts as an address of its own: those of an office have one in common."""
    return Origin(f"desk:{line.desk.id}", line.hello.program if line.hello is not None else "")


def _told_in(line: DeskLine, said: Records, events: Sequence[Event]) -> tuple[Sequence[CallFacts], float | None]:
    """What the records tell of whose call it is, and when it began; None: not in these."""
    facts = [one.facts for one in events if isinstance(one, CallStarted | FactsNoted)]
    begun = next((one for one in events if isinstance(one, CallStarted)), None)
    if begun is None:
        return facts, None
    ahead_s = line.ahead_ms / 1000 if said.is_own_clock else 0.0
    at = datetime.fromisoformat(begun.started_at).timestamp() - ahead_s
    return facts, None if said.is_own_clock and at < DEAD_S else at
