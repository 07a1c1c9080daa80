"""What a machine plays to the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor
from pipeline.events.channels import Channel


@dataclass(frozen=True, slots=True)
class AnnouncementHeard:
    """A recording is played on `channel` from `start_ms` until `end_ms`: turns that begin in it are nobody's voice.

    By its sound `end_ms` is where the recording will end, and lies ahead; by its words it is the end of the turn. By
    telephony it may lie far ahead; when the end is told, the same comes again with the true `end_ms`.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    name: str  # of the recording, or the words it was known by
    by: Literal["fingerprint", "words", "telephony"]
    actor: Actor = None  # who told it, by telephony


@dataclass(frozen=True, slots=True)
class AnnouncementTold:
    """The telephone system plays a recording, or no more: a note, of which the call makes an AnnouncementHeard."""

    name: str
    duration_ms: int | None = None  # from now on; null when nobody knows
    playing: bool = True
    actor: Actor = None
