"""Places stay where they are; what somebody does at theirs, and since when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import AccountRefused
from pipeline.floor.people_now import Agent, People, PeopleNow
from pipeline.floor.plan import MOST_POSITION, arranged, placed
from pipeline.floor.seats import RING_MS, SeatsNow
from pipeline.people.desks import Desks, Shift
from pipeline.people.directory import UserFields
from pipeline.people.permissions import Role
from pipeline.people.team_settings import UNSET, TeamSettings
from pipeline.store.desks import SqlDesks
from pipeline.store.seats import SqlSeats
from tests.server.conftest import Centre

WRAP_UP_MS = UNSET.wrap_up_s * 1000
SHIFT = Shift("s", "d", "u", "1", "a", 100.0, 1e12)
PEOPLE = People(agents={"1": Agent("甲", "a", 0)}, shifts={"1": SHIFT})


def test_new_people_are_placed_behind_all_others() -> None:
    assert placed({}, ["10", "9", "2"]) == {"2": 0, "9": 1, "10": 2}
    assert placed({"1": 0, "gone": 7}, ["1", "3", "2"]) == {"2": 8, "3": 9}
    assert placed({"1": 0}, ["1"]) == {}
    assert placed({"1": 0, "2": MOST_POSITION - 1}, ["3", "4", "5"]) == {"3": MOST_POSITION, "4": 1, "5": 2}


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"1": 0}, "2 has no place"),
        ({"1": 0, "2": 0}, "same place"),
        ({"1": 0, "2": 1, "3": 2}, "3 is no agent"),
        ({"1": 0, "2": -1}, "0 to 2000"),
    ],
)
def test_a_plan_has_a_place_for_each_and_no_place_twice(plan: dict[str, int], why: str) -> None:
    with pytest.raises(AccountRefused, match=why):
        arranged(plan, ["1", "2"])
    assert arranged({"1": 5, "2": 0}, ["1", "2"]) == {"1": 5, "2": 0}


def test_nobody_moves_when_others_come_and_go(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    registry = centre.registry
    registry.directory.add_team("A 组", "a")
    kept = SqlSeats(centre.store.database)
    desks = Desks(SqlDesks(centre.store.database), registry.tokens)

    def people() -> dict[str, int]:
        now = PeopleNow(registry.directory, desks, registry.team_settings, kept, registry.accounts.changes)
        return {agent_id: one.position for agent_id, one in now.look().agents.items()}

    for agent_id in ("3", "1", "2"):
        registry.directory.add(UserFields(f"u{agent_id}", f"U{agent_id}", Role.AGENT, "a", agent_id=agent_id))
    assert people() == {"1": 0, "2": 1, "3": 2}
    registry.directory.remove(centre.person("u2").id)
    registry.directory.add(UserFields("u0", "U0", Role.AGENT, "a", agent_id="0"))
    assert people() == {"1": 0, "3": 2, "0": 3}
    kept.put("a", {"1": 9, "3": 2, "0": 1})
    assert people() == {"1": 9, "3": 2, "0": 1}


def test_what_an_agent_does_and_since_when() -> None:
    seats = SeatsNow()

    def now(calls: dict[str, int], here: set[str], now_ms: int) -> tuple[str, int]:
        [seat] = seats.look(PEOPLE, calls, here, now_ms)
        return seat.state, seat.since_at

    assert now({}, {"1"}, 1_000_000) == ("idle", 100_000)  # since the shift began
    assert now({"1": 1_000_500}, {"1"}, 1_001_000) == ("call", 1_000_500)
    assert now({}, {"1"}, 1_100_000) == ("wrap_up", 1_100_000)
    assert now({}, {"1"}, 1_100_000 + WRAP_UP_MS - 1) == ("wrap_up", 1_100_000)
    assert now({}, {"1"}, 1_100_000 + WRAP_UP_MS) == ("idle", 1_100_000 + WRAP_UP_MS)
    assert now({}, set(), 2_000_000) == ("away", 2_000_000)
    assert now({}, {"1"}, 3_000_000) == ("idle", 3_000_000)
    assert SeatsNow().look(PEOPLE, {}, set(), 5)[0].since_at == 0


def test_it_rings_from_when_it_is_told_until_the_call_or_a_minute() -> None:
    seats = SeatsNow()

    def now(at_ms: int, call_at: int | None = None) -> tuple[str, int]:
        (seat,) = seats.look(PEOPLE, {"1": call_at} if call_at is not None else {}, {"1"}, at_ms)
        return seat.state, seat.since_at

    assert now(0)[0] == "idle"
    seats.ring("1", 1_000, is_ringing=True)
    assert now(1_250) == now(5_000) == ("ringing", 1_000)
    assert now(6_000, call_at=5_500) == ("call", 5_500)
    assert now(9_000) == ("wrap_up", 9_000)
    seats.ring("1", 10_000, is_ringing=True)  # the next one, before the wrap-up is over
    assert now(10_000) == ("ringing", 10_000)
    seats.ring("1", 11_000, is_ringing=False)
    assert now(11_000) == ("idle", 11_000)
    seats.ring("1", 12_000, is_ringing=True)
    assert now(12_000 + RING_MS - 1)[0] == "ringing"
    assert now(12_000 + RING_MS) == ("idle", 12_000 + RING_MS)


def test_the_team_says_how_long_the_work_after_a_call_is() -> None:
    seats, people = SeatsNow(), replace(PEOPLE, settings={"a": TeamSettings(wrap_up_s=5)})

    def now(at_ms: int, *calls: str) -> str:
        return seats.look(people, dict.fromkeys(calls, 0), {"1"}, at_ms)[0].state

    assert [now(0, "1"), now(1_000), now(5_999), now(6_000)] == ["call", "wrap_up", "wrap_up", "idle"]
