"""Desks of a load test (`callcoach load`): made up, and nobody's. Whoever has a `load` token is these and no others.

Their calls are of agents `load-N` of the team `load`, so no real agent's; a line takes from them what costs a centre
most, records, digests and utterances, and nothing else: no sign-in, no recording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.messages import Digested, Heard, Records
from pipeline.events.call import CallStarted, FactsNoted
from pipeline.events.record import Event
from pipeline.ingest.desk_line import DeskLine, Takes
from pipeline.people.desks import Desk
from pipeline.store.leases import LOAD

TEAM = "load"
MOST = 10_000
_TAKEN = (Records, Digested, Heard)

Refusal = Callable[[DeskLine, Records, Sequence[Event]], RefusedBecause | None]


def load_id(number: int) -> str:
    """Of a desk, its installation, its shift and its agent."""
    return f"{LOAD}{number}"


def load_desk(number: int) -> Desk:
    id = load_id(number)
    return Desk(id, id, id, "callcoach load", "", 0.0)


def is_of_load(desk: Desk) -> bool:
    return desk.id.startswith(LOAD)


def taken_of_load(takes: Mapping[type[Any], Takes]) -> Mapping[type[Any], Takes]:
    return {kind: takes[kind] for kind in _TAKEN if kind in takes}


def or_of_load(refusal: Refusal) -> Refusal:
    """As `refusal` for real desks; made-up ones write under their own identity alone."""

    def refuse(line: DeskLine, said: Records, events: Sequence[Event]) -> RefusedBecause | None:
        if not is_of_load(line.desk):
            return refusal(line, said, events)
        facts = [event.facts for event in events if isinstance(event, CallStarted | FactsNoted)]
        is_own = said.shift == line.desk.id and all((f.agent_id, f.team) == (line.desk.id, TEAM) for f in facts)
        return None if is_own else "identity"

    return refuse
