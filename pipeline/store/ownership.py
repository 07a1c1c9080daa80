"""To whom a call belongs: what the newest of its facts tell; it keeps the team that it had when it ended."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Record
from pipeline.people.person import Whose


def facts_told(record: Record) -> CallFacts | None:
    """The facts of a call that a record tells; None for any other record."""
    return record.event.facts if isinstance(record.event, CallStarted | FactsNoted) else None


def owner(facts: CallFacts) -> Whose:
    return Whose(facts.agent_id, facts.team)


def owner_of(records: Iterable[Record], before: Whose | None = None) -> Whose:
    """`records`: of one call, in order; `before`: what earlier ones tell."""
    whose = before or Whose()
    for record in records:
        if isinstance(record.event, CallEnded):
            break
        if (facts := facts_told(record)) is not None:
            whose = owner(facts)
    return whose
