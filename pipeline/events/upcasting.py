"""Versions of events: records of every earlier version are converted to the present dataclass when they are read.

A kind starts at version 1. When its fields or their values change, one upcaster is added at the end of its row: it
takes the fields of the previous version and returns those of the next. So the version of a kind is one more than the
number of its upcasters, and a record passes through those added since it was written. They are pure functions on JSON,
with the names of the JSON (docs/records.md).

After https://eventsourcing.readthedocs.io/en/stable/topics/domain.html#versioning
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
Upcaster = Callable[[Fields], Fields]


class NewerEvent(ValueError):
    """A kind of event, or a version of one, of a newer callcoach."""


def _with_actor(fields: Fields) -> Fields:
    """Earlier versions did not store the actor."""
    return {**fields, "actor": None}


def _as_it_was(fields: Fields) -> Fields:
    """More may stand in a field than before: whatever was there is still right."""
    return fields


UPCASTERS: dict[str, tuple[Upcaster, ...]] = {
    "CallStarted": (_with_actor,),
    "CallEnded": (_with_actor,),
    "FactsNoted": (_with_actor,),
    "PhaseChanged": (_as_it_was,),  # the rulebook names the phases
    "RecordingStopped": (_with_actor,),
    "AnnouncementHeard": (_with_actor,),
    "HintDismissed": (_with_actor,),
    "HintDone": (_with_actor,),
    "CallScored": (_as_it_was,),  # what it rests on was not counted
}


def version_of(kind: str) -> int:
    """The version with which events of this kind are written at present."""
    return 1 + len(UPCASTERS.get(kind, ()))


def upcast(kind: str, version: int, fields: Fields) -> Fields:
    """The fields of an event of `kind`, converted from `version` to the present version.

    Raises NewerEvent for a version of a newer callcoach, and ValueError for one below 1.
    """
    todays = version_of(kind)
    if version > todays:
        raise NewerEvent(f"version {version} of {kind}; this callcoach reads up to version {todays}")
    if version < 1:
        raise ValueError(f"version {version} of {kind}: versions count from 1")
    for upcaster in UPCASTERS.get(kind, ())[version - 1 :]:
        fields = upcaster(fields)
    return fields
