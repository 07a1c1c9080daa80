"""Live calls on this machine's headset: begun and ended by a button, a telephone system or the first voice."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

from pipeline.audio.capture.headset import Headset, HeadsetSource
from pipeline.audio.recording.recorder import Recorded, RecordingSettings, discard, finish
from pipeline.audio.sources.watched import Watched
from pipeline.call import listen
from pipeline.coach.rulebook import Rulebook
from pipeline.codec import facts_from
from pipeline.errors import AudioError, CallcoachError, StoreError
from pipeline.events.call import CallFacts
from pipeline.events.channels import Channel
from pipeline.events.measures import AgentBaseline
from pipeline.events.record import Event
from pipeline.ports import SLICE_MS, Bus, Store, Transcriber
from pipeline.session.auto_call import EdgeSettings, FirstVoice, Quiet
from pipeline.session.call_id import new_call_id
from pipeline.session.run import run_call
from pipeline.session.running import RunningCalls
from pipeline.settings import CallSettings

log = logging.getLogger(__name__)

_LOOK_S = 0.25  # how often the devices are looked after between calls
_WAITED_MS = 200  # of the time until a side counts as lost has gone by waiting for its audio and goes to the screen
_BEGIN_S = 2.0  # how long a call may take to be kept once it was begun


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


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Everything a live call goes by, but for the devices."""

    call: CallSettings
    edges: EdgeSettings
    recording: RecordingSettings
    facts: CallFacts  # what every call begins with
    is_auto: bool = False


