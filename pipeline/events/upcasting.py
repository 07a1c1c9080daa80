"""Versions of events: records of every earlier version are converted to the present dataclass when they are read.

A kind starts at version 1. When its fields or their values change, one upcaster is added at the end of its row: it
takes the fields of the previous version and returns those of the next. So the version of a kind is one more than the
number of its upcasters, and a record passes through those added since it was written. They are pure functions on JSON,
with the names of the JSON (docs/records.md). A kind that was renamed stands in FORMER_NAMES; its versions count on.

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


_LEGENDS_BEFORE: Mapping[str, Any] = {
    "phases": [
        {"id": "opening", "title": "开场", "title_en": "Opening", "is_usual": True},
        {"id": "body", "title": "正文", "title_en": "Body", "is_usual": True},
        {"id": "hold", "title": "保持", "title_en": "On hold", "is_usual": False},
        {"id": "complaint", "title": "投诉", "title_en": "Complaint", "is_usual": False},
        {"id": "closing", "title": "结束", "title_en": "Closing", "is_usual": True},
    ],
    "steps": [
        {"id": "1", "title": "开场语", "title_en": "Opening"},
        {"id": "2", "title": "再问一次", "title_en": "Ask again"},
        {"id": "3", "title": "致歉道别", "title_en": "Apologise"},
        {"id": "4", "title": "可挂机", "title_en": "Hang up"},
    ],
    "groups": [
        {"id": "开场", "title": "开场", "title_en": "Opening"},
        {"id": "声音", "title": "声音", "title_en": "Voice"},
        {"id": "倾听", "title": "倾听", "title_en": "Listening"},
        {"id": "语言", "title": "语言", "title_en": "Language"},
        {"id": "流程", "title": "流程", "title_en": "Procedure"},
    ],
    "pace": {"low": 120, "high": 180, "target": 150},
    "pitch": {"share_of_baseline": 0.6, "floor_semitones": 1.2},
    "level": {"low_dbfs": -32, "high_dbfs": -12, "clipped_share": 0.01},
    "come_back": "对不起，让您久等了",
    "both_limit_ms": 5_000,
    "agent_limit_ms": 15_000,
}
"""What every page showed, whatever the rulebook, while it had words and bands of its own."""


def _with_legend(fields: Fields) -> Fields:
    return {**fields, "legend": _LEGENDS_BEFORE}


def _with_counts(fields: Fields) -> Fields:
    """Pages knew these two rules by their ids. What else is new has a default."""
    is_silence = fields.get("rule") in ("midcall-dead-air", "hold-just-a-moment-30s")
    return {**fields, "counts": "silence" if is_silence else ""}


def _with_occasions(fields: Fields) -> Fields:
    """An item told which it was by its points, and whether it had an occasion by its note."""
    return {**fields, "items": [_with_occasion(item) for item in fields["items"]]}


def _with_occasion(item: Fields) -> Fields:
    points, verdict = item["points"], item["verdict"]
    is_ban = (points is None and verdict == "met") or (points is not None and points < 0)
    return {**item, "is_ban": is_ban, "is_offered": verdict != "not_applicable" or bool(item.get("note"))}


UPCASTERS: dict[str, tuple[Upcaster, ...]] = {
    # What its words may be trusted with was not told, then not what its team had set.
    "CallStarted": (_with_actor, _with_legend, _as_it_was, _as_it_was),
    "CallEnded": (_with_actor,),
    "FactsNoted": (_with_actor,),
    "PhaseChanged": (_as_it_was,),  # the rulebook names the phases
    "RecordingStopped": (_with_actor,),
    # In one language; without other texts; none was erased; none was heard later.
    "WordsHeard": (_as_it_was, _as_it_was, _as_it_was, _as_it_was),
    "WordsSuppressed": (_as_it_was,),  # nobody told of other languages
    "PromptPlayed": (_with_actor, _as_it_was),  # until version 2 an AnnouncementHeard
    "HintRaised": (_with_counts, _as_it_was),
    "HintDismissed": (_with_actor,),
    "HintDone": (_with_actor, _as_it_was),  # without English
    "HelpReceived": (_as_it_was,),  # the goal was a minute everywhere, and nobody was told that it was over
    # What it rests on was not counted, then not how much of it on words; nobody could reckon it anew.
    "CallScored": (_as_it_was, _as_it_was, _with_occasions, _as_it_was),
}


FORMER_NAMES = {"AnnouncementHeard": "PromptPlayed"}


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
