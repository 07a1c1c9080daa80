"""What an agent's own list of calls asks of the table of calls."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, exists, func, or_, select

from pipeline.people.permissions import Role
from pipeline.reviews.entries import Undone, act_to_json
from pipeline.reviews.keeping import OwnRow, OwnTab
from pipeline.reviews.review import Stage
from pipeline.store.dialects import now_s
from pipeline.store.schema import calls, reviews

ANSWERED_BY_AGENT = (Stage.TO_ANSWER, Stage.TO_CHECK, Stage.TO_DECIDE)
"""Stages in which items may be open for the agent, while their time lasts."""

_START = func.coalesce(calls.c.started_at, 0)
_TABS: Sequence[OwnTab] = ("week", "commented", "to_answer", "appealed")


def own(
    connection: Connection,
    agent_id: str,
    tab: OwnTab,
    since: float,
    limit: int,
    after: int | None = None,
    call_id: str | None = None,
) -> list[OwnRow]:
    """As of ReviewsKept."""
    c = calls.c
    is_sought = _in_tab(connection, tab, since) if call_id is None else c.call_id == call_id
    beyond = [_is_behind(after)] if after is not None else []
    return _rows(connection, and_(c.agent_id == agent_id, c.ended, is_sought, *beyond), limit)


def _is_behind(after: int) -> ColumnElement[bool]:
    """Of calls as `_rows` orders them, behind the one with this number. An archive may bring older ones later."""
    last = calls.alias()
    start = select(func.coalesce(last.c.started_at, 0)).where(last.c.number == after).scalar_subquery()
    return or_(start > _START, and_(start == _START, calls.c.number < after))


def own_counts(connection: Connection, agent_id: str, since: float) -> dict[OwnTab, int]:
    """As of ReviewsKept."""
    c = calls.c
    return {
        tab: int(
            connection.execute(
                select(func.count()).where(c.agent_id == agent_id, c.ended, _in_tab(connection, tab, since))
            ).scalar_one()
        )
        for tab in _TABS
    }


def own_scored(connection: Connection, agent_id: str, since: float, limit: int) -> list[OwnRow]:
    """As of ReviewsKept."""
    c = calls.c
    return _rows(connection, and_(c.agent_id == agent_id, c.started_at >= since, c.fatal.is_not(None)), limit)


def _rows(connection: Connection, where: ColumnElement[bool], limit: int) -> list[OwnRow]:
    c = calls.c
    columns = (c.number, c.call_id, c.started_at, c.assessed_share, c.review_stage, c.comments_unseen)
    found = connection.execute(select(*columns).where(where).order_by(_START.desc(), c.number.desc()).limit(limit))
    return [
        OwnRow(row.number, row.call_id, row.started_at, row.assessed_share, Stage(row.review_stage or ""),
               row.comments_unseen or 0)
        for row in found
    ]  # fmt: skip


def _is_taken_back() -> ColumnElement[bool]:
    """Of an entry, by a later one that says so; an act is written in one way (reviews/entries.py)."""
    back = reviews.alias()
    undone = act_to_json(Undone(0)).split("0", 1)
    of_it = back.c.act == undone[0] + cast(reviews.c.number, Text) + undone[1]
    return exists().where(back.c.call_id == reviews.c.call_id, back.c.kind == "undone", of_it)


def _in_tab(connection: Connection, tab: OwnTab, since: float) -> ColumnElement[bool]:
    c = calls.c
    said = select(reviews.c.number).where(reviews.c.call_id == c.call_id, ~_is_taken_back())
    match tab:
        case "week":
            return c.started_at >= since
        case "commented":
            return said.where(reviews.c.kind == "commented", reviews.c.role != str(Role.AGENT)).exists()
        case "to_answer":
            stages = [str(stage) for stage in ANSWERED_BY_AGENT]
            return and_(c.review_stage.in_(stages), c.answer_until > now_s(connection))
        case "appealed":
            return said.where(reviews.c.kind == "appealed").exists()
