"""The desk with a headset: its calls begin and end by a button, a telephone system or the first voice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline.audio.capture.headset import Headset
from pipeline.audio.capture.slicing import LiveSource
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import facts_from
from pipeline.documents import shown
from pipeline.errors import CallBusy, FactsError, NobodyHere
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.record import Event
from pipeline.ports import Source, Transcriber
from pipeline.session.auto_call import EdgeSettings, FirstVoice, Quiet
from pipeline.session.call_id import new_call_id
from pipeline.session.desk import CallControl, HeadsetStatus, SideStatus
from pipeline.session.holding import CallHolder, HeldCall, IsOver, Outlets, Sound
from pipeline.session.session import Session
from pipeline.settings import CallSettings

_LOOK_S = 0.25  # how often the devices are looked after between calls
_BEGIN_S = 2.0  # how long a call may take to be kept once it was begun


Present = Callable[[CallFacts], CallFacts | None]
"""What every call begins with, with who is here now; None: nobody is."""


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Everything a live call goes by, but for the devices."""

    call: CallSettings
    edges: EdgeSettings
    facts: CallFacts  # what every call begins with
    is_auto: bool = False
    present: Present | None = None  # where agents sign in: no call begins without one, and each is theirs


class HeadsetDesk:
    """One headset, one call at a time. `run` in a thread of its own until `close`; the rest from any thread.

    This only says where the sound of a call comes from, and when it begins and ends; `holding.py` holds it.
    """

    def __init__(
        self,
        headset: Headset,
        transcriber: Transcriber,
        rulebook: Rulebook,
        settings: LiveSettings,
        *,
        outlets: Outlets,
        no_far_end: str = "",
    ) -> None:
        self._headset = headset
        self._settings = settings
        self._holder = CallHolder(transcriber, rulebook, settings.call, outlets)
        self._outlets = outlets
        self._no_far_end = no_far_end
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._closing = False
        self._call: HeldCall | None = None
        self._latest: HeldCall | None = None  # of this process

    def go_by(self, rulebook: Rulebook) -> None:
        """Calls that begin from now on."""
        self._holder.rulebook = rulebook

    @property
    def is_calling(self) -> bool:
        return self._call is not None

    # --- devices -----------------------------------------------------------------------------------------

    @property
    def headset(self) -> Headset:
        return self._headset

    def refuse_during_call(self) -> None:
        """Raises CallBusy while a call runs."""
        with self._lock:
            if self._call is not None:
                raise CallBusy(self._call.call_id)

    def take_headset(self, headset: Headset, no_far_end: str) -> None:
        """Listens on other devices from now on. `no_far_end`: as in the constructor. Raises CallBusy."""
        with self._lock:
            if self._call is not None:
                raise CallBusy(self._call.call_id)
            before, self._headset, self._no_far_end = self._headset, headset, no_far_end
        before.wake()
        before.close()  # first: some systems open a device only once
        headset.start()

    # --- Desk and CallControl ------------------------------------------------------------------------------

    @property
    def control(self) -> CallControl:
        return self

    @property
    def agent_id(self) -> str | None:
        facts = self._standing()
        return facts.agent_id if facts is not None else None

    def latest(self) -> str | None:
        """Of a desk where agents sign in: only while the one of that call is here."""
        latest = self._latest
        if latest is None or (self._settings.present is not None and latest.facts.agent_id != self.agent_id):
            return None
        return latest.call_id

    def status(self) -> HeadsetStatus:
        now, headset = time.monotonic(), self._headset
        lines = [
            SideStatus(channel, r.state, r.label, r.reason, round(now - r.since_s, 1), r.level_dbfs)
            for channel, r in headset.readings().items()
        ]
        if Channel.CUSTOMER not in headset.channels:
            lines.append(SideStatus(Channel.CUSTOMER, "absent", "", self._no_far_end, 0.0, None))
        with self._lock:
            call_id = self._call.call_id if self._call is not None else None
        facts = self._standing() or self._settings.facts
        consent = self._outlets.consent(facts.team)
        return HeadsetStatus(tuple(lines), self._settings.is_auto, facts, call_id, consent=consent)

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        call = self._begin(facts, time.monotonic(), actor)
        call.begun.wait(_BEGIN_S)
        return call.call_id

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        with self._lock:
            call = self._call
            if call is None or call.call_id != call_id:
                return False
        call.end(actor)
        self._headset.wake()
        return True

    def close(self) -> None:
        self._closing = True
        with self._lock:
            call = self._call
        if call is not None:
            call.ended.set()
        self._news.set()
        self._headset.wake()

    # --- the thread of the calls -----------------------------------------------------------------------------

    def run(self) -> None:
        while not self._closing:
            call = self._next_call()
            if call is None:
                continue
            self._holder.hold(call, self._sound(call), self._is_over(call), self._release)
        self._outlets.recordings.wait()

    def _standing(self) -> CallFacts | None:
        """What a call begins with now; None: none begins."""
        present = self._settings.present
        return present(self._settings.facts) if present is not None else self._settings.facts

    def _begin(self, told: Mapping[str, Any], from_s: float, actor: Actor) -> HeldCall:
        """Raises CallBusy, NobodyHere, FactsError."""
        standing = self._standing()
        if standing is None:
            raise NobodyHere
        facts = facts_from(told, standing, "the call's facts")
        if self._settings.present is not None and facts.agent_id != standing.agent_id:
            raise FactsError(f"agent_id is {shown(facts.agent_id)}; at this desk sits {shown(standing.agent_id)}")
        call = HeldCall(new_call_id(), facts, from_s, actor)
        with self._lock:
            if self._call is not None:
                raise CallBusy(self._call.call_id)
            self._call = call
        self._news.set()
        return call

    def _next_call(self) -> HeldCall | None:
        """The call somebody has begun; None when there is none yet."""
        if self._settings.is_auto and self._call is None and self._standing() is not None:
            self._await_voice()
        else:
            self._news.wait(_LOOK_S)
            self._headset.watch()
        self._news.clear()
        return None if self._closing else self._call

    def _await_voice(self) -> None:
        from_s, headset, standing = time.monotonic(), self._headset, self._standing()
        first = FirstVoice(headset.channels, self._settings.call)

        def is_over() -> bool:
            is_other = self._headset is not headset or self._standing() != standing
            return self._closing or self._call is not None or is_other

        for piece in headset.slices(from_s, is_over):
            onset_ms = first.feed(piece)
            if onset_ms is not None:
                lead_in_ms = max(0, onset_ms - self._settings.edges.lead_in_ms)
                with suppress(CallBusy, NobodyHere):  # somebody was quicker than the voice
                    self._begin({}, from_s + lead_in_ms / 1000, None)
                return

    def _sound(self, call: HeldCall) -> Sound:
        def sound(facts: CallFacts, session: Session) -> Source:
            return LiveSource(self._headset, facts, from_s=call.from_s, ended=call.ended.is_set, notes=session.take)

        return sound

    def _is_over(self, call: HeldCall) -> IsOver:
        """Ends an automatic call. From its first record on it is the latest of this desk."""
        quiet = Quiet(self._settings.edges)

        def is_over(at_ms: int, events: list[Event]) -> bool:
            self._latest = call
            return self._settings.is_auto and quiet.feed(at_ms, events)

        return is_over

    def _release(self) -> None:
        with self._lock:
            self._call = None
