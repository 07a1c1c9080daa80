"""A session: one running call and its effects. Read this first in this room.

The call itself (`pipeline.call.listen`) is plain computation. What it says must be kept, then shown; who watches may
answer; the machine may be too slow for it. All that is here, for one call, and nothing of where its sound comes from:
a headset, a file and a telephone trunk are the same to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.audio.sources.watched import SliceLag, Watched
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.faults import OverloadNoted
from pipeline.events.record import Event, PageNote, Record
from pipeline.ports import Bus, Mailbox, Source, Store
from pipeline.session.mailbox import LocalMailbox
from pipeline.session.outbox import Outbox
from pipeline.session.tap import LocalTap


class Session:
    """`take`, `watched` and `run` are for the thread of the call; the rest may be read from any thread.

    `outbox` keeps and publishes its records; `lag` counts how late its slices come; `overload` is the level of what is
    left out for it (OverloadNoted), 0 while nothing is; `tap` is for whoever listens. `late` are the facts that were
    told too late for the last slice: they are kept behind the end, and whoever holds the call's recording must go by
    the last of them.
    """

    def __init__(self, call_id: str, store: Store, bus: Bus) -> None:
        self.call_id = call_id
        self.lag = SliceLag()
        self.overload = 0
        self.late: list[FactsNoted] = []
        self.outbox = Outbox(call_id, store, bus, seen=self._see)
        self._mailbox = LocalMailbox()
        self.tap = LocalTap(self._mailbox.put_floor)

    @property
    def mailbox(self) -> Mailbox:
        """For whoever has something to tell this call."""
        return self._mailbox

    @property
    def facts(self) -> CallFacts | None:
        """As its records tell them; None before the first."""
        return self._mailbox.facts

    def take(self) -> tuple[PageNote, ...]:
        """What was told since the last slice: a source asks for it at every slice and hands it on as its notes."""
        return self._mailbox.take()

    def watched(self, source: Source) -> Source:
        """The same source, with the lateness of its slices counted, and heard by whoever listens."""
        return self.tap.through(Watched(source, self.lag))

    def run(self, events: Iterable[Sequence[Event]]) -> None:
        """Runs the call to its end: one item of `events` per slice, as `call.listen()` yields them.

        The events of a slice are kept in one transaction, then published. A call that breaks off, by an error or
        because its events just stop, gets CallEnded(reason="interrupted"); the error goes on to the caller. Nothing of
        a call that lasts for hours is held here.
        """
        try:
            for slice_events in events:
                self.outbox.feed(slice_events)
        finally:
            self.outbox.end()
            self.close()

    def close(self) -> None:
        """From now on the call is told nothing: its mailbox raises CallOver. May be repeated."""
        self.tap.close()
        at_ms = self.outbox.at_ms
        late = [replace(note, at_ms=at_ms) for note in self._mailbox.close()]
        if late and at_ms >= 0:  # below 0 it never began: there is no call to which these facts belong
            self.outbox.add(late)
            self.late += late

    def _see(self, records: Sequence[Record]) -> None:
        self._mailbox.see(records)
        for record in records:
            if isinstance(record.event, OverloadNoted):
                self.overload = record.event.level
