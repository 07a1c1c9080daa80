"""A call that the centre has whole goes from the desk after a day by both clocks; anything else stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from pipeline.desk.cleaning import LOOK_S, Cleaning
from pipeline.desk.clock import CentreClock
from pipeline.people.audit import Audit
from pipeline.people.team_settings import TeamSettings
from pipeline.session.sessions import Sessions
from pipeline.session.sweep import Sweep
from pipeline.store.audit import SqlAuditLog
from pipeline.store.deletion import Deletion
from pipeline.store.retention import Retention
from pipeline.store.schema import calls
from tests.desk.places import DeskHere, ServedCentre, places
from tests.server.conftest import SCORED
from tests.waiting import wait_until

HOUR_S = 3_600.0


class Cleaned:
    """`hours` since the centre's clock has run on; calls are as old by this machine's as `age` made them."""

    def __init__(self, desk: DeskHere) -> None:
        self.desk = desk
        self.hours = 0.0
        self.now_s = 0.0
        database = desk.store.database
        self.audit = Audit(SqlAuditLog(database), b"a key of the tests")
        self.sweep = Sweep(
            Retention(database), Deletion(database), self.audit, lambda team: TeamSettings(), desk.recordings
        )
        self.sweep.retention.believe()
        self.cleaning = self.made(desk.clock)

    def made(self, clock: CentreClock) -> Cleaning:
        return Cleaning(self.sweep, self.desk.kept, Sessions(), clock, 24, lambda: self.now_s)

    def age(self, call_id: str, by_ours: float, by_centres: float) -> None:
        """In hours."""
        now = self.desk.clock.now().timestamp()
        times = {"kept_at": now - by_ours * HOUR_S, "started_at": now - by_centres * HOUR_S}
        with self.desk.store.database.writing() as connection:
            connection.execute(update(calls).where(calls.c.call_id == call_id).values(times))

    def look(self) -> list[str]:
        self.now_s += LOOK_S
        return self.cleaning.look()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[ServedCentre, Cleaned]]:
    with places(tmp_path) as (centre, (desk,)):
        yield centre, Cleaned(desk)


def delivered(desk: DeskHere, *, is_scored: bool = True, has_sound: bool = True) -> str:
    session = desk.call()
    if has_sound:
        desk.record(session.call_id, 0.5, 1)
    desk.finish(session)
    if is_scored:
        desk.add(session.call_id, [SCORED])
    wait_until(lambda: desk.is_same_there(session.call_id))
    wait_until(lambda: session.call_id not in desk.kept.without_sound())
    return session.call_id


def test_what_the_centre_has_goes_after_a_day_by_both_clocks(pair: tuple[ServedCentre, Cleaned]) -> None:
    centre, cleaned = pair
    desk = cleaned.desk
    old = delivered(desk)
    ours, centres = delivered(desk), delivered(desk)
    cleaned.age(old, 25, 25)
    cleaned.age(ours, 25, 23)
    cleaned.age(centres, 23, 25)
    assert cleaned.look() == [old]
    assert desk.store.read(old) == []
    assert desk.recordings.find(old) is None
    assert all((desk.lines(ours), desk.lines(centres), desk.recordings.find(ours)))
    assert all((centre.here.store.read(old), centre.recordings.find(old)))
    told = [(row.action, row.object) for row in cleaned.audit.rows()]
    assert told == [("call.delete", old)]


def test_what_it_has_not_whole_stays(pair: tuple[ServedCentre, Cleaned]) -> None:
    _, cleaned = pair
    desk = cleaned.desk
    unscored = delivered(desk, is_scored=False)
    held_up = delivered(desk)
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    desk.add(held_up, [SCORED])  # told something since
    left = desk.call()
    desk.record(left.call_id, 0.5, 1)
    desk.finish(left)
    refused = delivered_refused(desk)
    for call_id in (unscored, held_up, left.call_id, refused):
        cleaned.age(call_id, 1_000, 1_000)
    assert cleaned.look() == []
    assert all(desk.lines(call_id) for call_id in (unscored, held_up, left.call_id, refused))


def delivered_refused(desk: DeskHere) -> str:
    session = desk.call()
    desk.finish(session)
    desk.add(session.call_id, [SCORED])
    desk.kept.refuse(session.call_id, "conflict: of another writer")
    return session.call_id


def test_a_clock_that_nobody_believes_has_nothing_deleted(pair: tuple[ServedCentre, Cleaned]) -> None:
    _, cleaned = pair
    call_id = delivered(cleaned.desk)
    cleaned.age(call_id, 1_000, 1_000)
    cleaned.cleaning = cleaned.made(CentreClock(cleaned.desk.link))  # that has heard nothing of the centre
    assert cleaned.look() == []
    cleaned.cleaning = cleaned.made(cleaned.desk.clock)
    cleaned.age(call_id, -2, 1_000)  # our clock was ahead, and is behind now
    assert cleaned.look() == []
    cleaned.age(call_id, 25, 25)
    assert cleaned.look() == [call_id]


def test_what_was_deleted_at_the_centre_goes_here_too(pair: tuple[ServedCentre, Cleaned]) -> None:
    centre, cleaned = pair
    desk = cleaned.desk
    call_id = delivered(desk)
    Deletion(centre.here.store.database).delete(call_id)
    desk.add(call_id, [SCORED])
    wait_until(lambda: desk.said)
    assert "(deleted)" in desk.said[0]
    wait_until(lambda: desk.kept.of(call_id).is_refused)
    cleaned.age(call_id, 25, 25)
    assert cleaned.look() == [call_id]
