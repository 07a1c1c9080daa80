"""The wall: what is on the floor now, for many who watch it. On the event loop.

Each tick that changes something has a number. Whoever watches knows the number that they have seen, and is given all
that is newer: one message, however many ticks they have missed. So a slow page costs no memory, and gets the newest.
What is shown is written out once for all, and one message for all who have seen the same of the same teams.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pipeline.digest import to_json
from pipeline.floor.messages import CallNow, Case, Day, Hour, Seat, Team

KEPT_TICKS = 240
"""So many ticks long it is known what has gone; whoever has seen nothing for longer gets all of it anew."""

NO_DAY = Day(Hour(0), ())

_OF_CALL = tuple(field.name for field in fields(CallNow) if field.name != "digest")

Teams = frozenset[str] | None
"""Whose floor is watched, by the ids of teams; null: everybody's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on the wall, by its id. `team`: whoever watches it sees it."""

    id: str
    team: str | None
    shown: Seat | CallNow | Case


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is on the floor at a moment. `teams`: by their ids."""

    seats: Iterable[Entry] = ()
    calls: Iterable[Entry] = ()
    cases: Iterable[Entry] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    words_room: float | None = None


@dataclass(slots=True)
class _Written:
    """Once somebody reads it: where nobody watches nothing is written."""

    tick: int
    entry: Entry
    _text: str = ""

    @property
    def text(self) -> str:
        self._text = self._text or written(self.entry.shown)
        return self._text


class _Board:
    """Entries of one kind, each with the tick in which it changed last, and those that have gone."""

    def __init__(self, is_news: Callable[[Any, Any], bool]) -> None:
        self._is_news = is_news
        self._entries: dict[str, _Written] = {}
        self._gone: dict[str, tuple[int, str | None]] = {}

    def put(self, entries: Iterable[Entry], tick: int) -> bool:
        """Whether anything has changed."""
        ids = set()
        has_changed = False
        for entry in entries:
            ids.add(entry.id)
            before = self._entries.get(entry.id)
            if before is not None and before.entry.team != entry.team:
                self._gone[entry.id] = tick, before.entry.team
            elif before is not None and not self._is_news(entry.shown, before.entry.shown):
                continue
            self._entries[entry.id] = _Written(tick, entry)
            has_changed = True
        for id in self._entries.keys() - ids:
            self._gone[id] = tick, self._entries.pop(id).entry.team
            has_changed = True
        for id in [id for id, (at, _) in self._gone.items() if at < tick - KEPT_TICKS]:
            del self._gone[id]
        return has_changed

    def has_lost(self, tick: int) -> bool:
        """Whether anything has gone in this tick."""
        return any(at == tick for at, _ in self._gone.values())

    def texts(self, teams: Teams, since: int) -> list[str]:
        return [one.text for one in self._entries.values() if one.tick > since and is_in(one.entry.team, teams)]

    def gone(self, teams: Teams, since: int) -> list[str]:
        found = [id for id, (tick, team) in self._gone.items() if tick > since and is_in(team, teams)]
        return [id for id in found if id not in self._entries or not is_in(self._entries[id].entry.team, teams)]


class Wall:
    def __init__(self) -> None:
        self.tick = 0
        self._whole_since = 0
        self._boards = {"seats": _Board(_differ), "calls": _Board(_is_news), "cases": _Board(_differ)}
        self._teams: Mapping[str, Team] = {}
        self._days: dict[Teams, tuple[int, Day]] = {}
        self._words_room: float | None = None
        self._said: dict[tuple[Teams, int], str] = {}  # of this tick
        self._waiting: list[asyncio.Future[None]] = []

    def put(self, now: Picture) -> None:
        """One tick."""
        tick = self.tick + 1
        has_changed = [
            self._boards["seats"].put(now.seats, tick),
            self._boards["calls"].put(now.calls, tick),
            self._boards["cases"].put(now.cases, tick),
            self._words_room != now.words_room,
        ]
        self._words_room = now.words_room
        if self._teams != now.teams or self._boards["seats"].has_lost(tick):
            self._teams, self._whole_since = now.teams, tick
            has_changed.append(True)
        if any(has_changed) or not self.tick:
            self._turn()

    def put_day(self, teams: Teams, day: Day) -> None:
        """The figures of those who watch these teams."""
        if self._days.get(teams, (0, NO_DAY))[1] != day:
            self._days[teams] = self.tick + 1, day
            self._turn()

    def keep_days(self, watched: Iterable[Teams]) -> None:
        """Nobody watches any others."""
        self._days = {teams: self._days[teams] for teams in watched if teams in self._days}

    async def newer(self, tick: int) -> None:
        """Waits until there is a newer tick."""
        while self.tick <= tick:
            news = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            await news

    def since(self, teams: Teams, tick: int, clock_ms: int, me: str) -> str:
        """All that is newer than a tick, as a message; or all there is, for one who has seen none (-1)."""
        if tick < self._whole_since or tick < self.tick - KEPT_TICKS:
            return self._snapshot(teams, clock_ms, me)
        if (known := self._said.get((teams, tick))) is None:
            known = self._said[teams, tick] = self._changes(teams, tick, clock_ms)
        return known

    def _turn(self) -> None:
        self.tick += 1
        self._said.clear()
        for news in self._waiting:
            if not news.done():  # whoever waited may be gone
                news.set_result(None)
        self._waiting.clear()

    def _snapshot(self, teams: Teams, clock_ms: int, me: str) -> str:
        shown = [team for id, team in sorted(self._teams.items()) if is_in(id, teams)]
        boards = [(name, self._listed(name, teams, 0)) for name in self._boards]
        day = self._days.get(teams, (0, NO_DAY))[1]
        return _joined(
            clock_ms=str(clock_ms), teams=written(shown), **dict(boards), day=written(day),
            words_room=written(self._words_room), me=written(me), type='"snapshot"',
        )  # fmt: skip

    def _changes(self, teams: Teams, tick: int, clock_ms: int) -> str:
        boards = [(name, self._listed(name, teams, tick)) for name in self._boards]
        at, day = self._days.get(teams, (0, NO_DAY))
        return _joined(
            clock_ms=str(clock_ms), **dict(boards),
            gone=written(self._boards["calls"].gone(teams, tick)),
            closed=written(self._boards["cases"].gone(teams, tick)),
            day=written(day) if at > tick else "null",
            words_room=written(self._words_room), type='"changes"',
        )  # fmt: skip

    def _listed(self, name: str, teams: Teams, tick: int) -> str:
        return f"[{','.join(self._boards[name].texts(teams, tick))}]"


def written(value: Any) -> str:
    """As JSON: dataclasses as they are, a digest as short as it is said."""
    if isinstance(value, CallNow):
        told = {name: getattr(value, name) for name in _OF_CALL}
        return f'{_dumped(told)[:-1]},"digest":{to_json(value.digest)}}}'
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return _dumped(asdict(value) if hasattr(value, "__dataclass_fields__") else value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _joined(**parts: str) -> str:
    return f"{{{','.join(_pairs(parts))}}}"


def _pairs(parts: Mapping[str, str]) -> Iterator[str]:
    for name, text in parts.items():
        yield f'"{name}":{text}'


def is_in(team: str | None, teams: Teams) -> bool:
    return teams is None or team in teams


def _differ(now: object, before: object) -> bool:
    return now != before


def _is_news(now: CallNow, before: CallNow) -> bool:
    """Whether more is known than that time has passed: that a page counts itself."""
    is_same = replace(now, heard_at=before.heard_at, digest=before.digest) == before
    return not is_same or now.digest.is_news(before.digest)
