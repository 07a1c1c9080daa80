"""The floor of a server: four times a second what runs is gathered, and put on the wall. Read this first in this room.

People, seats and settings are read in a thread each second; calls are in memory. What one sees of a call is hidden once
for all who watch it. On the event loop; clocks are given.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol

import anyio
import anyio.to_thread

from pipeline.digest import Digest
from pipeline.errors import StoreError
from pipeline.floor.calls_now import Call, CallsNow
from pipeline.floor.messages import CallNow, Team
from pipeline.floor.people_now import People, PeopleNow
from pipeline.floor.seats import SeatsNow
from pipeline.floor.wall import Entry, Picture, Wall
from pipeline.floor.watchers import Watchers

log = logging.getLogger(__name__)

TICK_S = 0.25
LOOK_S = 1.0


class Hides(Protocol):
    async def hidden(self, calls: Sequence[Call], people: People) -> Mapping[str, Digest]:
        """The digests of these calls as they are shown, by call id; the same object for the same digest."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the floor is told by the rest of the server. `present`: agents who have signed in at a machine or a page
    that is connected; `words_room`: as of Snapshot.
    """

    people: PeopleNow
    calls: CallsNow
    hides: Hides
    present: Callable[[People], Collection[str]]
    words_room: Callable[[], float | None] = lambda: None


@dataclass
class FloorClock:
    """The monotonic clock, told as milliseconds since 1970: it never goes back while the floor runs."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._offset_s = self.wall() - self.monotonic()

    def now_ms(self) -> int:
        return self.at_ms(self.monotonic())

    def at_ms(self, monotonic_s: float) -> int:
        return round((monotonic_s + self._offset_s) * 1000)


class Floor:
    def __init__(self, around: Surroundings, clock: FloorClock | None = None) -> None:
        self.clock = clock or FloorClock()
        self.wall = Wall()
        self.watchers = Watchers(self.clock.monotonic)
        self._around = around
        self._seats = SeatsNow()
        self._people = People()
        self._words_room: float | None = None
        self._has_looked = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Beside the server."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_again, self.look, LOOK_S)
            tasks.start_soon(_again, self.tick, TICK_S)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def look(self) -> None:
        """What is read of the database."""
        try:
            self._people = await anyio.to_thread.run_sync(self._around.people.look)
        except StoreError as error:
            log.warning("who is on the floor cannot be read just now: %s", error)
        self._has_looked = True
        self._words_room = self._around.words_room()

    async def tick(self) -> None:
        if not self._has_looked:
            return
        people, now_ms = self._people, self.clock.now_ms()
        calls = self._around.calls.look(people)
        shown = await self._around.hides.hidden(list(calls.values()), people)
        begun = {call.agent_id: self._begun_at(call) for call in calls.values() if call.agent_id is not None}
        seats = self._seats.look(people, begun, self._around.present(people), now_ms)
        self.wall.put(
            Picture(
                [Entry(seat.agent_id, seat.team, seat) for seat in seats],
                [
                    Entry(call_id, call.team, self._call_now(call, shown[call_id]))
                    for call_id, call in calls.items()
                    if call.agent_id is not None
                ],
                [],
                {team: Team(name, people.leads.get(team, ())) for team, name in people.teams.items()},
                self._words_room,
            )
        )

    def _begun_at(self, call: Call) -> int:
        return self.clock.at_ms(call.heard_s) - call.digest.at_ms

    def _call_now(self, call: Call, digest: Digest) -> CallNow:
        assert call.agent_id is not None
        if digest.agent_id != call.agent_id:
            digest = replace(digest, agent_id=call.agent_id)
        lost_at = self.clock.at_ms(call.lost_s) if call.lost_s is not None else None
        return CallNow(call.call_id, call.agent_id, self.clock.at_ms(call.heard_s), lost_at, digest)


async def _again(work: Callable[[], Awaitable[None]], every_s: float) -> None:
    """For ever; what goes wrong once does not end it."""
    while True:
        begun_s = time.monotonic()
        try:
            await work()
        except Exception:
            log.exception("the floor could not be gathered")
        await asyncio.sleep(max(every_s / 4, every_s - (time.monotonic() - begun_s)))
