"""When the sweep comes: once a night, by day where the machine is off at night, and not again and again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pipeline.session.nightly import OVERDUE_S, Nightly
from pipeline.store.schema import sweeps
from pipeline.store.sql import SqlStore
from tests.store.test_sweep import DUE, Floor


class Watched:
    """A night watch of which the test moves the clock; `said` is what the terminal was told."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.now = datetime(2026, 11, 27, 14, 0)
        self.said: list[str] = []
        self.first: list[datetime] = []
        self.nightly = Nightly(floor.sweep, self.said.append, lambda: self.now, lambda: self.first.append(self.now))

    def look(self, day: int, hour: int) -> int:
        """How many calls are left then."""
        self.now = datetime(2026, 11, day, hour, 5)
        self.nightly.look()
        return len(self.floor.store.calls())

    def set(self, **values: object) -> None:
        with self.floor.store.database.writing() as connection:
            connection.execute(update(sweeps).values(values))


@pytest.fixture
def watched(opened: SqlStore, tmp_path: Path) -> Watched:
    watched = Watched(Floor(opened, tmp_path / "recordings"))
    watched.set(swept_at=sweeps.c.known_at)  # a moment ago
    return watched


def test_it_comes_at_night_and_once(watched: Watched) -> None:
    assert [watched.look(27, hour) for hour in (14, 23, 2)] == [5, 5, 5]
    assert watched.look(28, 3) == 4
    assert watched.said == ["kept long enough: 3 recordings, the words of 1 call, 1 whole call deleted"]
    watched.floor.make_older("audio", 100)
    assert [watched.look(28, hour) for hour in (3, 4, 12)] == [4, 4, 4]
    assert watched.look(29, 4) == 3


def test_where_nobody_was_there_at_night_it_comes_by_day(watched: Watched) -> None:
    watched.set(swept_at=sweeps.c.known_at - OVERDUE_S - 600)
    assert watched.look(27, 14) == 4
    watched.floor.make_older("audio", 100)
    assert watched.look(27, 15) == 4


def test_what_comes_first_is_done_each_night_by_whatever_clock(watched: Watched) -> None:
    """Recordings without consent go at once, and wait for no age."""
    watched.floor.move_clock(100)
    for day, hour in ((27, 14), (28, 3), (28, 4), (29, 4)):
        watched.look(day, hour)
    assert [moment.day for moment in watched.first] == [28, 29]


def test_the_known_time_goes_on_between(watched: Watched) -> None:
    watched.floor.move_clock(1)
    before = known_at(watched)
    watched.look(27, 14)
    assert known_at(watched) - before == pytest.approx(86_400, abs=600)


def known_at(watched: Watched) -> float:
    with watched.floor.store.database.reading() as connection:
        return float(connection.execute(select(sweeps.c.known_at)).scalar_one())


def test_a_clock_that_is_not_believed_is_said_once_and_moves_nothing(watched: Watched) -> None:
    watched.floor.move_clock(100)
    before = known_at(watched)
    assert [watched.look(day, 3) for day in (27, 28, 29)] == [5, 5, 5]
    (line,) = watched.said
    assert line.startswith("nothing is deleted: the clock says")
    assert "callcoach calls sweep --clock-is-right" in line
    assert known_at(watched) == before


def test_two_servers_on_one_database_do_it_once(watched: Watched) -> None:
    other = Watched(watched.floor)
    watched.look(28, 3)
    other.look(28, 3)
    assert other.said == []
    assert len(DUE) == 5  # what the first one did
