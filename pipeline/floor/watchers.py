"""Who watches the floor: pages that are open, and leads whose last page has gone. On the event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.floor.wall import Teams


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

    def leads(self, team: str | None) -> tuple[str, ...]:
        """Names of the people who watch this team, each once, in order."""
        found = {one.name for one in self._open if one.name is not None and one.teams is not None and team in one.teams}
        return tuple(sorted(found))

    def scopes(self) -> set[Teams]:
        """Whose floors are watched."""
        return {one.teams for one in self._open}
