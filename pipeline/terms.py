"""The terms events are made of: channels, kinds, facts, words, evidence. This module imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Channel(StrEnum):
    """Who is heard. `mixed` is a one-channel recording: roles unknown, never guessed."""

    AGENT = "agent"
    CUSTOMER = "customer"
    MIXED = "mixed"


class Heard(StrEnum):
    """What a source got for a channel in one slice."""

    YES = "yes"
    IDLE = "idle"  # a loopback with nothing playing, a muted leg: counts as silence
    LOST = "lost"  # device or network gone: no silence may be concluded from it


class SilenceKind(StrEnum):
    """Why it is quiet, which decides the limit (DESIGN §5)."""

    BOTH = "both"
    AGENT = "agent"  # only a microphone is heard
    ANNOUNCED = "announced"  # 请稍等,我帮您查一下
    HOLD = "hold"  # told by the telephony adapter: no dead air


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    TIP = "tip"


class Phase(StrEnum):
    OPENING = "opening"
    BODY = "body"
    HOLD = "hold"
    COMPLAINT = "complaint"
    CLOSING = "closing"


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_APPLICABLE = "not_applicable"


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
class AgentBaseline:
    """What is usual for one agent, learned over calls: how pitch varies and how fast, nothing inferred from it.

    The times say what each figure rests on, as far as it is remembered; a figure is null until a call has taught it.
    """

    agent_id: str
    calls: int  # that taught
    sd_semitones: float | None  # variation of pitch
    voiced_ms: int
    speaking_rate: float | None  # characters a minute, counted from words
    speaking_ms: int


# Why the recogniser's text is not believed (asr/guards.py).
SuppressedBecause = Literal["no_speech", "repetition", "phantom_line", "too_fast"]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (for Mandarin usually one to three Han characters)."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Span:
    """Evidence: what to play back, and the words or the figure it proves."""

    channel: Channel
    start_ms: int
    end_ms: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: handbook document and verbatim quote."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One line of the scorecard. `points` of `weight` earned; null when not applicable."""

    rule: str
    title: str
    group: str
    verdict: Verdict
    weight: int
    points: float | None
    fatal: bool
    evidence: tuple[Span, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Points of one group of the scorecard; `weight` counts applicable items only."""

    name: str
    points: float
    weight: int
