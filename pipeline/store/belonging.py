"""Whose a call is: the agent and the team it had when it ended, told by its records; kept beside it for lists.

Also how the name of an agent who was removed goes out of these records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, false, or_, select, update

from pipeline.codec import event_from_json, event_to_json
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.hints import HintRaised, SilentCallStep
from pipeline.events.record import Event
from pipeline.people.person import Within
from pipeline.store.dialects import rewrite
from pipeline.store.schema import agent_ids, calls, records, users

_TELLING = (CallStarted.__name__, FactsNoted.__name__)
_FILLED = (HintRaised.__name__, SilentCallStep.__name__)  # with words to say, which may have the agent's name in them
_BLANK = "__"  # as the coach writes a name that nobody has told


def is_within(within: Within | None) -> ColumnElement[bool]:
    """Of the calls that somebody may see; None: of all that something is kept of."""
    if within is None:
        return calls.c.last_seq > 0
    of_agent = [calls.c.agent_id == within.agent_id] if within.agent_id is not None else []
    of_teams = [calls.c.team.in_(within.teams)] if within.teams else []  # an empty one would use no index
    return or_(false(), *of_agent, *of_teams)


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
    """Takes the agent's name out of all calls of this agent that have ended: facts, and texts that it was put into.

    What was said aloud stays: it is the call.
    """
    ended = select(calls.c.call_id).where(calls.c.ended, calls.c.agent_id == agent_id)
    for call_id in connection.execute(ended).scalars().all():
        _erase(connection, call_id, agent_id)


def _erase(connection: Connection, call_id: str, agent_id: str) -> None:
    told = _events(connection, call_id, _TELLING)
    names = {
        event.facts.agent_name or ""
        for _, event in told
        if isinstance(event, CallStarted | FactsNoted) and event.facts.agent_id in (None, agent_id)
    } - {""}
    if not names:
        return
    for position, event in [*told, *_events(connection, call_id, _FILLED)]:
        without = _without(event, names)
        if without != event:
            rewrite(connection, records, position, event_to_json(without))


def _events(connection: Connection, call_id: str, kinds: Sequence[str]) -> list[tuple[int, Event]]:
    wanted = select(records).where(records.c.call_id == call_id, records.c.kind.in_(kinds))
    found = []
    for row in connection.execute(wanted).all():
        try:
            found.append((row.position, event_from_json(row.event)))
        except ValueError:
            continue  # damaged, or of a newer callcoach
    return found


def _without(event: Event, names: set[str]) -> Event:
    match event:
        case CallStarted() | FactsNoted() if event.facts.agent_name in names:
            return replace(event, facts=replace(event.facts, agent_name=None))
        case HintRaised():
            return replace(event, say=_blanked(event.say, names))
        case SilentCallStep():
            return replace(event, say=_blanked(event.say, names), next_say=_blanked(event.next_say, names))
    return event


def _blanked(text: str, names: set[str]) -> str:
    for name in names:
        text = text.replace(name, _BLANK)
    return text
