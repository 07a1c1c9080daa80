"""Who watches the floor: pages that are open, and leads whose last page has gone. On the event loop.

Who has another page open is told of what nobody takes in time (`reach`), by name and as long as that page is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.floor.wall import Teams

REACHED_S = 30.0
"""So long after a page has asked what is late its lead counts as told: pages ask every ten seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Watcher:
    """One page. `name`: of a person; a machine has none."""

    user_id: str
    name: str | None
    teams: Teams


class Watchers:
    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock`: monotonic. Of whoever has never been here, the last page was gone at the start."""
        self._clock = clock
        self._open: set[Watcher] = set()
        self._begun_s = clock()
        self._gone_s: dict[str, float] = {}
        self._reached: dict[str, tuple[float, Watcher]] = {}  # by user

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[None]:
        self._open.add(watcher)
        try:
            yield
        finally:
            self._open.discard(watcher)
            self._gone_s[watcher.user_id] = self._clock()

    def is_here(self, user_id: str, team: str | None) -> bool:
        """Whether a page of theirs shows this team: whoever has become another team's looks at its floor."""
        return any(one.user_id == user_id and (one.teams is None or team in one.teams) for one in self._open)

    def gone_s(self, user_id: str, team: str | None) -> float:
        """For how long no such page has been open; 0 while one is."""
        if self.is_here(user_id, team):
            return 0.0
        return self._clock() - self._gone_s.get(user_id, self._begun_s)

    def reach(self, page: Watcher) -> None:
        """A page that is none of the floor's was told what is late."""
        self._reached[page.user_id] = self._clock(), page

    def leads(self, team: str | None, *, reached: bool = False) -> tuple[str, ...]:
        """Names of the people who watch this team, each once, in order. `reached`: those told elsewhere, too."""
        since_s = self._clock() - REACHED_S
        elsewhere = [page for at_s, page in self._reached.values() if reached and at_s >= since_s]
        pages = [*self._open, *elsewhere]
        found = {one.name for one in pages if one.name is not None and one.teams is not None and team in one.teams}
        return tuple(sorted(found))

    def scopes(self) -> set[Teams]:
        """Whose floors are watched."""
        return {one.teams for one in self._open}
