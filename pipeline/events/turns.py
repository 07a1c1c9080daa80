"""Turn-taking: who speaks, how long nobody does, and who interrupts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.events.channels import Channel


class SilenceKind(StrEnum):
    """Why it is quiet, which decides the limit."""

    BOTH = "both"
    AGENT = "agent"  # only a microphone is heard
    ANNOUNCED = "announced"  # 请稍等,我帮您查一下
    HOLD = "hold"  # told by the telephony adapter: no dead air


@dataclass(frozen=True, slots=True)
class TurnStarted:
    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SilenceStarted:
    """Sent once a silence is 1,000 ms long, or when its kind changes. `limit_ms` is null for hold."""

    at_ms: int
    start_ms: int
    kind: SilenceKind
    limit_ms: int | None


@dataclass(frozen=True, slots=True)
class SilenceReached:
    """The limit is full while the silence lasts."""

    at_ms: int
    start_ms: int
    limit_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class SilenceEnded:
    at_ms: int
    start_ms: int
    end_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class OverlapNoted:
    """Both sides spoke; `interrupter` is null when nobody was cut off by it."""

    at_ms: int
    start_ms: int
    end_ms: int
    interrupter: Channel | None
