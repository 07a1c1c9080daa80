"""The table of what people have said of calls: rows are only ever added, until the call itself is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from pipeline.codec import event_from_json
from pipeline.errors import StoreError
from pipeline.events.hints import HintDismissed, HintRaised
from pipeline.people.permissions import Role
from pipeline.people.person import Within
from pipeline.reviews.entries import Act, Entry
from pipeline.reviews.keeping import Outline, OwnRow, OwnTab, Waiting
from pipeline.reviews.review import Stage
from pipeline.store import own_calls, reviewed
from pipeline.store.belonging import is_within
from pipeline.store.database import Database
from pipeline.store.dialects import now_s
from pipeline.store.overview import stage_now
from pipeline.store.schema import agent_ids, calls, records, reviews

_PAGE = 500  # of an inbox: whoever has more waiting sees the most urgent


class SqlReviews:
    """A ReviewsKept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> float:
        with self._database.reading() as connection:
            return float(connection.execute(select(now_s(connection))).scalar_one())

    def entries(self, call_id: str) -> list[Entry]:
        with self._database.reading() as connection:
            return reviewed.entries(connection, call_id)

    def agent_of(self, call_id: str) -> str | None:
        of_call = calls.c.agent_id == agent_ids.c.agent_id
        wanted = select(agent_ids.c.user_id).join(calls, of_call).where(calls.c.call_id == call_id)
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar()

    def add(self, call_id: str, actor: str, role: Role, act: Act) -> Entry:
        largest = select(func.coalesce(func.max(reviews.c.number), 0)).where(reviews.c.call_id == call_id)
        with self._database.together(), self._database.writing() as connection:
            if connection.execute(select(calls.c.number).where(calls.c.call_id == call_id)).scalar() is None:
                raise StoreError(f"there is no call {call_id}")
            number = int(connection.execute(largest).scalar_one()) + 1
            at = round(float(connection.execute(select(now_s(connection))).scalar_one()), 3)
            entry = Entry(number, at, actor, role, act)
            reviewed.put(connection, call_id, [entry])
        return entry

    def outline(self, call_id: str, outline: Outline) -> None:
        with self._database.writing() as connection:
            reviewed.tell_outline(connection, call_id, outline)

    def waiting(self, stages: Sequence[Stage], within: Within | None, *, only_open: bool = False) -> list[Waiting]:
        with self._database.reading() as connection:
            now = stage_now(connection).in_([str(stage) for stage in stages])
            of_stage = and_(calls.c.review_stage.is_not(None), now)
            until = [calls.c.answer_until > now_s(connection)] if only_open else []
            return _listed(connection, and_(of_stage, is_within(within), *until))

    def unseen(self, within: Within | None) -> list[Waiting]:
        with self._database.reading() as connection:
            return _listed(connection, and_(calls.c.comments_unseen > 0, is_within(within)))

    def reviewed(self, within: Within | None, since: float | None, until: float | None) -> list[str]:
        judged = and_(calls.c.review_stage.is_not(None), is_within(within), *_between(since, until))
        wanted = select(calls.c.call_id).where(judged).order_by(calls.c.started_at)
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def of_no_use(self, within: Within | None, since: float | None, until: float | None) -> dict[str, int]:
        dismissed = _events(HintDismissed, within, since, until)
        with self._database.reading() as connection:
            hints: dict[str, list[int]] = {}
            for call_id, body in connection.execute(dismissed):
                event = event_from_json(body)
                if isinstance(event, HintDismissed) and event.useful is False:
                    hints.setdefault(call_id, []).append(event.hint)
            found: dict[str, int] = {}
            for call_id, numbers in hints.items():
                raised = select(records.c.event).where(
                    records.c.call_id == call_id, records.c.kind == HintRaised.__name__
                )
                for body in connection.execute(raised).scalars():
                    event = event_from_json(body)
                    if isinstance(event, HintRaised) and event.hint in numbers:
                        found[event.rule] = found.get(event.rule, 0) + numbers.count(event.hint)
        return found

    def own(
        self, agent_id: str, tab: OwnTab, since: float, limit: int, after: int | None = None, call_id: str | None = None
    ) -> list[OwnRow]:
        with self._database.reading() as connection:
            return own_calls.own(connection, agent_id, tab, since, limit, after, call_id)

    def own_counts(self, agent_id: str, since: float) -> dict[OwnTab, int]:
        with self._database.reading() as connection:
            return own_calls.own_counts(connection, agent_id, since)

    def own_scored(self, agent_id: str, since: float, limit: int) -> list[OwnRow]:
        with self._database.reading() as connection:
            return own_calls.own_scored(connection, agent_id, since, limit)


def _events(kind: type, within: Within | None, since: float | None, until: float | None) -> Select[Any]:
    of_call = calls.c.call_id == records.c.call_id
    wanted = select(records.c.call_id, records.c.event).join(calls, of_call)
    return wanted.where(records.c.kind == kind.__name__, is_within(within), *_between(since, until))


def _between(since: float | None, until: float | None) -> list[ColumnElement[bool]]:
    begun = calls.c.started_at
    return [*([begun >= since] if since is not None else []), *([begun < until] if until is not None else [])]


def _listed(connection: Any, where: ColumnElement[bool]) -> list[Waiting]:
    c = calls.c
    columns = (
        c.call_id,
        c.agent_id,
        c.team,
        c.started_at,
        stage_now(connection).label("stage"),
        c.answer_until,
        c.comments_unseen,
        c.reviewer,
    )
    order = (c.answer_until.is_(None), c.answer_until, c.number.desc())
    found = connection.execute(select(*columns).where(where).order_by(*order).limit(_PAGE))
    return [
        Waiting(
            row.call_id, row.agent_id, row.team, row.started_at, Stage(row.stage), row.answer_until,
            row.comments_unseen or 0, row.reviewer,
        )
        for row in found
    ]  # fmt: skip
