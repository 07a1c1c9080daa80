"""The desk with a headset: its calls begin and end by a button, a telephone system or the first voice."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.audio.capture.headset import Headset, HeadsetSource
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.codec import facts_from
from pipeline.errors import CallBusy, CallcoachError, StoreError
from pipeline.events.actor import Actor
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.measures import AgentBaseline
from pipeline.events.record import Event
from pipeline.people.team_settings import NEVER_SET, SettingsVersion
from pipeline.ports import SLICE_MS, Bus, Transcriber
from pipeline.session.auto_call import EdgeSettings, FirstVoice, Quiet
from pipeline.session.call_id import new_call_id
from pipeline.session.consent import Consents
from pipeline.session.desk import CallControl, HeadsetStatus, SideStatus
from pipeline.session.recordings import FolderRecordings
from pipeline.session.session import Session
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.archive import Archive

log = logging.getLogger(__name__)

_LOOK_S = 0.25  # how often the devices are looked after between calls
_WAITED_MS = 200  # of the time until a side counts as lost has gone by waiting for its audio and goes to the screen
_BEGIN_S = 2.0  # how long a call may take to be kept once it was begun


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Everything a live call goes by, but for the devices."""

    call: CallSettings
    edges: EdgeSettings
    facts: CallFacts  # what every call begins with
    is_auto: bool = False


@dataclass(slots=True)
class _Call:
    call_id: str
    facts: CallFacts
    from_s: float  # host time
    actor: Actor  # who began it; None: the first voice
    ended_by: Actor = None
    team: SettingsVersion = NEVER_SET  # what the team that the call begins with has set
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class HeadsetDesk:
    """One headset, one call at a time. `run` in a thread of its own until `close`; the rest from any thread.

    Each call is a session of its own; this only says where its sound comes from, when it begins and ends, and what
    becomes of its recording.
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
        self._latest: str | None = None  # of this process

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
        return self._settings.facts.agent_id

    def latest(self) -> str | None:
        return self._latest

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
        return HeadsetStatus(tuple(lines), self._settings.is_auto, self._settings.facts, call_id)

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        call = self._begin(facts_from(facts, self._settings.facts, "the call's facts"), time.monotonic(), actor)
        call.begun.wait(_BEGIN_S)
        return call.call_id

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        with self._lock:
            call = self._call
            if call is None or call.call_id != call_id:
                return False
            if not call.ended.is_set():
                call.ended_by = actor
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
            session = self._outlets.sessions.begin(call.call_id, self._outlets.store, self._outlets.bus)
            try:
                self._hold(call, session)
            except Exception as error:  # this call is lost; the next one must not be
                log.exception("call %s broke off", call.call_id)
                self._outlets.say(f"call {call.call_id} broke off: {error}")
            finally:
                with self._lock:
                    self._call = None
                self._conclude(session)
        self._outlets.recordings.wait()

    def _begin(self, facts: CallFacts, from_s: float, actor: Actor) -> _Call:
        call = _Call(new_call_id(), facts, from_s, actor)
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
        from_s, headset = time.monotonic(), self._headset
        first = FirstVoice(headset.channels, self._settings.call)

        def is_over() -> bool:
            return self._closing or self._call is not None or self._headset is not headset

        for piece in headset.slices(from_s, is_over):
            onset_ms = first.feed(piece)
            if onset_ms is not None:
                lead_in_ms = max(0, onset_ms - self._settings.edges.lead_in_ms)
                with suppress(CallBusy):  # somebody was quicker than the voice
                    self._begin(self._settings.facts, from_s + lead_in_ms / 1000, None)
                return

    def _hold(self, call: _Call, session: Session) -> None:
        call.team = self._set_by(call.facts.team)
        source = HeadsetSource(
            self._headset, _begun_with(call), from_s=call.from_s, ended=call.ended.is_set, notes=session.take
        )  # fmt: skip
        may_record = call.team.settings.consent != "never"
        recorded = self._outlets.recordings.record(source, call.call_id, may_record=may_record)
        started = datetime.now().astimezone() - timedelta(seconds=time.monotonic() - call.from_s)
        events = listen(
            session.watched(recorded), self._transcriber, self._rulebook, self._call_settings,
            call_id=call.call_id, started_at=started.isoformat(timespec="milliseconds"),
            baseline=self._usual(call.facts),
        )  # fmt: skip
        try:
            session.run(self._until_quiet(call, events))
        finally:
            recorded.close()
            self._outlets.recordings.finish(call.call_id, consents=recorded.consents)
        self._outlets.scored(call.call_id)

    def _conclude(self, session: Session) -> None:
        """The call is no more; where its consent was taken back too late for its last slice, its recording goes."""
        self._outlets.sessions.end(session.call_id)
        if session.late and session.late[-1].facts.recording_consent is not True:
            try:
                self._outlets.consents.withdraw(session.call_id, actor=session.late[-1].actor)
            except CallcoachError as error:
                self._outlets.say(f"call {session.call_id}: {error}")

    def _usual(self, facts: CallFacts) -> AgentBaseline | None:
        """Of the agent named when the call begins; one named later is coached as an unknown one in this call."""
        if facts.agent_id is None:
            return None
        try:
            return self._outlets.baseline(facts.agent_id)
        except StoreError as error:  # the call goes on without
            self._outlets.say(f"what is usual for agent {facts.agent_id} is not known in this call: {error}")
            return None

    def _set_by(self, team: str | None) -> SettingsVersion:
        """Where it cannot be read the call is recorded only with the customer's consent, as where nothing is set."""
        try:
            return self._outlets.team_settings(team)
        except StoreError as error:
            self._outlets.say(f"what team {team} has set is not known in this call: {error}")
            return NEVER_SET

    def _until_quiet(self, call: _Call, events: Iterator[list[Event]]) -> Iterator[list[Event]]:
        """The same events with who began and ended the call; ends an automatic one.

        Tells who waits for the call when its first record is published.
        """
        quiet = Quiet(self._settings.edges)
        for number, slice_events in enumerate(events):
            yield [_caused(event, call) for event in slice_events]
            if number == 0:
                self._latest = call.call_id
                call.begun.set()
            if self._settings.is_auto and quiet.feed(number * SLICE_MS, slice_events):
                call.ended.set()


def _caused(event: Event, call: _Call) -> Event:
    if isinstance(event, CallStarted):
        return replace(event, actor=call.actor, team_settings_version=call.team.version or None)
    return replace(event, actor=call.ended_by) if isinstance(event, CallEnded) else event


def _begun_with(call: _Call) -> CallFacts:
    """With the consent that the team's contract gives, where nobody has told otherwise."""
    if call.team.settings.consent == "always" and call.facts.recording_consent is None:
        return replace(call.facts, recording_consent=True)
    return call.facts


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a desk's calls go: kept, published, told. `say` and `scored` are for the terminal."""

    store: Archive
    bus: Bus
    sessions: Sessions
    recordings: FolderRecordings
    consents: Consents
    say: Callable[[str], None]
    scored: Callable[[str], None] = lambda call_id: None
    baseline: Callable[[str], AgentBaseline | None] = lambda agent_id: None  # may raise StoreError
    team_settings: Callable[[str | None], SettingsVersion] = lambda team: NEVER_SET  # may raise StoreError
