"""A desk whose clock is minutes off, stands at 1970, or is set meanwhile: lists at the centre have the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.events.call import CallStarted
from pipeline.store.schema import calls
from tests.desk.places import DeskHere, ServedCentre, places
from tests.waiting import wait_until

OFF_S = (300.0, -300.0, -time.time())  # the last one: 1970
CLOSE_S = 30.0  # on a busy machine


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[ServedCentre, DeskHere]]:
    with places(tmp_path) as (centre, (desk,)):
        yield centre, desk


def begin_again(desk: DeskHere, ahead_s: float) -> None:
    desk.end()
    desk.ahead_s = ahead_s
    desk.begin()


def listed(centre: ServedCentre, call_id: str) -> float:
    """When it began, as lists at the centre show it."""
    with centre.here.store.database.reading() as connection:
        return float(connection.execute(select(calls.c.started_at).where(calls.c.call_id == call_id)).scalar_one())


def recorded(desk: DeskHere, call_id: str) -> float:
    started = desk.store.read(call_id)[0].event
    assert isinstance(started, CallStarted)
    return datetime.fromisoformat(started.started_at).timestamp()


@pytest.mark.parametrize("ahead_s", OFF_S, ids=["ahead", "behind", "dead"])
def test_a_call_is_dated_by_the_centres_clock(pair: tuple[ServedCentre, DeskHere], ahead_s: float) -> None:
    centre, desk = pair
    begin_again(desk, ahead_s)
    wait_until(lambda: desk.link.is_open)
    assert abs((desk.clock.ahead_ms or 0) / 1000 - ahead_s) < CLOSE_S
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert abs(recorded(desk, session.call_id) - time.time()) < CLOSE_S
    assert abs(listed(centre, session.call_id) - time.time()) < CLOSE_S
    assert not desk.delivery._calls[session.call_id].is_own_clock
    assert desk.said == []


@pytest.mark.parametrize("ahead_s", OFF_S, ids=["ahead", "behind", "dead"])
@pytest.mark.parametrize("starts_again", [False, True])
def test_one_that_began_before_the_centre_was_heard_is_corrected_there(
    pair: tuple[ServedCentre, DeskHere], ahead_s: float, starts_again: bool
) -> None:
    centre, desk = pair
    desk.proxy.cut()
    begin_again(desk, ahead_s)
    session = desk.call()
    assert desk.clock.is_own
    assert abs(recorded(desk, session.call_id) - time.time() - ahead_s) < CLOSE_S
    if starts_again:
        begin_again(desk, ahead_s)
    desk.proxy.mend()
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert abs(listed(centre, session.call_id) - time.time()) < CLOSE_S
    assert desk.said == []


def test_one_dated_by_the_centre_stays_so_where_the_desk_starts_again_before_it_is_told(
    pair: tuple[ServedCentre, DeskHere],
) -> None:
    centre, desk = pair
    begin_again(desk, 300.0)
    wait_until(lambda: desk.link.is_open)
    desk.proxy.cut()
    wait_until(lambda: not desk.link.is_open)
    session = desk.call()
    wait_until(lambda: not desk.kept.of(session.call_id).is_own_clock)
    begin_again(desk, 300.0)
    desk.proxy.mend()
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert abs(listed(centre, session.call_id) - time.time()) < CLOSE_S


def test_a_clock_that_is_set_while_the_desk_runs_changes_nothing(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    before = desk.clock.now()
    desk.ahead_s = 300.0
    assert abs((desk.clock.now() - before).total_seconds()) < CLOSE_S
    session = desk.call()
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert abs(listed(centre, session.call_id) - time.time()) < CLOSE_S


def test_a_dead_clock_that_is_set_before_the_centre_is_heard(pair: tuple[ServedCentre, DeskHere]) -> None:
    centre, desk = pair
    desk.proxy.cut()
    begin_again(desk, -time.time())
    session = desk.call()
    desk.ahead_s = 0.0
    desk.proxy.mend()
    wait_until(lambda: desk.is_same_there(session.call_id))
    assert recorded(desk, session.call_id) < CLOSE_S
    assert abs(listed(centre, session.call_id) - time.time()) < CLOSE_S  # it began before this at least
