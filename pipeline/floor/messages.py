"""What goes over `/ws/floor`: a snapshot, then what has changed, four times a second at most; and a sign of life.

Times named `..._at` are milliseconds since 1970 by the centre's clock; those of a digest are of its call's audio. A
page counts on from `heard_at` and the digest's `at_ms`, and compares clocks by `clock_ms`. What is private in a
digest is hidden as the team has set it. dashboard/src/api/floor.ts is made from these by scripts/generate_types.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from pipeline.digest import Digest
from pipeline.people.team_settings import UNSET

SeatState = Literal["away", "idle", "wrap_up", "ringing", "call"]
"""Nobody has signed in; waits for a call; has just ended one; the telephone rings, as its system tells; on a call, of
which CallNow tells."""

Cause = Literal["help", "complaint", "fatal", "silent_call", "dead_air", "hold", "hints", "blind", "lost"]
"""Why somebody is to be looked at: help was asked for; a customer complains; a critical hint; the silent call has come
to the team's step; nobody speaks for too long; a wait has passed its promise; hints go unfollowed in a row; a channel
or the recogniser is missing; the desk is not heard."""

Rank = Literal["critical", "warning", "blind"]

_WHOLE = ConfigDict(json_schema_serialization_defaults_required=True)  # what is answered has all its fields


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in the team's plan: it stays where it is, whatever happens. `position`: from 0, with holes."""

    agent_id: str
    name: str
    team: str
    position: int
    state: SeatState
    since_at: int  # 0 where it is not known


@dataclass(frozen=True, slots=True)
class CallNow:
    """A call that runs. `lost_at`: since when its desk is not heard, null while it is.

    `customer`, `peer`, `company`: as its facts tell them, "" where they do not; what is private is hidden in them.
    """

    call_id: str
    agent_id: str
    heard_at: int
    lost_at: int | None
    digest: Digest
    customer: str = ""
    peer: str = ""
    company: str = ""

    __pydantic_config__ = _WHOLE


@dataclass(frozen=True, slots=True)
class Taken:
    """`by_id`: the lead's user id. `is_here`: whether a page of theirs is open."""

    by_id: str
    by: str
    at: int
    is_here: bool = True

    __pydantic_config__ = _WHOLE


@dataclass(frozen=True, slots=True)
class Case:
    """An agent, a cause and since when. It is open until somebody closes it or it was calm for ten seconds.

    `detail`: what the cause alone does not tell, for words: the step, the stage, the rule or the reason of the help.
    `calm_at`: since when the cause is gone; `escalated_at`: since when it waits for longer than the team wants.
    """

    id: str
    agent_id: str
    call_id: str | None
    cause: Cause
    rank: Rank
    since_at: int
    detail: str = ""
    line: str = ""  # what the customer said last, hidden as in digests
    taken: Taken | None = None
    escalated_at: int | None = None
    calm_at: int | None = None

    __pydantic_config__ = _WHOLE


@dataclass(frozen=True, slots=True)
class Team:
    """`id`: what the seats call their team; `goal_s`: within which it wants a case taken."""

    name: str
    leads: tuple[str, ...]  # names
    id: str = ""
    goal_s: int = UNSET.alert_escalate_s


@dataclass(frozen=True, slots=True)
class Hour:
    """Of the day's strip; `hour` 0 to 23 of the centre's day. What nothing was measured of is null."""

    hour: int
    calls: int = 0
    silent: int = 0
    score: float | None = None
    followed: float | None = None  # share of the hints followed within 10 s
    in_time: float | None = None  # share of the hints painted within 150 ms
    take_s: float | None = None  # median time until help was taken
    scored: int = 0  # calls that `score` is the mean of

    __pydantic_config__ = _WHOLE


@dataclass(frozen=True, slots=True)
class Day:
    """Of today, from what is kept, of the teams that are watched; `before`: the mean score of the day before.

    `deleted`: calls that began on this day and were deleted since, with their cases: no figure counts them any more.
    """

    total: Hour
    hours: tuple[Hour, ...]
    before: float | None = None
    deleted: int = 0

    __pydantic_config__ = _WHOLE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it: what a page knew before is void."""

    clock_ms: int
    teams: tuple[Team, ...]
    seats: tuple[Seat, ...]
    calls: tuple[CallNow, ...]
    cases: tuple[Case, ...]
    day: Day
    words_room: float | None  # share of the recogniser's time that is free, null where no words are recognised
    me: str = ""  # the user id of whoever watches
    type: Literal["snapshot"] = "snapshot"


@dataclass(frozen=True, slots=True)
class Changes:
    """What stands in it is new or has changed, whole; `gone` and `closed`: ids of calls and cases that are no more."""

    clock_ms: int
    seats: tuple[Seat, ...] = ()
    calls: tuple[CallNow, ...] = ()
    gone: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    closed: tuple[str, ...] = ()
    day: Day | None = None
    words_room: float | None = None
    type: Literal["changes"] = "changes"


@dataclass(frozen=True, slots=True)
class FloorAlive:
    """Twice a second, answered by the page with `{"type":"alive"}`."""

    clock_ms: int
    type: Literal["alive"] = "alive"
