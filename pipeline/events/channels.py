"""The channels of a call: who is heard, whether anything is heard, and what of the other side is in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class CaptureMeasured:
    """How a live device delivers: told when the call starts and when a figure has changed, at most once a second.

    `late_ms`: how long its audio takes to come at worst; counted since the call's start: `inserted_ms` of silence in
    place of audio that never came, `dropped_ms` of audio that came doubled, in surplus or too late.
    """

    at_ms: int
    channel: Channel
    device: str
    heard: Heard
    late_ms: int
    inserted_ms: int
    dropped_ms: int


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """No data for a second: the coach is blind on this side since `start_ms`."""

    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class ChannelBack:
    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class BleedNoted:
    """The other side is heard in this channel, `lag_ms` after its source (negative: before), `gain_db` louder.

    Told once a call and channel. It is not counted as this side's speech, unless it is a copy nearly as loud as its
    source (`is_copy`): of that nobody can tell whose voice it is.
    """

    at_ms: int
    channel: Channel
    lag_ms: int
    gain_db: float
    is_copy: bool
