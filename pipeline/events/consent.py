"""What the records of a call tell about its consent to be recorded."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.events.call import CallStarted, FactsNoted
from pipeline.events.faults import StageFailed
from pipeline.events.record import Event

TELLING = frozenset({"CallStarted", "FactsNoted"})  # kinds of records


def last_consent(events: Iterable[Event]) -> bool | None:
    """As it was told last; null: never. False where a record cannot be read: it may have been a no."""
    told = None
    for event in events:
        if isinstance(event, StageFailed) and event.stage == "record":
            return False
        if isinstance(event, CallStarted | FactsNoted):
            told = event.facts.recording_consent
    return told
