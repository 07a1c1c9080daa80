"""Holding one live call: its sound in, its records and its recording out, whichever desk it is of."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import CallcoachError, StoreError
from pipeline.events.actor import Actor
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.measures import AgentBaseline
from pipeline.events.record import Event
from pipeline.people.team_settings import NEVER_SET, Consent, SettingsVersion
from pipeline.ports import SLICE_MS, Bus, Source, Transcriber
from pipeline.session.consent import Consents
from pipeline.session.recordings import FolderRecordings
from pipeline.session.session import Session
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings
from pipeline.store.archive import Archive

log = logging.getLogger(__name__)

_WAITED_MS = 200  # of the time until a side counts as lost has gone by waiting for its audio and goes to the screen

Sound = Callable[[CallFacts, Session], Source]
"""Makes the source of a call from the facts it begins with; may wait for its first sound. The session has its notes."""

IsOver = Callable[[int, list[Event]], bool]
"""Asked behind every slice, by its start and its events: whether the call has come to its end by itself."""


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
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()  # by which calls are dated

    def consent(self, team: str | None) -> Consent:
        """What a call of this team would begin with now; where that cannot be read, as where nothing is set."""
        try:
            return self.team_settings(team).settings.consent
        except StoreError:
            return NEVER_SET.settings.consent


@dataclass(slots=True)
class HeldCall:
    """A call of a desk from the moment somebody begins it. From any thread.

    `from_s`: host time at which its sound begins. `actor`: who began it; None: the first voice. `begun` is set with its
    first record, `ended` by whoever ends it.
    """

    call_id: str
    facts: CallFacts
    from_s: float
    actor: Actor
    ended_by: Actor = None
    team: SettingsVersion = NEVER_SET  # what the team that the call begins with has set
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def end(self, actor: Actor) -> None:
        if not self.ended.is_set():
            self.ended_by = actor
        self.ended.set()


class CallHolder:
    """Holds calls, each on the thread that asks, many at once with one recogniser and one rulebook."""

    def __init__(self, transcriber: Transcriber, rulebook: Rulebook, settings: CallSettings, outlets: Outlets) -> None:
        self._transcriber = transcriber
        self.rulebook = rulebook  # by which calls go that begin from now on
        self._settings = replace(settings, lost_ms=max(SLICE_MS, settings.lost_ms - _WAITED_MS))
        self._outlets = outlets

    def hold(self, call: HeldCall, sound: Sound, is_over: IsOver, released: Callable[[], None]) -> None:
        """Returns when the call is over, whatever became of it. `released`: its desk is free, its end still to be told.

        Each call is a session of its own; a call that breaks off is said, and the next one must not be lost by it.
        """
        session = self._outlets.sessions.begin(call.call_id, self._outlets.store, self._outlets.bus)
        try:
            self._run(call, session, sound, is_over)
        except Exception as error:
            log.exception("call %s broke off", call.call_id)
            self._outlets.say(f"call {call.call_id} broke off: {error}")
        finally:
            released()
            self._conclude(session)

    def _run(self, call: HeldCall, session: Session, sound: Sound, is_over: IsOver) -> None:
        call.team = self._set_by(call.facts.team)
        source = sound(_begun_with(call), session)
        may_record = call.team.settings.consent != "never"
        recorded = self._outlets.recordings.record(source, call.call_id, may_record=may_record)
        started = self._outlets.now() - timedelta(seconds=time.monotonic() - call.from_s)
        events = listen(
            session.watched(recorded), self._transcriber, self.rulebook, self._settings,
            call_id=call.call_id, started_at=started.isoformat(timespec="milliseconds"),
            baseline=self._usual(call.facts),
        )  # fmt: skip
        try:
            session.run(_until_over(call, events, is_over))
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


def _until_over(call: HeldCall, events: Iterator[list[Event]], is_over: IsOver) -> Iterator[list[Event]]:
    """The same events with who began and ended the call; who waits for its first record is told when it is out."""
    for number, slice_events in enumerate(events):
        yield [_caused(event, call) for event in slice_events]
        over = is_over(number * SLICE_MS, slice_events)
        call.begun.set()
        if over:
            call.ended.set()


def _caused(event: Event, call: HeldCall) -> Event:
    if isinstance(event, CallStarted):
        return replace(event, actor=call.actor, team_settings_version=call.team.version or None)
    return replace(event, actor=call.ended_by) if isinstance(event, CallEnded) else event


def _begun_with(call: HeldCall) -> CallFacts:
    """With the consent that the team's contract gives, where nobody has told otherwise."""
    if call.team.settings.consent == "always" and call.facts.recording_consent is None:
        return replace(call.facts, recording_consent=True)
    return call.facts
