"""The only effects of a call: each slice's events are kept in one transaction, then published."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.codec import facts_from
from pipeline.events import (
    AnnouncementTold,
    CallEnded,
    CallFacts,
    CallScored,
    CallStarted,
    ClockTicked,
    Event,
    FactsNoted,
    HintDismissed,
    HintDone,
    HintRaised,
    HintShown,
    PageNote,
    Record,
    RecordsWaiting,
)
from pipeline.ports import SLICE_MS, Bus, Store
from pipeline.store.keeper import Keeper

TICK_MS = 200  # audio time after which a page is told the clock when nothing else was said
MAILBOX_NOTES = 256  # notes a page can pile up between two slices
TELL_MS = 1_000  # audio time between two words of how many records wait


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised."""

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: int
    paint_ms: float | None = None
    useful: bool | None = None


class Mailbox:
    """Takes messages of the pages (any thread) and hands them to the next slice (thread of the call).

    `recorder` keeps the records of the call, from its first slice on.
    """

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self._notes: deque[PageNote] = deque(maxlen=MAILBOX_NOTES)
        self._hints: dict[int, int] = {}
        self._lock = threading.Lock()
        self._facts = CallFacts()  # as the records tell them
        self._changes: dict[str, Any] = {}  # put since; a flood of notes must not cost one of them
        self._is_news = False  # some changes are not in a note yet
        self._told = 0  # notes of facts taken and not yet seen back as a record

    def see(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record.event, HintRaised) and record.seq is not None:
                self._hints[record.seq] = record.event.hint
            elif isinstance(record.event, CallStarted | FactsNoted):
                self._see_facts(record.event)

    def put(self, message: PageMessage) -> None:
        """Raises ValueError when the message is about no hint of this call."""
        hint = self._hints.get(message.hint_seq)
        if hint is None:
            raise ValueError(f"hint_seq is {message.hint_seq}; no hint of this call has that seq")
        self._notes.append(_note(message, hint))

    def put_announcement(self, told: AnnouncementTold) -> None:
        self._notes.append(told)

    def put_facts(self, changes: Mapping[str, Any]) -> CallFacts:
        """The call's facts overridden by `changes`, from the next slice on. Raises FactsError."""
        with self._lock:
            changed = {**self._changes, **changes}
            facts = facts_from(changed, self._facts, "the call's facts")
            self._changes, self._is_news = changed, True
            return facts

    def _see_facts(self, event: CallStarted | FactsNoted) -> None:
        """A record of earlier facts must not undo what was put since."""
        with self._lock:
            if isinstance(event, CallStarted):
                self._facts = event.facts
                return
            self._told = max(0, self._told - 1)
            if self._told == 0 and not self._is_news:
                self._facts, self._changes = event.facts, {}

    def take(self) -> tuple[PageNote, ...]:
        taken: list[PageNote] = []
        with self._lock:
            if self._is_news:
                self._is_news = False
                self._told += 1
                taken.append(FactsNoted(0, facts_from(self._changes, self._facts, "the call's facts")))
        while self._notes:
            taken.append(self._notes.popleft())
        return tuple(taken)


def _note(message: PageMessage, hint: int) -> PageNote:
    """Notes carry no time of their own (ports.Slice): at_ms is 0 here, the call gives them the slice's."""
    match message.type:
        case "shown" | "painted":
            return HintShown(at_ms=0, hint=hint, paint_ms=message.paint_ms)
        case "dismissed":
            return HintDismissed(at_ms=0, hint=hint, useful=message.useful)
        case "done":
            return HintDone(at_ms=0, hint=hint, by="agent")


class Recorder:
    """Keeps and publishes the records of one call. A store that fails is said; the coach goes on.

    From the thread of the call until it has ended, then from that of the aftercare; `waiting` from any.
    """

    def __init__(
        self, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None, *, after: Record | None = None
    ) -> None:
        """`after`: the newest record of a call that was cut off, to go on behind it."""
        self.call_id = call_id
        # The first list holds what is said before the first slice.
        self.at_ms = -SLICE_MS if after is None else after.event.at_ms
        self.is_closed = False  # scored, or said why not
        self._keeper = Keeper(call_id, store, 0 if after is None else after.seq or 0)
        self._bus = bus
        self._mailbox = mailbox
        self._published_ms = 0
        self._told_waiting: tuple[int, int] | None = None  # how many, and when that was
        self._has_ended = False
        if mailbox is not None:
            mailbox.recorder = self

    def feed(self, events: Sequence[Event]) -> None:
        """Takes the events of one slice."""
        self.at_ms = max([self.at_ms + SLICE_MS, *[event.at_ms for event in events]])
        if not events and self.at_ms - self._published_ms >= TICK_MS:
            events = [ClockTicked(self.at_ms)]
        self._publish(self._keeper.keep(events[0].at_ms if events else self.at_ms, events))
        if self._told_waiting is None or self.at_ms - self._told_waiting[1] >= TELL_MS:
            self._tell_waiting()

    def end(self) -> None:
        """Ends a call whose source or pipeline broke off before its own CallEnded; a last try to keep what waits."""
        self.add([] if self._has_ended else [CallEnded(max(self.at_ms, 0), "interrupted")])

    def add(self, events: Sequence[Event]) -> None:
        """Takes what is said after the last slice, and tries at once to keep what waits."""
        self._publish(self._keeper.keep_all(max(self.at_ms, 0), events))
        self._tell_waiting()

    def close(self, events: Sequence[Event]) -> None:
        """Takes the score of a call that broke off, or why it has none."""
        self.add(events)
        self.is_closed = True

    def thin(self, most: int) -> int:
        """Gives up all records that wait but `most`; how many that were."""
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
        if self._mailbox is not None:
            self._mailbox.see(records)
        self._bus.publish(records)


