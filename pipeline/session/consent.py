"""Consent to a recording that is taken back after its call: the recording goes, and the records of the call say so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.errors import AudioError, CallcoachError, StoreError
from pipeline.events.actor import Actor
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.consent import TELLING, last_consent
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.events.score import CallScored
from pipeline.ports import Bus, Recordings
from pipeline.session.outbox import Outbox
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive

_KINDS = TELLING | {"CallEnded", "RecordingStarted", "RecordingStopped", "CallScored"}
_CALLS_AT_ONCE = 200  # looked at in one question to the store


@dataclass(frozen=True, slots=True)
class Consents:
    """What the calls of an archive have agreed to. From any thread."""

    archive: Archive
    sessions: Sessions
    bus: Bus
    recordings: Recordings | None  # None: nothing is recorded here
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def holds(self, call_id: str) -> bool:
        """As it was last told. A call of which no record was kept was recorded, and so had consented; one of which a
        record of this cannot be read has not.
        """
        events = self._told(call_id, TELLING)
        told = last_consent(events)
        if told is None and not any(isinstance(event, CallStarted | FactsNoted) for event in events):
            return self.archive.last(call_id) is None
        return told is True

    def is_withdrawn_behind_end(self, call_id: str) -> bool:
        """Whether the consent was taken back when the call had ended, as far as its records tell."""
        told = self._told(call_id, TELLING | {"CallEnded"})
        end = next((at for at, event in enumerate(told) if isinstance(event, CallEnded)), len(told))
        return last_consent(told[end:]) is False

    def withdraw(self, call_id: str, *, actor: Actor = None) -> CallFacts:
        """Deletes what was recorded of a call that has ended; its facts from now on. May be asked again.

        Where the store refuses just now, the records of it wait with the call's others: asking once is enough. Whoever
        is asked notes the facts; that the recording is deleted is told by the server that has it, now or at night.

        Raises AudioError when the recording cannot be deleted, which is then tried again at the next start, and
        StoreError when it is deleted, but the call's records cannot be read.
        """
        with self._lock:
            left = ""
            was_there = False
            try:
                was_there = self.recordings is not None and self.recordings.discard(call_id, actor)
            except AudioError as error:
                left = str(error)
            facts = self._note(call_id, was_there, bool(left), actor)
        if left:
            raise AudioError(left)
        return facts

    def delete_left(self, say: Callable[[str], None]) -> None:
        """At the start of a process and before each sweep: deletes what could not be deleted when its consent was taken
        back, or was taken back at another server.

        `say` is told what became of each, for the terminal.
        """
        try:
            for call_id in self.left():
                say(f"the recording of call {call_id}, whose consent was taken back: {self._deleted(call_id)}")
        except StoreError as error:
            say(f"whether recordings are left whose consent was taken back is not known: {error}")

    def left(self) -> list[str]:
        """The calls whose recordings `delete_left` would delete. Raises StoreError."""
        ids = self.recordings.ids() if self.recordings is not None else []
        some = (ids[begin : begin + _CALLS_AT_ONCE] for begin in range(0, len(ids), _CALLS_AT_ONCE))
        return [call_id for call_ids in some for call_id in self._withdrawn(call_ids)]

    def _withdrawn(self, call_ids: Sequence[str]) -> list[str]:
        """Those of which the last word about consent is No. A call that runs, here or at another server, deletes its
        recording itself."""
        told, ended = {}, set()
        for record in self.archive.pick(call_ids, TELLING | {"CallEnded"}):
            if isinstance(record.event, CallStarted | FactsNoted):
                told[record.call_id] = record.event.facts.recording_consent
            else:
                ended.add(record.call_id)
        refused = [call_id for call_id, consent in told.items() if consent is False and call_id in ended]
        return [c for c in refused if self.sessions.mailbox(c) is None and not self.holds(c)]

    def _deleted(self, call_id: str) -> str:
        try:
            self.withdraw(call_id)
        except CallcoachError as error:
            return str(error)
        return "deleted now"

    def _note(self, call_id: str, was_there: bool, is_left: bool, actor: Actor) -> CallFacts:
        told = self._told(call_id)
        facts = [event.facts for event in told if isinstance(event, CallStarted | FactsNoted)][-1:] or [CallFacts()]
        at_ms = max((event.at_ms for event in told if isinstance(event, CallEnded | FactsNoted)), default=0)
        recording = [event for event in told if isinstance(event, RecordingStarted | RecordingStopped)]
        has_gone = not recording or (
            isinstance(recording[-1], RecordingStopped) and recording[-1].reason == "withdrawn"
        )
        may_be_elsewhere = self.archive.is_shared  # no recording here: another server may have it
        notes: list[Event] = []
        if facts[-1].recording_consent is not False:
            facts = [replace(facts[-1], recording_consent=False)]
            notes.append(FactsNoted(at_ms, facts[-1], actor))
        if not is_left and (was_there or not (has_gone or may_be_elsewhere)):
            notes.append(RecordingStopped(at_ms, "withdrawn", actor=actor))
        if notes:
            outbox = self.sessions.take_up(call_id, lambda: self._outbox(call_id, told))
            outbox.add(notes)
            self.sessions.settle(outbox)
        return facts[-1]

    def _outbox(self, call_id: str, told: Sequence[Event]) -> Outbox:
        """Of a call that has nothing left to do, unless nobody has scored it yet."""
        outbox = Outbox(call_id, self.archive, self.bus, after=self.archive.last(call_id))
        outbox.is_closed = any(isinstance(event, CallScored) for event in told)
        return outbox

    def _told(self, call_id: str, kinds: frozenset[str] = _KINDS) -> list[Event]:
        unkept = self.sessions.unkept(call_id)  # before the store: what is kept meanwhile is seen twice, not missed
        kept = self.archive.pick([call_id], kinds)
        last = (kept[-1].seq or 0) if kept else 0
        return [record.event for record in (*kept, *(r for r in unkept if (r.seq or 0) > last))]
