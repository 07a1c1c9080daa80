"""The records of one call on their way into a store that may refuse them for a while: disk full, database locked."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile

from pipeline.codec import event_to_json
from pipeline.errors import CallDeleted, Conflict, NotOwner, StoreError
from pipeline.events.call import ClockTicked
from pipeline.events.faults import RecordsWaiting, StageBack, StageFailed
from pipeline.events.record import Event, Record
from pipeline.events.words import WordsGuessed
from pipeline.ports import Store

DISPLAY_ONLY = (WordsGuessed, ClockTicked, RecordsWaiting)  # shown, never stored, without a seq
RETRY_MS = 1_000  # audio time between two tries while the store refuses
BATCH_RECORDS = 250  # written in one slice when the store works again: the silence clock must not wait for more
WAITING_RECORDS = 100_000


class Keeper:
    """Numbers and keeps a call's records. What the store refuses waits here with its number until it is kept.

    The call is taken when its first record is kept. Where another writer takes it over or has written under its
    numbers, or it is deleted, nothing more of it can be kept here: that is told, and the call goes on without.
    `keep` and `keep_all` from the thread of the call, `waiting` from any thread.
    """

    def __init__(self, call_id: str, store: Store, last: int = 0) -> None:
        """`last`: seq of the newest record there is of this call, where it has begun before."""
        self._call_id = call_id
        self._store = store
        self._lock = threading.Lock()
        self._owner = 0  # not taken yet
        self._waiting: deque[Record] = deque()
        self._last = last  # seq of the newest record
        self._kept = 0  # seq of the newest record in the store, while some are waiting
        self._tried_ms = 0
        self._given_up = 0  # records of this outage
        self._reason = ""  # why the store refuses, as it was told last
        self.is_lost = False  # the call is another writer's, or deleted: what waits will never be kept

    def waiting(self, after: int = 0) -> list[Record]:
        """Records with a seq above `after` that are not in the store, in order.

        Read before the store is, none is missed: what is kept meanwhile is in both.
        """
        with self._lock:
            return newer(self._waiting, after)

    @property
    def count(self) -> int:
        """So many records are waiting."""
        return len(self._waiting)

    @property
    def reason(self) -> str:
        """Why the store refuses; "" while it does not."""
        return self._reason if self._waiting else ""

    def keep(self, at_ms: int, events: Sequence[Event]) -> list[Record]:
        """The records of one slice. Those of DISPLAY_ONLY kinds have no seq.

        Adds StageFailed("store") when the store begins to refuse, StageBack("store") when all is kept again.
        """
        if self._waiting:
            events = [*self._catch_up(at_ms, 1), *events]
        return self._keep(at_ms, events)

    def keep_all(self, at_ms: int, events: Sequence[Event]) -> list[Record]:
        """At the end of a call: what waits is tried once more, then `events` are kept."""
        self._tried_ms = at_ms - RETRY_MS
        if self._waiting:
            events = [*self._catch_up(at_ms, WAITING_RECORDS), *events]
        return self._keep(at_ms, events)

    def _keep(self, at_ms: int, events: Sequence[Event]) -> list[Record]:
        if self._waiting:
            return self._hold(at_ms, events)
        before = self._last
        records = self._numbered(events)
        try:
            self._append([record for record in records if record.seq is not None])
        except StoreError as error:
            self._last, self._kept, self._tried_ms = before, before, at_ms
            return self._hold(at_ms, [*events, self._refused(at_ms, error)])
        return records

    def _append(self, records: Sequence[Record]) -> None:
        if not records:
            return
        if not self._owner:
            self._owner = self._store.own(self._call_id)
        self._store.append(self._call_id, self._owner, records[0].seq or 0, [record.event for record in records])

    def _numbered(self, events: Iterable[Event]) -> list[Record]:
        records = []
        for event in events:
            if isinstance(event, DISPLAY_ONLY):
                records.append(Record(self._call_id, None, event))
            else:
                self._last += 1
                records.append(Record(self._call_id, self._last, event))
        return records

    def _hold(self, at_ms: int, events: Sequence[Event]) -> list[Record]:
        if len(self._waiting) + len(events) > WAITING_RECORDS and not self._given_up:
            reason = f"{WAITING_RECORDS} records wait for the store: from now on the oldest of them are given up"
            events = [*events, StageFailed(at_ms, "store", reason)]
        records = self._numbered(map(_writable, events))
        with self._lock:
            self._waiting.extend(record for record in records if record.seq is not None)
            while len(self._waiting) > WAITING_RECORDS:
                del self._waiting[1]  # the first may be CallStarted, without which a call is none
                self._given_up += 1
        return records

    def _catch_up(self, at_ms: int, batches: int) -> list[Event]:
        """Tries to keep what waits, the oldest first; what is to be said about it when nothing waits any more."""
        if self.is_lost or at_ms - self._tried_ms < RETRY_MS:
            return []
        self._tried_ms = at_ms
        for _ in range(batches):
            batch = self._batch()
            try:
                self._append(batch)
            except StoreError as error:
                is_news = str(error) != self._reason
                return [self._refused(at_ms, error)] if is_news else []
            self._forget(batch)
            if not self._waiting:
                return self._recovered(at_ms)
        self._tried_ms = at_ms - RETRY_MS  # it works: the next slice goes on
        return []

    def _refused(self, at_ms: int, error: StoreError) -> StageFailed:
        self._reason = str(error)
        self.is_lost = isinstance(error, NotOwner | Conflict | CallDeleted)
        return StageFailed(at_ms, "store", self._reason, error.cause)

    def thin(self, at_ms: int, most: int) -> list[Record]:
        """Gives up all but `most` records: what stays is the beginning and the end, and word of it."""
        surplus = len(self._waiting) - most
        if surplus <= 0:
            return []
        with self._lock:
            records = list(self._waiting)
            self._waiting = deque([records[0], *records[surplus + 1 :]])
        self._given_up += surplus
        reason = f"too many records wait for the store: {surplus} of this call are given up"
        return self._hold(at_ms, [StageFailed(at_ms, "store", reason)])

    def _batch(self) -> list[Record]:
        """The next records to be kept. Records given up leave a mark, so that the others keep their numbers."""
        batch: list[Record] = []
        due, at_ms = self._kept + 1, self._waiting[0].event.at_ms
        for record in self._waiting:
            seq = record.seq or 0
            while due < seq and len(batch) < BATCH_RECORDS:
                batch.append(Record(self._call_id, due, ClockTicked(at_ms)))
                due += 1
            if len(batch) == BATCH_RECORDS:
                break
            batch.append(record)
            due, at_ms = seq + 1, record.event.at_ms
        return batch

    def _forget(self, batch: Sequence[Record]) -> None:
        self._kept = batch[-1].seq or 0
        with self._lock:
            while self._waiting and (self._waiting[0].seq or 0) <= self._kept:
                self._waiting.popleft()

    def _recovered(self, at_ms: int) -> list[Event]:
        told: list[Event] = []
        if self._given_up:
            told.append(StageFailed(at_ms, "store", f"{self._given_up} records of the outage were given up"))
        told.append(StageBack(at_ms, "store"))
        self._given_up = 0
        return told


def newer(records: Sequence[Record], after: int) -> list[Record]:
    """Those with a seq above `after`, without looking at the older ones."""
    found = list(takewhile(lambda record: (record.seq or 0) > after, reversed(records)))
    return found[::-1]


def _writable(event: Event) -> Event:
    """An event that no store could ever keep must not hold up those behind it."""
    try:
        event_to_json(event)
    except ValueError as error:
        return StageFailed(event.at_ms, "store", f"an event cannot be written: {error}")
    return event
