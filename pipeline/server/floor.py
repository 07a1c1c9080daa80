"""The floor put together from the parts of this server."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from pipeline.asr.engine.late import LateTranscriber
from pipeline.asr.engine.scheduler import Scheduler
from pipeline.floor.calls_now import AtDesks, CallsHere, CallsNow
from pipeline.floor.day import day_of
from pipeline.floor.floor import Floor, Surroundings
from pipeline.floor.messages import Day
from pipeline.floor.people_now import People, PeopleNow
from pipeline.floor.wall import Teams
from pipeline.ingest.assembly import RunningCentre
from pipeline.ingest.browser_desks import BrowserDesks
from pipeline.ports import Transcriber
from pipeline.server.floor_masked import DigestMask
from pipeline.server.hub import Hub
from pipeline.server.masked import Masking
from pipeline.server.registry import Registry
from pipeline.session.desk import Desk
from pipeline.store.cases import SqlCases
from pipeline.store.floor_day import FloorDays
from pipeline.store.seats import SqlSeats


def floor_of(
    hub: Hub,
    registry: Registry,
    masking: Masking,
    centre: RunningCentre | None,
    present: Callable[[People], Collection[str]],
    words_room: Callable[[], float | None],
) -> Floor:
    """Calls of this process and of its desks alike."""
    running = masking.calls.running
    here, mask = CallsHere(running.is_here), DigestMask(masking)
    for bus in (mask, here):  # a line is known before its digest is
        hub.tap(bus)
    if centre is not None:
        hub.tap(centre.digests)
    at_desks = AtDesks(centre.digests.calls, centre.centre.line_of) if centre is not None else None
    people = PeopleNow(
        registry.directory, registry.desks, registry.team_settings, SqlSeats(registry.database),
        registry.accounts.changes,
    )  # fmt: skip
    calls, cases = CallsNow(here, at_desks, running.facts), SqlCases(registry.database)
    counts = FloorDays(registry.database)

    def day(teams: Teams) -> Day:
        return day_of(counts, cases, teams, datetime.now().date())

    return Floor(Surroundings(people, calls, mask, present, cases, day, running.mailbox, words_room))


def who_is_here(
    centre: RunningCentre | None, browsers: BrowserDesks | None, desk: Desk | None
) -> Callable[[People], Collection[str]]:
    """Agents whose machine is connected, whose page listens, or whose headset is that of this process."""

    def present(people: People) -> Collection[str]:
        here = {
            agent_id
            for agent_id, shift in people.shifts.items()
            if centre is not None and centre.centre.is_here(shift.desk_id)
        }
        if browsers is not None:
            here |= browsers.listening()
        if desk is not None and desk.agent_id is not None:
            here.add(desk.agent_id)
        return here

    return present


def words_room_of(transcriber: Transcriber | None) -> float | None:
    """Which share of the recogniser's time is free; None where no words are recognised, or not yet."""
    made = transcriber.made if isinstance(transcriber, LateTranscriber) else transcriber
    return round(1 - made.figures().busy_share, 2) if isinstance(made, Scheduler) and not made.fault else None
