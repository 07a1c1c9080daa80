"""A call as a strip: who spoke when, where nobody did, and what the coach said, to be drawn in one line of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ConfigDict

from pipeline.events.channels import Channel
from pipeline.events.hints import HintRaised, Severity
from pipeline.events.turns import SilenceEnded, TurnEnded
from pipeline.store.archive import Archive

SHOWN_SILENCE_MS = 3_000  # shorter ones are breath
_KINDS = frozenset({TurnEnded.__name__, SilenceEnded.__name__, HintRaised.__name__})


@dataclass(frozen=True, slots=True)
class StripSpan:
    channel: Channel | None  # null: of a silence
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class StripMark:
    at_ms: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Strip:
    __pydantic_config__ = ConfigDict(json_schema_serialization_defaults_required=True)

    turns: list[StripSpan] = field(default_factory=list)
    silences: list[StripSpan] = field(default_factory=list)
    marks: list[StripMark] = field(default_factory=list)


def strips_of(archive: Archive, call_ids: Sequence[str]) -> dict[str, Strip]:
    """May raise StoreError."""
    strips = {call_id: Strip() for call_id in call_ids}
    for record in archive.pick(call_ids, _KINDS):
        strip = strips[record.call_id]
        match record.event:
            case TurnEnded(channel=channel, start_ms=start_ms, end_ms=end_ms):
                strip.turns.append(StripSpan(channel, start_ms, end_ms))
            case SilenceEnded(start_ms=start_ms, end_ms=end_ms) if end_ms - start_ms >= SHOWN_SILENCE_MS:
                strip.silences.append(StripSpan(None, start_ms, end_ms))
            case HintRaised(at_ms=at_ms, severity=severity):
                strip.marks.append(StripMark(at_ms, severity))
    return strips