@dataclass(slots=True)
class _Call:
    call_id: str
    facts: CallFacts
    from_s: float  # host time
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class LiveCalls:
    """One headset, one call at a time. `run` in a thread of its own until `close`; the rest from any thread."""

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
        self._transcriber = transcriber
        self._rulebook = rulebook
        self._settings = settings
        self._outlets = outlets
        lost_ms = max(SLICE_MS, settings.call.lost_ms - _WAITED_MS)
        self._call_settings = replace(settings.call, lost_ms=lost_ms)
        self._no_far_end = no_far_end
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._closing = False
        self._call: _Call | None = None
        self._finishing: list[threading.Thread] = []

    # --- CallControl ---------------------------------------------------------------------------------------

    def status(self) -> HeadsetStatus:
        now = time.monotonic()
        lines = [
            SideStatus(channel, r.state, r.label, r.reason, round(now - r.since_s, 1), r.level_dbfs)
            for channel, r in self._headset.readings().items()
        ]
        if Channel.CUSTOMER not in self._headset.channels:
            lines.append(SideStatus(Channel.CUSTOMER, "absent", "", self._no_far_end, 0.0, None))
        with self._lock:
            call_id = self._call.call_id if self._call is not None else None
        return HeadsetStatus(tuple(lines), self._settings.is_auto, self._settings.facts, call_id)

    def start(self, facts: Mapping[str, Any]) -> str:
        call = self._begin(facts_from(facts, self._settings.facts, "the call's facts"), time.monotonic())
        call.begun.wait(_BEGIN_S)
        return call.call_id

    def end(self, call_id: str) -> bool:
        with self._lock:
            call = self._call
        if call is None or call.call_id != call_id:
            return False
        call.ended.set()
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
            try:
                self._hold(call)
            except Exception as error:  # this call is lost; the next one must not be
                log.exception("call %s broke off", call.call_id)
                self._outlets.say(f"call {call.call_id} broke off: {error}")
            finally:
                with self._lock:
                    self._call = None
                self._conclude(call.call_id)
        for thread in self._finishing:
            thread.join()

    def _begin(self, facts: CallFacts, from_s: float) -> _Call:
        call = _Call(new_call_id(), facts, from_s)
        with self._lock:
            if self._call is not None:
                raise CallBusy(self._call.call_id)
            self._call = call
        self._news.set()
        return call

    def _next_call(self) -> _Call | None:
        """The call somebody has begun; None when there is none yet."""
        if self._settings.is_auto and self._call is None:
            self._await_voice()
        else:
            self._news.wait(_LOOK_S)
            self._headset.watch()
        self._news.clear()
        return None if self._closing else self._call

    def _await_voice(self) -> None:
        from_s = time.monotonic()
        first = FirstVoice(self._headset.channels, self._settings.call)
        for piece in self._headset.slices(from_s, lambda: self._closing or self._call is not None):
            onset_ms = first.feed(piece)
            if onset_ms is not None:
                lead_in_ms = max(0, onset_ms - self._settings.edges.lead_in_ms)
                with suppress(CallBusy):  # somebody was quicker than the voice
                    self._begin(self._settings.facts, from_s + lead_in_ms / 1000)
                return

    def _hold(self, call: _Call) -> None:
        mailbox = self._outlets.running.start(call.call_id)
        source = HeadsetSource(
            self._headset, call.facts, from_s=call.from_s, ended=call.ended.is_set, notes=mailbox.take
        )  # fmt: skip
        recorded = Recorded(source, self._outlets.recordings, call.call_id, self._settings.recording)
        started = datetime.now().astimezone() - timedelta(seconds=time.monotonic() - call.from_s)
        events = listen(
            Watched(recorded, mailbox.lag), self._transcriber, self._rulebook, self._call_settings,
            call_id=call.call_id, started_at=started.isoformat(timespec="milliseconds"),
            baseline=self._usual(call.facts),
        )  # fmt: skip
        try:
            run_call(
                self._watched(call, events),
                call_id=call.call_id, store=self._outlets.store, bus=self._outlets.bus, mailbox=mailbox,
            )  # fmt: skip
        finally:
            recorded.close()
            self._finish_recording(call.call_id, recorded.consents)
        self._outlets.scored(call.call_id)

    def _conclude(self, call_id: str) -> None:
        late = self._outlets.running.end(call_id)
        if late is not None and late.recording_consent is not True:
            try:
                self._outlets.withdraw(call_id)
            except CallcoachError as error:
                self._outlets.say(f"call {call_id}: {error}")

    def _usual(self, facts: CallFacts) -> AgentBaseline | None:
        """Of the agent named when the call begins; one named later is coached as an unknown one in this call."""
        if facts.agent_id is None:
            return None
        try:
            return self._outlets.baseline(facts.agent_id)
        except StoreError as error:  # the call goes on without
            self._outlets.say(f"what is usual for agent {facts.agent_id} is not known in this call: {error}")
            return None

    def _watched(self, call: _Call, events: Iterator[list[Event]]) -> Iterator[list[Event]]:
        quiet = Quiet(self._settings.edges)
        for number, slice_events in enumerate(events):
            yield slice_events
            if number == 0:  # CallStarted is kept by now
                call.begun.set()
            if self._settings.is_auto and quiet.feed(number * SLICE_MS, slice_events):
                call.ended.set()

    def _finish_recording(self, call_id: str, consents: bool) -> None:
        """In the background: the next call may begin meanwhile."""

        def compact() -> None:
            try:
                if consents:
                    finish(self._outlets.recordings, call_id, self._settings.recording)
                else:
                    discard(self._outlets.recordings, call_id)
            except AudioError as error:
                self._outlets.say(f"the recording of call {call_id} stays as it is: {error}")

        thread = threading.Thread(target=compact, name=f"finish-{call_id}")
        thread.start()
        self._finishing = [*[t for t in self._finishing if t.is_alive()], thread]


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where live calls go: kept, published, told. `say` and `scored` are for the terminal."""

    store: Store
    bus: Bus
    running: RunningCalls
    recordings: Path
    say: Callable[[str], None]
    scored: Callable[[str], None] = lambda call_id: None
    baseline: Callable[[str], AgentBaseline | None] = lambda agent_id: None  # may raise StoreError
    withdraw: Callable[[str], object] = lambda call_id: None  # consent, after the end; may raise CallcoachError
