"""The wall: whoever watches is given all that they have not seen, in one message, and nothing of other teams."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from pipeline.digest import Digest
from pipeline.floor.messages import CallNow, Case, Day, Hour, Seat, Team
from pipeline.floor.wall import KEPT_TICKS, Entry, Picture, Teams, Wall

A, B = frozenset({"a"}), frozenset({"b"})
TEAMS = {"a": Team("A 组", ("王敏",), "a"), "b": Team("B 组", (), "b")}


def call(id: str, team: str, at_ms: int = 0, **more: Any) -> Entry:
    return Entry(id, team, CallNow(id, f"agent of {id}", 5, None, Digest(call_id=id, at_ms=at_ms, **more)))


def seat(id: str, team: str) -> Entry:
    return Entry(id, team, Seat(id, id, team, 0, "idle", 0))


def told(wall: Wall, teams: Teams, tick: int = -1) -> dict[str, Any]:
    found = json.loads(wall.since(teams, tick, 1, "me"))
    assert isinstance(found, dict)
    return found


def test_a_snapshot_has_all_of_the_teams_that_are_watched() -> None:
    wall = Wall()
    wall.put(Picture([seat("1", "a"), seat("2", "b")], [call("c", "a"), call("d", "b")], teams=TEAMS))
    found = told(wall, A)
    assert (found["type"], found["me"], found["clock_ms"]) == ("snapshot", "me", 1)
    assert found["teams"] == [{"name": "A 组", "leads": ["王敏"], "id": "a", "goal_s": 60}]
    assert [one["agent_id"] for one in found["seats"]] == ["1"]
    assert found["calls"] == [
        {
            "call_id": "c",
            "agent_id": "agent of c",
            "heard_at": 5,
            "lost_at": None,
            "customer": "",
            "peer": "",
            "company": "",
            "digest": {"call_id": "c"},
        }
    ]
    assert found["day"] == {"total": {**_hour(0)}, "hours": [], "before": None, "deleted": 0}
    assert len(told(wall, None)["calls"]) == 2


def _hour(hour: int) -> dict[str, Any]:
    none = dict.fromkeys(("score", "followed", "in_time", "take_s"))
    return {"hour": hour, "calls": 0, "silent": 0, "scored": 0} | none


def test_changes_have_what_is_newer_however_many_ticks_were_missed() -> None:
    wall = Wall()
    wall.put(Picture(calls=[call("c", "a"), call("d", "a"), call("e", "b")], teams=TEAMS))
    seen = wall.tick
    wall.put(Picture(calls=[call("c", "a", step=1), call("d", "a"), call("e", "b", step=1)], teams=TEAMS))
    wall.put(Picture(calls=[call("c", "a", step=2), call("e", "b", step=1), call("f", "a")], teams=TEAMS))
    found = told(wall, A, seen)
    assert (found["type"], [(one["call_id"], one["digest"].get("step")) for one in found["calls"]], found["gone"]) == (
        "changes", [("c", 2), ("f", None)], ["d"],
    )  # fmt: skip
    assert told(wall, A, wall.tick - 1)["gone"] == ["d"]
    assert told(wall, B, seen)["calls"][0]["digest"]["step"] == 1


def test_that_time_passes_is_no_news() -> None:
    wall = Wall()
    wall.put(Picture(calls=[call("c", "a", 1_000)], teams=TEAMS))
    before = wall.tick
    wall.put(Picture(calls=[call("c", "a", 1_020)], teams=TEAMS))
    assert wall.tick == before


def test_whoever_has_missed_too_much_gets_all_of_it() -> None:
    wall = Wall()
    for tick in range(KEPT_TICKS + 3):
        wall.put(Picture(calls=[call("c", "a", step=tick)], teams=TEAMS))
    assert told(wall, A, 1)["type"] == "snapshot"
    assert told(wall, A, 3)["type"] == "changes"


def test_who_has_left_a_team_is_gone_there() -> None:
    wall = Wall()
    wall.put(Picture([seat("1", "a")], [call("c", "a")], teams=TEAMS))
    seen = wall.tick
    wall.put(Picture([seat("1", "a")], [call("c", "b")], teams=TEAMS))
    assert (told(wall, A, seen)["gone"], told(wall, B, seen)["gone"]) == (["c"], [])
    assert [one["call_id"] for one in told(wall, B, seen)["calls"]] == ["c"]
    wall.put(Picture([], [call("c", "b")], teams=TEAMS))
    assert told(wall, A, wall.tick - 1)["type"] == "snapshot"  # of seats nothing else says that they are gone


def test_cases_and_the_day() -> None:
    wall = Wall()
    case = Case("x", "1", "c", "help", "critical", 7)
    wall.put(Picture(cases=[Entry("x", "a", case)], teams=TEAMS))
    seen = wall.tick
    assert told(wall, A)["cases"][0]["cause"] == "help"
    wall.put_day(A, Day(Hour(0, 3), ()))
    assert (told(wall, A, seen)["day"]["total"]["calls"], told(wall, B, seen)["day"]) == (3, None)
    wall.put(Picture(teams=TEAMS))
    assert told(wall, A, seen)["closed"] == ["x"]


def test_many_wait_for_the_next_tick() -> None:
    async def watch() -> list[int]:
        wall = Wall()
        wall.put(Picture())
        waiting = [asyncio.ensure_future(wall.newer(wall.tick)) for _ in range(3)]
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        wall.put(Picture(teams=TEAMS))
        await asyncio.wait_for(asyncio.gather(*waiting[1:]), 1)
        return [wall.tick]

    assert asyncio.run(watch()) == [2]
