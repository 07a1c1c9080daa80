"""The records of one call on their way out: numbered, kept and published, kept later where the store refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from pipeline.events.call import CallEnded, ClockTicked
from pipeline.events.faults import RecordsWaiting
from pipeline.events.record import Event, Record
from pipeline.events.score import CallScored
from pipeline.ports import SLICE_MS, Bus, Store
from pipeline.session.keeper import Keeper

TICK_MS = 200  # audio time after which a page is told the clock when nothing else was said
TELL_MS = 1_000  # audio time between two words of how many records wait


class Outbox:
    """Keeps and publishes the records of one call. A store that fails is said; the coach goes on.

    From the thread of the call until it has ended, then from any: the aftercare scores it while somebody may take a
    consent back. `waiting` from any thread at any time.
    """

    def __init__(
        self,
        call_id: str,
        store: Store,
        bus: Bus,
        *,
        seen: Callable[[Sequence[Record]], None] = lambda records: None,
        after: Record | None = None,
        has_ended: bool = False,
    ) -> None:
        """`seen` is told of all records before they are published.

        `after`: the newest record of a call that was cut off, to go on behind it; `has_ended`: its end is among them.
        """
        self.call_id = call_id
        # The first list holds what is said before the first slice.
        self.at_ms = -SLICE_MS if after is None else after.event.at_ms
        self.is_closed = False  # scored, or said why not
        self._lock = threading.RLock()
        self._keeper = Keeper(call_id, store, 0 if after is None else after.seq or 0)
        self._bus = bus
        self._seen = seen
        self._published_ms = 0
        self._told_waiting: tuple[int, int] | None = None  # how many, and when that was
        self._has_ended = has_ended

    def feed(self, events: Sequence[Event]) -> None:
        """Takes the events of one slice."""
        with self._lock:
            self.at_ms = max([self.at_ms + SLICE_MS, *[event.at_ms for event in events]])
            if not events and self.at_ms - self._published_ms >= TICK_MS:
                events = [ClockTicked(self.at_ms)]
            self._publish(self._keeper.keep(events[0].at_ms if events else self.at_ms, events))
            if self._told_waiting is None or self.at_ms - self._told_waiting[1] >= TELL_MS:
                self._tell_waiting()

    def end(self) -> None:
        """Ends a call whose source or pipeline broke off before its own CallEnded; a last try to keep what waits."""
        with self._lock:  # from several threads: a call ends once
            self.add([] if self._has_ended else [CallEnded(max(self.at_ms, 0), "interrupted")])

    def add(self, events: Sequence[Event]) -> None:
        """Takes what is said after the last slice, and tries at once to keep what waits."""
        with self._lock:
            self._publish(self._keeper.keep_all(max(self.at_ms, 0), events))
            self._tell_waiting()

    def close(self, events: Sequence[Event]) -> None:
        """Takes the score of a call that broke off, or why it has none."""
        self.add(events)
        self.is_closed = True

    def thin(self, most: int) -> int:
        """Gives up all records that wait but `most`; how many that were."""
        with self._lock:
            surplus = max(0, self.count - most)
            self._publish(self._keeper.thin(max(self.at_ms, 0), most))
            return surplus

    def waiting(self, after: int = 0) -> list[Record]:
        """Published records with a seq above `after` that are not in the store, in order."""
        return self._keeper.waiting(after)

    @property
    def count(self) -> int:
        """So many records are waiting."""
        return self._keeper.count

    @property
    def reason(self) -> str:
        """Why the store refuses; "" while it does not."""
        return self._keeper.reason

    @property
    def is_lost(self) -> bool:
        """The call is another writer's: what waits here will never be kept."""
        return self._keeper.is_lost

    def _tell_waiting(self) -> None:
        if not self.count:
            self._told_waiting = None  # StageBack says so
        elif self._told_waiting is None or self._told_waiting[0] != self.count:
            self._told_waiting = self.count, self.at_ms
            self._bus.publish([Record(self.call_id, None, RecordsWaiting(max(self.at_ms, 0), self.count))])

    def _publish(self, records: list[Record]) -> None:
        if not records:
            return
        self._published_ms = self.at_ms
        self._has_ended |= any(isinstance(record.event, CallEnded) for record in records)
        self.is_closed |= any(isinstance(record.event, CallScored) for record in records)
        self._seen(records)
        self._bus.publish(records)
