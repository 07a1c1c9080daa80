"""Rows of what people have said of a call, and the outline of it that lists show; in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pipeline.events.score import CallScored
from pipeline.people.permissions import Role
from pipeline.reviews.entries import Entry, act_from_json, act_to_json, without_quotes
from pipeline.reviews.keeping import Outline, outline_of
from pipeline.reviews.review import fold
from pipeline.store.dialects import now_s, unquote
from pipeline.store.schema import calls, reviews


def entries(connection: Connection, call_id: str) -> list[Entry]:
    """In the order of their numbers."""
    wanted = select(reviews).where(reviews.c.call_id == call_id).order_by(reviews.c.number)
    return [_entry(row) for row in connection.execute(wanted)]


def put(connection: Connection, call_id: str, said: Sequence[Entry]) -> None:
    """As they are, with their numbers and times; of these none is there yet."""
    rows = [
        {
            "call_id": call_id, "number": one.number, "at": one.at, "actor": one.actor, "role": str(one.role),
            "kind": one.act.kind, "act": act_to_json(one.act),
        }
        for one in said
    ]  # fmt: skip
    if rows:
        connection.execute(insert(reviews), rows)


def erase_quotes(connection: Connection, call_id: str) -> None:
    """What people quoted of what was said; what they wrote stays."""
    for row in connection.execute(select(reviews).where(reviews.c.call_id == call_id)).mappings().all():
        without = act_to_json(without_quotes(act_from_json(row["kind"], row["act"])))
        if without != row["act"]:
            unquote(connection, reviews, {**row, "act": without})


def refresh(connection: Connection, call_id: str, card: CallScored | None) -> None:
    """`card`: the newest, of which what people have said makes another total. Nobody has said anything: nothing."""
    if said := entries(connection, call_id):
        now = float(connection.execute(select(now_s(connection))).scalar_one())
        tell_outline(connection, call_id, outline_of(fold(said, card, now)))


def tell_outline(connection: Connection, call_id: str, outline: Outline) -> None:
    told = {
        "review_stage": str(outline.stage) or None, "review_total": outline.total, "review_fatal": outline.fatal,
        "reviewer": outline.reviewer, "answer_until": outline.until, "comments_unseen": outline.unseen or None,
        "check_until": outline.check_until,
    }  # fmt: skip
    connection.execute(update(calls).where(calls.c.call_id == call_id).values(told))


def _entry(row: Any) -> Entry:
    return Entry(row.number, row.at, row.actor, Role(row.role), act_from_json(row.kind, row.act))
