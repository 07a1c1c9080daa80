"""The recording that is kept of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.events.actor import Actor


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """With the consent told by the facts. The recording lies on call time: what was before is silent in it."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    """Before the call's end. `withdrawn`: consent was taken back and the recording is deleted."""

    at_ms: int
    reason: Literal["withdrawn", "disk_full", "failed"]
    detail: str = ""
    actor: Actor = None  # who withdrew the consent
