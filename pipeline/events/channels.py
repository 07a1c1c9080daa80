"""The channels of a call: roles, loss of data, quality of capture, and bleed between the channels."""

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


@dataclass(frozen=True, slots=True)
class CaptureMeasured:
    """How a live device delivers: sent when the call starts and when a figure has changed, at most once a second.

    `late_ms`: worst latency of the last 15 to 30 s, from the sound to its arrival here. Counted since the call's start:
    `inserted_ms` of silence in place of audio that never came, `dropped_ms` of audio that was duplicate, surplus or
    too late.
    """

    at_ms: int
    channel: Channel
    device: str
    heard: Heard
    late_ms: int
    inserted_ms: int
    dropped_ms: int


@dataclass(frozen=True, slots=True)
class GapStarted:
    """No data on this channel since `start_ms`, told in the first slice without: it is not known who speaks there."""

    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class GapEnded:
    """Data again, or the end of the call: there was none from `start_ms` to `end_ms`, however short that was."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """No data on this channel since `start_ms`, sent after a second of it: nothing is concluded about this side."""

    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class ChannelBack:
    """Data again after `ChannelLost`; there was none from `start_ms` to `end_ms`."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class BleedNoted:
    """Crosstalk: the other side's voice is also in this channel, `lag_ms` later (negative: earlier), `gain_db` louder.

    Sent once per call and channel. From then on bleed does not count as this side's speech. `is_copy`: it is nearly as
    loud as its source; whose voice it is cannot be decided then, so it does count.
    """

    at_ms: int
    channel: Channel
    lag_ms: int
    gain_db: float
    is_copy: bool


LineNoiseKind = Literal["offset", "rumble", "hum"]


@dataclass(frozen=True, slots=True)
class LineNoiseRemoved:
    """A DC offset, rumble below the voice or mains hum is on this line; from now on it is removed before measuring.

    Sent once per call, channel and kind; the recording stays as it came. `dbfs`: level of that noise.
    """

    at_ms: int
    channel: Channel
    noise: LineNoiseKind
    dbfs: float
