"""Consent to a recording that is taken back after its call: the recording goes, and the records of the call say so."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.audio.recording.recorder import discard
from pipeline.errors import AudioError, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted, FactsNoted
from pipeline.events.faults import StageFailed
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.ports import Bus
from pipeline.session.running import RunningCalls
from pipeline.store.archive import Archive, add

_KINDS = frozenset({"CallStarted", "FactsNoted", "CallEnded", "RecordingStarted", "RecordingStopped"})


@dataclass(frozen=True, slots=True)
class Consents:
    """What the calls of an archive have agreed to. From any thread."""

    archive: Archive
    running: RunningCalls
    bus: Bus
    recordings: Path | None  # None: nothing is recorded here
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def holds(self, call_id: str) -> bool:
        """As it was last told. A call of which no record was kept was recorded, and so had consented; one of which a
        record of this cannot be read has not.
        """
        events = self._told(call_id)
        if any(isinstance(event, StageFailed) for event in events):  # what cannot be read may have been a no
            return False
        told = [event.facts for event in events if isinstance(event, CallStarted | FactsNoted)]
        return told[-1].recording_consent is True if told else self.archive.last(call_id) is None

    def withdraw(self, call_id: str) -> CallFacts:
        """Deletes what was recorded of a call that has ended; its facts from now on. May be asked again.

        Raises AudioError when the recording cannot be deleted, and StoreError when it is, but cannot be noted.
        """
        with self._lock:
            left = ""
            was_there = False
            try:
                was_there = self.recordings is not None and discard(self.recordings, call_id)
            except AudioError as error:
                left = str(error)
            facts = self._note(call_id, was_there, bool(left))
        if left:
            raise AudioError(left)
        return facts

    def _note(self, call_id: str, was_there: bool, is_left: bool) -> CallFacts:
        told = self._told(call_id)
        facts = [event.facts for event in told if isinstance(event, CallStarted | FactsNoted)][-1:] or [CallFacts()]
        ended_ms = max((event.at_ms for event in told if isinstance(event, CallEnded)), default=0)
        recording = [event for event in told if isinstance(event, RecordingStarted | RecordingStopped)]
        has_gone = not recording or (
            isinstance(recording[-1], RecordingStopped) and recording[-1].reason == "withdrawn"
        )
        notes: list[Event] = []
        if facts[-1].recording_consent is not False:
            facts = [replace(facts[-1], recording_consent=False)]
            notes.append(FactsNoted(ended_ms, facts[-1]))
        if not is_left and (was_there or not has_gone):
            notes.append(RecordingStopped(ended_ms, "withdrawn"))
        if notes:
            if self.running.unkept(call_id):  # these would take the numbers of those that wait
                raise StoreError(f"records of call {call_id} wait to be kept: withdraw the consent again when they are")
            self.bus.publish(add(self.archive, call_id, notes, patient=True))
        return facts[-1]

    def _told(self, call_id: str) -> list[Event]:
        unkept = self.running.unkept(call_id)  # before the store: what is kept meanwhile is seen twice, not missed
        kept = self.archive.pick([call_id], _KINDS)
        last = (kept[-1].seq or 0) if kept else 0
        return [record.event for record in (*kept, *(r for r in unkept if (r.seq or 0) > last))]
