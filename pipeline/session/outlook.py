"""What a sweep will find later: of each team how many calls there are, and from when on which of them are due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.people.team_settings import TeamSettings
from pipeline.ports import Recordings
from pipeline.session.sweep import What
from pipeline.store.retention import DAY_S, SETTLED_S, Retention

_CALLS_AT_ONCE = 200  # asked for in one question to the database


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of a team's calls that have ended; null: those without a team.

    `days`: so long each is kept. `due_in_s`: until the first of each is due; what is held, gone already, or goes with
    its call anyway, is not counted.
    """

    team: str | None
    calls: int
    held: int
    days: Mapping[What, int]
    due_in_s: Mapping[What, float]


def outlooks(
    retention: Retention, settings: Callable[[str | None], TeamSettings], recordings: Recordings | None
) -> list[Outlook]:
    """Of each team that has calls. `recordings`: those of this machine. Raises StoreError."""
    recorded = _recorded(retention, recordings)
    found = []
    for team, count, held in retention.counts():
        wanted = settings(team)
        days: dict[What, int] = {
            "recording": wanted.retention_audio_days, "private": wanted.retention_private_days,
            "words": wanted.retention_words_days, "call": wanted.retention_records_days,
        }  # fmt: skip
        ages: dict[What, float | None] = {
            "recording": recorded.get(team), "private": retention.oldest(team, "private"),
            "words": retention.oldest(team, "words"), "call": retention.oldest(team),
        }  # fmt: skip
        due_in_s = {
            what: max(days[what] * DAY_S, SETTLED_S) - age_s
            for what, age_s in ages.items()
            if age_s is not None and (what in ("recording", "call") or days[what] < days["call"])
        }
        found.append(Outlook(team, count, held, days, due_in_s))
    return found


def _recorded(retention: Retention, recordings: Recordings | None) -> dict[str | None, float]:
    """How old the oldest call of each team is of which this machine has a recording."""
    oldest: dict[str | None, float] = {}
    ids = recordings.ids() if recordings is not None else []
    for begin in range(0, len(ids), _CALLS_AT_ONCE):
        for kept in retention.of(ids[begin : begin + _CALLS_AT_ONCE]).values():
            if kept.age_s is not None and not kept.is_held:
                oldest[kept.team] = max(kept.age_s, oldest.get(kept.team, 0.0))
    return oldest
