"""Start and stop of the recording of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """Sent once the file exists, after the facts give consent. Its time is call time: it is silent before `at_ms`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    """The recording stopped before the call's end. `withdrawn`: consent was withdrawn and the file is deleted."""

    at_ms: int
    reason: Literal["withdrawn", "disk_full", "failed"]
    detail: str = ""
    actor: Actor = None  # who withdrew the consent
