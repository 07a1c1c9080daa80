"""A desk: one agent's place, as its server asks it. What carries the calls is in headset_desk.py and played_desk.py,
and, of agents whose microphone is a page of the centre, in ingest/browser_desks.py.

A session knows nothing of this. The server knows a desk by these protocols only, and works without one: then it shows
what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.people.person import Person
from pipeline.people.team_settings import Consent


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
    by: Literal["machine", "page"] = "machine"  # whose devices these are: of the desk's machine, or of a browser
    consent: Consent = "asked"  # as the team of `facts` has it


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One device of the desk's machine, as it sounds now."""

    name: str  # what [capture] mic and far, --mic and --far take
    label: str  # as the system describes it
    kind: Literal["microphone", "loopback"]
    is_default: bool  # the system's default input, or the loopback of its default output
    state: Literal["opening", "ok", "idle", "lost"]
    reason: str  # why it is lost; "" otherwise
    level_dbfs: float | None  # RMS of the last second, null without sound


@dataclass(frozen=True, slots=True)
class DeviceTrial:
    """All devices, and which are chosen: names, or `default`, `auto` and `none` as in [capture]."""

    devices: tuple[DeviceStatus, ...]
    mic: str
    far: str


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """What is chosen from now on. `kept_in`: the settings file; "" where it could not be kept, and `fault` says why."""

    mic: str
    far: str
    kept_in: str
    fault: str


class DeviceControl(Protocol):
    """What tries and chooses the devices of a desk. From any thread."""

    def trial(self) -> DeviceTrial:
        """How every device sounds now; all are open until nobody asks any more. Raises CallBusy, AudioError."""
        ...

    def choose(self, mic: str, far: str) -> DeviceChoice:
        """Listens on these devices from now on, and keeps the choice. Raises CallBusy, AudioError for other names."""
        ...


class CallControl(Protocol):
    """What may begin and end calls. From any thread. `actor`: who asks, as in ports.Mailbox."""

    def status(self) -> HeadsetStatus: ...

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        """Begins a call with the standing facts overridden by `facts`; its id. Raises CallBusy, FactsError, and
        NoMicrophone where no page listens, NobodyHere at a desk where nobody is signed in.

        Returns when the call's first record is published, after two seconds at the latest.
        """
        ...

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        """False when this call is not running. Returns when the call has been told, not when it is scored."""
        ...


class Desk(Protocol):
    """One agent's place: at most one call at a time, and a page that shows it. From any thread."""

    @property
    def agent_id(self) -> str | None:
        """Whose place it is; None: nobody's in particular."""
        ...

    @property
    def control(self) -> CallControl | None:
        """None where calls cannot be begun and ended from outside."""
        ...

    def latest(self) -> str | None:
        """The call of this process that runs on this desk, else the one before it; None before the first.

        A call counts from its first published record on.
        """
        ...


class Desks(Protocol):
    """The desks of a process: one with a headset, or one of every agent. From any thread."""

    def of(self, person: Person) -> Desk | None:
        """The desk at which somebody asks; None where they have none."""
        ...

    def of_agent(self, agent_id: str | None) -> Desk | None:
        """The desk at which a call of this agent would begin, as a telephone system says."""
        ...

    def carrying(self, call_id: str) -> Desk | None:
        """The desk on which this call runs or ran last, from before its first record on."""
        ...


class OneDesk:
    """Desks of a process that is one desk itself, whoever asks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, person: Person) -> Desk:
        return self._desk

    def of_agent(self, agent_id: str | None) -> Desk:
        return self._desk

    def carrying(self, call_id: str) -> Desk | None:
        return self._desk if call_id == call_at(self._desk) else None


class NoDesks:
    """Desks of a process that shows what is kept."""

    def of(self, person: Person) -> None:
        return None

    def of_agent(self, agent_id: str | None) -> None:
        return None

    def carrying(self, call_id: str) -> None:
        return None


def call_at(desk: Desk) -> str | None:
    """The call that runs, or ran last, on a desk, from before its first record."""
    running = desk.control.status().call_id if desk.control is not None else None
    return running or desk.latest()
