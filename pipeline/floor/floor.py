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
from functools import partial
from typing import Protocol, cast

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from pipeline.digest import Digest
from pipeline.errors import StoreError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.record import FloorNote
from pipeline.floor.calls_now import Call, CallsNow
from pipeline.floor.cases import Cases, CasesKept, OpenCase, Seen
from pipeline.floor.causes import causes
from pipeline.floor.messages import CallNow, Case, Cause, Day, Rank, Seat, Taken, Team
from pipeline.floor.people_now import People, PeopleNow
from pipeline.floor.seats import SeatsNow
from pipeline.floor.telling import Telling, note_of
from pipeline.floor.wall import Entry, Picture, Teams, Wall, is_in
from pipeline.floor.watchers import Watcher, Watchers
from pipeline.ports import Mailbox
from pipeline.store.cases import KeptCase

log = logging.getLogger(__name__)

TICK_S = 0.25
STEP_S = 2.0
"""Of the machine's clock; less is drift."""
LOOK_S = 1.0
DAY_S = 10.0
RECENT_MS = 12 * 3_600_000


class Hides(Protocol):
    async def hidden(self, calls: Sequence[Call], people: People) -> Mapping[str, Digest]:
        """The digests of these calls as they are shown, by call id; the same object for the same digest."""

    def facts(self, call: Call, people: People) -> CallFacts:
        """What is known of it, as it is shown."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the floor is told by the rest of the server. `present`: agents who have signed in at a machine or a page
    that is connected; `words_room`: as of Snapshot.
    """

    people: PeopleNow
    calls: CallsNow
    hides: Hides
    present: Callable[[People], Collection[str]]
    cases: CasesKept
    day: Callable[[Teams], Day]
    mailbox: Callable[[str], Mailbox | None]
    words_room: Callable[[], float | None] = lambda: None