def run_call(
    events: Iterable[Sequence[Event]], *, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None
) -> None:
    """Run a call to its end: one item of `events` per slice, as `call.listen()` yields them.

    Its records are then in the store; nothing of a call that lasts for hours is held here. A call that breaks off, by
    an error or because its events just stop, gets CallEnded(reason="interrupted"); the error goes on to the caller.
    """
    recorder = Recorder(call_id, store, bus, mailbox)
    try:
        for slice_events in events:
            recorder.feed(slice_events)
    finally:
        recorder.end()


class NoBus:
    """Nobody watches."""

    def publish(self, records: Sequence[Record]) -> None:
        pass


class ManyBuses:
    """Publishes to several buses in turn."""

    def __init__(self, *buses: Bus) -> None:
        self._buses = buses

    def publish(self, records: Sequence[Record]) -> None:
        for bus in self._buses:
            bus.publish(records)


class RunningCalls:
    """The calls running in this process, with their mailboxes. Used from the calls' and the server's threads.

    `is_expecting`: a call is about to begin, so that the latest call is none yet rather than the one of last time.
    """

    def __init__(self) -> None:
        self.is_expecting = False
        self._lock = threading.Lock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._newest: str | None = None
        self._left: dict[str, Recorder] = {}  # ended, and something is still to be done for them

    def start(self, call_id: str) -> Mailbox:
        with self._lock:
            self._newest = call_id
            return self._mailboxes.setdefault(call_id, Mailbox())

    def end(self, call_id: str) -> None:
        """Of the thread of the call: whatever it has left is the aftercare's from now on."""
        with self._lock:
            mailbox = self._mailboxes.pop(call_id, None)
            recorder = mailbox.recorder if mailbox is not None else None
            if recorder is not None and (recorder.count or not recorder.is_closed):
                self._left[call_id] = recorder

    def leave(self, recorder: Recorder) -> None:
        """A call of an earlier process for which something is still to be done."""
        with self._lock:
            self._left[recorder.call_id] = recorder

    def left(self) -> list[Recorder]:
        """Of the ended calls for which something is still to be done."""
        with self._lock:
            return list(self._left.values())

    def is_left(self, call_id: str) -> bool:
        with self._lock:
            return call_id in self._left

    def done(self, call_id: str) -> None:
        """Nothing is to be done for this ended call any more."""
        with self._lock:
            self._left.pop(call_id, None)

    def mailbox(self, call_id: str) -> Mailbox | None:
        with self._lock:
            return self._mailboxes.get(call_id)

    def waiting(self) -> list[Recorder]:
        """Of all calls, running or not, those with records that the store has not taken."""
        with self._lock:
            recorders = [*self._left.values(), *(mailbox.recorder for mailbox in self._mailboxes.values())]
        return [recorder for recorder in recorders if recorder is not None and recorder.count]

    def unkept(self, call_id: str, after: int = 0) -> list[Record]:
        """Published records with a seq above `after` that are not in the store, in order.

        Read before the store is, none is missed: what is kept meanwhile is in both.
        """
        with self._lock:
            mailbox = self._mailboxes.get(call_id)
            recorder = mailbox.recorder if mailbox is not None else self._left.get(call_id)
        return recorder.waiting(after) if recorder is not None else []

    def all_unkept(self, seen: Mapping[str, int]) -> list[Record]:
        """The same of all calls; `seen` has the seqs known of them."""
        found = self.waiting()
        return [record for recorder in found for record in recorder.waiting(seen.get(recorder.call_id, 0))]

    def unknown(self) -> list[str]:
        """Calls of which the store knows nothing, newest first."""
        return [r.call_id for r in reversed(self.waiting()) if (records := r.waiting()) and records[0].seq == 1]

    def newest_unkept(self) -> str | None:
        """The call begun last, when the store knows nothing of it."""
        newest = self._newest
        unkept = self.unkept(newest) if newest is not None else []
        return newest if unkept and unkept[0].seq == 1 else None
