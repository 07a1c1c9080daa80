"""The desk of the demo: one recording, played through the whole live pipeline as if it were a call."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pipeline.audio.sources.paced import Paced
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.record import Event
from pipeline.ports import Bus, Source, Store, Transcriber
from pipeline.session.call_id import new_call_id
from pipeline.session.sessions import Sessions
from pipeline.settings import CallSettings


class PlayedDesk:
    """A desk without a headset, whose one call is played by `play` in a thread of its own; the rest from any thread."""

    control = None  # its call begins and ends by itself

    def __init__(self, source: Source, settings: CallSettings) -> None:
        self._source = source
        self._settings = settings
        self._latest: str | None = None
        self._stopped = threading.Event()

    @property
    def agent_id(self) -> str | None:
        return self._source.facts.agent_id

    def latest(self) -> str | None:
        return self._latest

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def stop(self) -> None:
        """The call breaks off at its next slice."""
        self._stopped.set()

    def play(self, transcriber: Transcriber, rulebook: Rulebook, sessions: Sessions, store: Store, bus: Bus) -> str:
        """Plays the recording in real time; the id of the call, which has ended. Raises what the source raises."""
        started = datetime.now().astimezone()
        call_id = new_call_id()
        session = sessions.begin(call_id, store, bus)
        events = listen(
            session.watched(Paced(self._source, notes=session.take)), transcriber, rulebook, self._settings,
            call_id=call_id, started_at=started.isoformat(timespec="milliseconds"),
        )  # fmt: skip
        try:
            session.run(self._until_stopped(call_id, events))
        finally:
            sessions.end(call_id)
        return call_id

    def _until_stopped(self, call_id: str, events: Iterable[Sequence[Event]]) -> Iterator[Sequence[Event]]:
        for slice_events in events:
            if self._stopped.is_set():
                return
            yield slice_events
            self._latest = call_id  # its first record is published by now
