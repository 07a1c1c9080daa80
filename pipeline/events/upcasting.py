"""Every kind of event has a version; what was written at an earlier one is read into today's dataclass.

A kind starts at version 1. When its fields, or what may stand in them, change, one upcaster is added at the end of its
row: it takes the fields as the version before had them and gives those of the next. So the version of a kind is one
more than it has upcasters, and a record of any age goes through those that it has not seen. They are pure functions on
JSON, with the names of the JSON (docs/records.md).

The idea is that of https://eventsourcing.readthedocs.io/en/stable/topics/domain.html#versioning
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = Mapping[str, Any]
Upcaster = Callable[[Fields], Fields]


class NewerEvent(ValueError):
    """A kind, or a version of one, that only a newer callcoach knows."""


def _with_actor(fields: Fields) -> Fields:
    """Who caused it was not written down."""
    return {**fields, "actor": None}


UPCASTERS: dict[str, tuple[Upcaster, ...]] = {
    "CallStarted": (_with_actor,),
    "CallEnded": (_with_actor,),
    "FactsNoted": (_with_actor,),
    "RecordingStopped": (_with_actor,),
    "AnnouncementHeard": (_with_actor,),
    "HintDismissed": (_with_actor,),
    "HintDone": (_with_actor,),
}


def version_of(kind: str) -> int:
    """The version at which events of this kind are written today."""
    return 1 + len(UPCASTERS.get(kind, ()))


def upcast(kind: str, version: int, fields: Fields) -> Fields:
    """The fields of an event of `kind` as today's version has them.

    Raises NewerEvent for a version that is not known here, and ValueError for one that there never was.
    """
    todays = version_of(kind)
    if version > todays:
        raise NewerEvent(f"version {version} of {kind}; this callcoach reads up to version {todays}")
    if version < 1:
        raise ValueError(f"version {version} of {kind}: versions count from 1")
    for upcaster in UPCASTERS.get(kind, ())[version - 1 :]:
        fields = upcaster(fields)
    return fields
