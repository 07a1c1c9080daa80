"""How many calls of a list there are by each value that one may filter by, the other filters as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, case, func, select

from pipeline.store.overview import FATAL_NOW, Wanted, stage_now, where_of
from pipeline.store.schema import calls, missed

BANDS = 10  # of the score, ten points each; 100 counts to the last


@dataclass(slots=True)
class Facets:
    """`scores`: so many in each band, and of those without a score. `stages`: "" for those that nobody has judged."""

    total: int = 0
    mean: float | None = None  # of the scores
    fatal: int = 0
    teams: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    directions: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    scores: list[int] = field(default_factory=lambda: [0] * BANDS)
    unscored: int = 0


_FREE: Mapping[str, Mapping[str, Any]] = {  # a filter does not count for its own values
    "teams": {"teams": ()}, "agents": {"agents": ()}, "directions": {"direction": None}, "stages": {"stages": ()},
    "rules": {"missed": ()}, "scores": {"score_from": None, "score_below": None},
}  # fmt: skip


def count(connection: Connection, wanted: Wanted) -> Facets:
    found = Facets()
    c = calls.c
    is_fatal = case((FATAL_NOW > 0, 1), else_=0)
    whole = select(func.count(), func.avg(c.score), func.coalesce(func.sum(is_fatal), 0))
    found.total, mean, found.fatal = connection.execute(whole.where(where_of(connection, wanted, c.started_at))).one()
    found.mean = None if mean is None else round(float(mean), 1)
    band = case(*((c.score < 100 / BANDS * (number + 1), number) for number in range(BANDS)), else_=BANDS - 1)
    columns: dict[str, Any] = {
        "teams": c.team, "agents": c.agent_id, "directions": c.direction, "stages": stage_now(connection),
        "scores": case((c.score.is_(None), None), else_=band),
    }  # fmt: skip
    together: dict[Wanted, list[str]] = {}
    for name in columns:
        together.setdefault(_free(wanted, name), []).append(name)
    for free, names in together.items():
        counted = _counted(connection, free, {name: columns[name] for name in names})
        for name in names:
            _tell(found, name, counted[name])
    found.rules = _of_rules(connection, _free(wanted, "rules"))
    return found


def total(connection: Connection, wanted: Wanted) -> int:
    """How many calls a list has."""
    where = where_of(connection, wanted, calls.c.started_at)
    return int(connection.execute(select(func.count()).select_from(calls).where(where)).scalar_one())


def _free(wanted: Wanted, name: str) -> Wanted:
    return replace(wanted, **_FREE[name])


def _counted(connection: Connection, wanted: Wanted, columns: Mapping[str, Any]) -> dict[str, Counter[Any]]:
    """Calls by the values of each column, all in one walk through them."""
    where = where_of(connection, wanted, calls.c.started_at)
    called = [column.label(name) for name, column in columns.items()]
    found: dict[str, Counter[Any]] = {name: Counter() for name in columns}
    for *values, number in connection.execute(select(*called, func.count()).where(where).group_by(*called)):
        for name, value in zip(columns, values, strict=True):
            found[name][value] += number
    return found


def _tell(found: Facets, name: str, counted: Counter[Any]) -> None:
    unknown = counted.pop(None, 0)
    if name == "scores":
        found.unscored = unknown
        found.scores = [counted[band] for band in range(BANDS)]
    else:
        setattr(found, name, dict(counted))


def _of_rules(connection: Connection, wanted: Wanted) -> dict[str, int]:
    where = where_of(connection, wanted, calls.c.started_at)
    joined = select(missed.c.rule, func.count()).join(calls, calls.c.number == missed.c.number)
    rows = connection.execute(joined.where(where).group_by(missed.c.rule))
    return {str(rule): int(number) for rule, number in rows}
