"""Whose a call is: the agent and the team it had when it ended, told by its records; kept beside it for lists.

Also how the name of an agent who was removed goes out of these records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

from pipeline.codec import event_from_json, event_to_json
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Event
from pipeline.store.schema import agent_ids, calls, records, users

_KINDS = (CallStarted.__name__, FactsNoted.__name__)


def tell_whose(connection: Connection, call_id: str, first_seq: int, events: Sequence[Event]) -> None:
    """To be called with events just written, the first as record `first_seq`, in the same transaction."""
    facts = _last_facts(events)
    if facts is not None and not _ended_before(connection, call_id, first_seq):
        whose = {"agent_id": facts.agent_id, "team": facts.team}
        connection.execute(update(calls).where(calls.c.call_id == call_id).values(whose))
    if facts is not None or any(isinstance(event, CallEnded) for event in events):
        _erase_if_removed(connection, call_id)


def _last_facts(events: Sequence[Event]) -> CallFacts | None:
    """Of those up to the call's end."""
    last = None
    for event in events:
        match event:
            case CallStarted(facts=facts) | FactsNoted(facts=facts):
                last = facts
            case CallEnded():
                break
    return last


def _ended_before(connection: Connection, call_id: str, seq: int) -> bool:
    ends = select(records.c.seq).where(
        records.c.call_id == call_id, records.c.kind == CallEnded.__name__, records.c.seq < seq
    )
    return connection.execute(ends.limit(1)).scalar() is not None


def _erase_if_removed(connection: Connection, call_id: str) -> None:
    """Of somebody removed during the call: while it runs its records stay as its writer has them."""
    removed = (
        select(calls.c.agent_id)
        .join(agent_ids, agent_ids.c.agent_id == calls.c.agent_id)
        .join(users, users.c.id == agent_ids.c.user_id)
        .where(calls.c.call_id == call_id, calls.c.ended, users.c.removed_at.is_not(None))
    )
    agent_id = connection.execute(removed).scalar()
    if agent_id is not None:
        _erase(connection, call_id, agent_id)


def erase_name(connection: Connection, agent_id: str) -> None:
    """Takes `agent_name` out of the facts of all calls of this agent that have ended."""
    named = (
        select(records.c.call_id)
        .join(calls, calls.c.call_id == records.c.call_id)
        .where(calls.c.ended, calls.c.agent_id == agent_id)
        .distinct()
    )
    for call_id in connection.execute(named).scalars().all():
        _erase(connection, call_id, agent_id)


def _erase(connection: Connection, call_id: str, agent_id: str) -> None:
    told = select(records).where(records.c.call_id == call_id, records.c.kind.in_(_KINDS))
    for row in connection.execute(told).all():
        try:
            event = event_from_json(row.event)
        except ValueError:
            continue  # damaged, or of a newer callcoach
        if not isinstance(event, CallStarted | FactsNoted) or event.facts.agent_name is None:
            continue
        if event.facts.agent_id not in (None, agent_id):
            continue
        without = replace(event, facts=replace(event.facts, agent_name=None))
        body = update(records).where(records.c.position == row.position).values(event=event_to_json(without))
        connection.execute(body)
