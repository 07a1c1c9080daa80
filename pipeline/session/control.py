"""What begins and ends calls on a headset, and what it tells of the headset: no device is needed to know that much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipeline.errors import CallcoachError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel


class CallBusy(CallcoachError):
    """A headset carries one call at a time; `call_id` is the one running."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"call {call_id} is running on this headset: end it first")
        self.call_id = call_id


@dataclass(frozen=True, slots=True)
class SideStatus:
    """One side of the headset as it is now, also between calls."""

    channel: Channel
    state: Literal["absent", "opening", "ok", "idle", "lost"]  # absent: no device was given or found for this side
    device: str  # its name as the system tells it, "" when absent
    reason: str  # why it is lost or absent, one line; "" otherwise
    since_s: float  # how long it has been in this state
    level_dbfs: float | None  # RMS of the last second, null without sound


@dataclass(frozen=True, slots=True)
class HeadsetStatus:
    """What the page shows before a call: the self-check, and what a new call begins with."""

    lines: tuple[SideStatus, ...]
    is_auto: bool  # calls begin with the first voice and end after a minute without
    facts: CallFacts
    call_id: str | None  # of the running call


class CallControl(Protocol):
    """What may begin and end calls. All of it from any thread."""

    def status(self) -> HeadsetStatus: ...

    def start(self, facts: Mapping[str, Any]) -> str:
        """Begins a call with the standing facts overridden by `facts`; its id. Raises CallBusy, FactsError."""
        ...

    def end(self, call_id: str) -> bool:
        """False when this call is not running. Returns when the call has been told, not when it is scored."""
        ...
