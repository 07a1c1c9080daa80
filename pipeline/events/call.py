"""A call's edges, what is known about it, and its clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known about a call besides its sound. Unknown facts make rules not applicable, never failed."""

    direction: Literal["inbound", "outbound"] = "inbound"
    peer: str | None = None
    customer_name: str | None = None
    company: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    timezone: str | None = None
    recording_consent: bool | None = None


# What is odd about a recording, in words of docs/files.md (audio/files/recording.py, audio/files/sides.py).
NoticeCode = Literal[
    "short", "length", "joined", "damaged", "no_numbers",
    "one_signal", "only_left", "only_right", "only_agent", "only_customer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceNotice:
    """What somebody must know about where a call's sound came from; the call is heard all the same."""

    code: NoticeCode
    detail: str  # one English sentence with the figures


@dataclass(frozen=True, slots=True)
class CallStarted:
    at_ms: int
    call_id: str
    started_at: str  # ISO 8601 with zone: the only wall-clock time of a call
    channels: tuple[Channel, ...]
    facts: CallFacts
    rulebook_id: str
    rulebook_version: str
    settings_hash: str
    engine: str  # "none" when no words can be had
    engine_notice: str = ""  # what the page must say about the engine, "" when nothing
    notices: tuple[SourceNotice, ...] = ()  # what is odd about the recording
    actor: Actor = None  # who began it; null: the first voice, or a file


@dataclass(frozen=True, slots=True)
class CallEnded:
    at_ms: int
    reason: Literal["finished", "interrupted"]
    actor: Actor = None  # who ended it; null: it ended by itself


@dataclass(frozen=True, slots=True)
class FactsNoted:
    """Facts told during the call (form, CTI); they replace the earlier ones at once."""

    at_ms: int
    facts: CallFacts
    actor: Actor = None  # who told them


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """`phase` is an id of the call's rulebook; the shipped one has opening, body, hold, complaint and closing."""

    at_ms: int
    phase: str


@dataclass(frozen=True, slots=True)
class ClockTicked:
    """The audio clock while nothing else is to be said; display only, never stored, has no seq."""

    at_ms: int
