"""To whom a call belongs: what the newest of its facts tell."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.record import Record
from pipeline.people.person import Whose

TELLING = frozenset({"CallStarted", "FactsNoted"})


def facts_told(record: Record) -> CallFacts | None:
    """The facts of a call that a record tells; None for any other record."""
    return record.event.facts if isinstance(record.event, CallStarted | FactsNoted) else None


def owner(facts: CallFacts) -> Whose:
    return Whose(facts.agent_id, facts.team)


def owner_of(records: Iterable[Record], before: Whose | None = None) -> Whose:
    """`records`: of one call, in order; `before`: what earlier ones tell."""
    whose = before or Whose()
    for record in records:
        if (facts := facts_told(record)) is not None:
            whose = owner(facts)
    return whose