@dataclass
class FloorClock:
    """The monotonic clock, told as milliseconds since 1970: it never goes back while the floor runs.

    It goes on with the wall's clock where that is ahead by more than a step: the machine slept, or was set right late.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._offset_s = self.wall() - self.monotonic()

    def now_ms(self) -> int:
        offset_s = self.wall() - self.monotonic()
        if offset_s - self._offset_s > STEP_S:
            self._offset_s = offset_s
        return self.at_ms(self.monotonic())

    def at_ms(self, monotonic_s: float) -> int:
        return round((monotonic_s + self._offset_s) * 1000)


class Floor:
    def __init__(self, around: Surroundings, clock: FloorClock | None = None) -> None:
        self.clock = clock or FloorClock()
        self.wall = Wall()
        self.watchers = Watchers(self.clock.monotonic)
        self.people = People()
        self.cases = Cases(self.clock.now_ms())
        self._around = around
        self._telling = Telling(around.mailbox, self.clock.monotonic)
        self._seats = SeatsNow()
        self._words_room: float | None = None
        self._has_looked = False
        self._days_s: dict[Teams, float] = {}
        self._knows_cases = False
        self._keeping = anyio.Lock()  # of two writes of one case the later one comes last

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Beside the server."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_again, self.look, LOOK_S)
            tasks.start_soon(_again, partial(self.tick, tasks), TICK_S)
            tasks.start_soon(_again, self.keep, TICK_S)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
        await self.keep()

    async def look(self) -> None:
        """What is read of the database."""
        try:
            self.people = await anyio.to_thread.run_sync(self._around.people.look)
            if not self._knows_cases:
                self.cases.know(await anyio.to_thread.run_sync(self._recent, self.clock.now_ms()))
                self._knows_cases = True
        except StoreError as error:
            log.warning("who is on the floor cannot be read just now: %s", error)
        self._words_room = self._around.words_room()
        self._has_looked = True
        await self._count_days()

    def _recent(self, now_ms: int) -> list[KeptCase]:
        self._around.cases.end_left(now_ms)
        return self._around.cases.recent(now_ms - RECENT_MS)

    async def _count_days(self) -> None:
        """Of those who watch: at once for who has just come, and every few seconds."""
        watched, now_s = self.watchers.scopes(), self.clock.monotonic()
        self._days_s = {teams: at_s for teams, at_s in self._days_s.items() if teams in watched}
        self.wall.keep_days(watched)
        for teams in watched:
            if now_s - self._days_s.get(teams, -DAY_S) < DAY_S:
                continue
            try:
                day = await anyio.to_thread.run_sync(self._around.day, teams)
            except StoreError as error:
                log.warning("the figures of the day cannot be read just now: %s", error)
                return
            self._days_s[teams] = now_s
            self.wall.put_day(teams, day)

    def look_anew(self) -> None:
        """The plan was changed. From any thread."""
        self._around.people.forget()

    async def keep(self) -> None:
        """What has become of cases until now. What cannot be kept is kept later."""
        async with self._keeping:
            changed = dict(self.cases.changed)
            if not changed:
                return
            try:
                await anyio.to_thread.run_sync(self._around.cases.put, list(changed.values()))
            except StoreError as error:
                log.warning("what happens on the floor cannot be kept just now: %s", error)
                return
            for case_id, kept in changed.items():
                if self.cases.changed.get(case_id) is kept:
                    del self.cases.changed[case_id]

    async def tick(self, tasks: TaskGroup) -> None:
        if not self._has_looked:
            return
        people, now_ms, now_s = self.people, self.clock.now_ms(), self.clock.monotonic()
        calls = self._around.calls.look(people)
        shown = await self._around.hides.hidden(list(calls.values()), people)
        whose = {call.agent_id: call for call in calls.values() if call.agent_id is not None}
        begun = {agent_id: self.clock.at_ms(call.heard_s) - call.digest.at_ms for agent_id, call in whose.items()}
        if self._knows_cases:
            seen = [self._seen(call, shown[call.call_id], now_s) for call in whose.values()]
            self.cases.look(seen, now_ms, lambda *whose: self.watchers.gone_s(*whose) * 1000)
        of_cases = {case.kept.agent_id: case.kept.team for case in self.cases.open.values()}
        seated = people.seated(of_cases | {agent_id: call.team for agent_id, call in whose.items()})
        seats = self._seats.look(seated, begun, self._around.present(people), now_ms)
        self._put(seats, [(call, shown[call.call_id]) for call in calls.values()])
        over = [case for case in self.cases.lasting if calls[case.call_id or ""].is_known]
        help = [case for case in (*over, *(one.kept for one in self.cases.open.values())) if case.cause == "help"]
        self._telling.want({case.id: (case.call_id or "", self._note_of(case)) for case in help})
        for tell in self._telling.due():
            tasks.start_soon(tell)

    def take(self, case_id: str, lead_id: str) -> Case:
        """Raises CaseRefused."""
        return self.shown(OpenCase(self.cases.take(case_id, lead_id, self.clock.now_ms())))

    def close(self, case_ids: Sequence[str], lead_id: str, reason: str) -> Case:
        """All of them, and the first is given. Raises CaseRefused."""
        closed = [self.cases.close(one, lead_id, reason, self.clock.now_ms()) for one in case_ids]
        return self.shown(OpenCase(closed[0]))

    def late(self, page: Watcher) -> int:
        """Agents of these teams whom nobody has taken in time. The lead of this page is told so, and counts as told."""
        kept = [case.kept for case in self.cases.open.values() if is_in(case.kept.team, page.teams)]
        late = {case.agent_id for case in kept if case.escalated_at is not None and case.taken_by is None}
        if late:
            self.watchers.reach(page)
        return len(late)

    def ring(self, agent_id: str, *, is_ringing: bool) -> None:
        self._seats.ring(agent_id, self.clock.now_ms(), is_ringing=is_ringing)

    def shown(self, case: OpenCase) -> Case:
        kept, taken = case.kept, None
        if kept.taken_by is not None:
            name, is_here = self.people.names.get(kept.taken_by, ""), self.watchers.is_here(kept.taken_by, kept.team)
            taken = Taken(kept.taken_by, name, kept.taken_at or 0, is_here)
        return Case(
            kept.id, kept.agent_id, kept.call_id, cast(Cause, kept.cause), cast(Rank, kept.rank), kept.since_at,
            kept.detail, case.line, taken, kept.escalated_at, case.calm_at,
        )  # fmt: skip

    def _put(self, seats: Sequence[Seat], calls: Sequence[tuple[Call, Digest]]) -> None:
        people = self.people
        self.wall.put(
            Picture(
                [Entry(seat.agent_id, seat.team, seat) for seat in seats],
                [
                    Entry(call.call_id, call.team, self._call_now(call, call.agent_id, digest))
                    for call, digest in calls
                    if call.agent_id is not None
                ],
                [Entry(case.kept.id, case.kept.team, self.shown(case)) for case in self.cases.open.values()],
                {
                    team: Team(name, people.leads.get(team, ()), team, people.settings_of(team).alert_escalate_s)
                    for team, name in people.teams.items()
                },
                self._words_room,
            )
        )

    def _note_of(self, case: KeptCase) -> FloorNote:
        lead, goal_s = (
            self.people.names.get(case.closed_by or case.taken_by or "", ""),
            self.people.settings_of(case.team).alert_escalate_s,
        )
        leads = self.watchers.leads(case.team, reached=case.escalated_at is not None)
        return note_of(case, lead, leads, goal_s)

    def _seen(self, call: Call, shown: Digest, now_s: float) -> Seen:
        digest, settings = call.digest, self.people.settings_of(call.team)
        begun_at = self.clock.at_ms(call.heard_s) - digest.at_ms
        found = causes(digest, call.now_ms(now_s), settings, is_lost=call.lost_s is not None)
        lost_at = self.clock.at_ms(call.lost_s) if call.lost_s is not None else 0
        line = shown.line.text if shown.line is not None and shown.line.channel == Channel.CUSTOMER else ""
        return Seen(
            call.call_id, call.agent_id or "", call.team,
            [(one, lost_at if one.cause == "lost" else begun_at + one.since_ms) for one in found],
            line, call.lost_s is not None, settings.alert_escalate_s * 1000,
        )  # fmt: skip

    def _call_now(self, call: Call, agent_id: str, digest: Digest) -> CallNow:
        if digest.agent_id != agent_id:
            digest = replace(digest, agent_id=agent_id)
        lost_at = self.clock.at_ms(call.lost_s) if call.lost_s is not None else None
        facts = self._around.hides.facts(call, self.people)
        told = facts.customer_name or "", facts.peer or "", facts.company or ""
        return CallNow(call.call_id, agent_id, self.clock.at_ms(call.heard_s), lost_at, digest, *told)


async def _again(work: Callable[[], Awaitable[None]], every_s: float) -> None:
    """For ever; what goes wrong once does not end it."""
    while True:
        begun_s = time.monotonic()
        try:
            await work()
        except Exception:
            log.exception("the floor could not be gathered")
        await asyncio.sleep(max(every_s / 4, every_s - (time.monotonic() - begun_s)))
