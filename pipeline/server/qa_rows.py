"""A call as the QA list shows it, and as a table has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from pydantic import TypeAdapter

from pipeline.events.score import UnscoredReason, Verdict
from pipeline.server.strips import Strip, strip_of
from pipeline.store.glances import Glance
from pipeline.store.overview import Row

_UNSCORED: TypeAdapter[UnscoredReason | None] = TypeAdapter(UnscoredReason | None)


@dataclass(frozen=True, slots=True)
class FirstProblem:
    """A rule that was missed, or waits to be confirmed; `from_ms` null: it is heard nowhere in particular."""

    rule: str
    title: str
    title_en: str
    is_fatal: bool
    is_to_confirm: bool
    channel: str | None
    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class OtherProblem:
    """`from_ms` told of the first of them alone, where they are heard somewhere."""

    title: str
    title_en: str
    from_ms: int | None
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Of the automatic card, as of ScoreGroup."""

    name: str
    name_en: str
    points: float
    weight: int


@dataclass(frozen=True, slots=True)
class FoundLine:
    """The first line that has what was searched for, as whoever searches sees it."""

    channel: str
    start_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call at a glance. Times in seconds since 1970. What is not known, or not yet, is null.

    `others`: what was missed besides. `good`: null too once people have judged. `team`: its name. `fatal`: by people
    where they have judged. `stage` and what follows: of its review.
    """

    call_id: str
    agent_id: str | None
    agent: str
    team: str | None
    started_at: float | None
    direction: str | None
    peer: str | None
    ending: str | None
    duration_ms: int | None
    score: float | None
    fatal: int | None
    to_confirm: int | None
    unscored_reason: UnscoredReason | None
    assessed_share: float | None
    strip: Strip
    problem: FirstProblem | None
    others: list[OtherProblem]
    groups: list[RowGroup]
    good: str | None
    good_en: str | None
    stage: str
    total: float | None
    reviewer: str
    until: float | None
    unseen: int
    is_held: bool
    is_marked: bool
    found: FoundLine | None


@dataclass(frozen=True, slots=True)
class Names:
    """Titles of rules, names of agents by their agent ids, of users and teams by theirs."""

    titles: Mapping[str, tuple[str, str]]
    agents: Mapping[str, str]
    users: Mapping[str, str]
    teams: Mapping[str, str]

    def title(self, rule: str) -> tuple[str, str]:
        return self.titles.get(rule, (rule, rule))


def call_row(row: Row, glance: Glance, names: Names, is_marked: bool, found: FoundLine | None) -> CallRow:
    is_told = glance.good is not None and row.stage == ""  # people may have found otherwise
    good = names.title(glance.good) if is_told and glance.good is not None else (None, None)
    return CallRow(
        row.call_id, row.agent_id, names.agents.get(row.agent_id or "", row.agent_id or ""),
        names.teams.get(row.team or "", row.team), row.started_at, row.direction, row.peer, row.ending, row.duration_ms,
        row.score, row.review_fatal if row.review_fatal is not None else row.fatal, row.to_confirm,
        _UNSCORED.validate_python(row.unscored_reason), row.assessed_share,
        strip_of(glance), _problem(glance, names),
        _others(glance, names), _groups(glance), good[0], good[1],
        row.stage, row.review_total, names.users.get(row.reviewer or "", ""), row.answer_until,
        row.comments_unseen or 0, row.held_at is not None, is_marked, found,
    )  # fmt: skip


def _problem(glance: Glance, names: Names) -> FirstProblem | None:
    if (found := glance.problem) is None:
        return None
    title, title_en = names.title(found.rule)
    is_to_confirm = found.verdict is Verdict.TO_CONFIRM
    return FirstProblem(
        found.rule, title, title_en or title, found.is_fatal, is_to_confirm, found.channel, found.from_ms, found.to_ms
    )


def _groups(glance: Glance) -> list[RowGroup]:
    return [RowGroup(one.name, one.name_en or one.name, one.points, one.weight) for one in glance.groups]


def _others(glance: Glance, names: Names) -> list[OtherProblem]:
    told = []
    for rule, span in zip_longest(glance.others, glance.spans[: len(glance.others)]):
        title, title_en = names.title(rule)
        told.append(OtherProblem(title, title_en or title, *(span or (None, None))))
    return told


def cells_of(row: CallRow, *, english: bool) -> list[str | int | float | None]:
    """As COLUMNS."""
    problem = row.problem
    title = "" if problem is None else problem.title_en if english else problem.title
    begun = (
        "" if row.started_at is None else datetime.fromtimestamp(row.started_at).isoformat(sep=" ", timespec="seconds")
    )
    seconds = None if row.duration_ms is None else round(row.duration_ms / 1000)
    share = None if row.assessed_share is None else round(row.assessed_share, 3)
    return [
        row.call_id, begun, row.agent_id or "", row.agent, row.team or "", row.direction or "", row.peer or "", seconds,
        row.score, share, row.fatal, row.to_confirm, row.total, row.stage, row.reviewer, title,
        "; ".join(one.title_en if english else one.title for one in row.others),
    ]  # fmt: skip
