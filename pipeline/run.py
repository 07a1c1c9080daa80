"""The only effects of a call: each slice's events are kept in one transaction, then published."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import StoreError
from pipeline.events import (
    CallEnded,
    ClockTicked,
    Event,
    HintDismissed,
    HintDone,
    HintRaised,
    HintShown,
    PageNote,
    Record,
    StageFailed,
    WordsGuessed,
)
from pipeline.ports import SLICE_MS, Bus, Store

DISPLAY_ONLY = (WordsGuessed, ClockTicked)  # shown, never stored, without a seq
TICK_MS = 200  # audio time after which a page is told the clock when nothing else was said
MAILBOX_NOTES = 256  # notes a page can pile up between two slices


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised."""

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: int
    paint_ms: float | None = None
    useful: bool | None = None


class Mailbox:
    """Takes messages of the pages (any thread) and hands them to the next slice (thread of the call)."""

    def __init__(self) -> None:
        self._notes: deque[PageNote] = deque(maxlen=MAILBOX_NOTES)
        self._hints: dict[int, int] = {}

    def see(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record.event, HintRaised) and record.seq is not None:
                self._hints[record.seq] = record.event.hint

    def put(self, message: PageMessage) -> None:
        """Raises ValueError when the message is about no hint of this call."""
        hint = self._hints.get(message.hint_seq)
        if hint is None:
            raise ValueError(f"hint_seq is {message.hint_seq}; no hint of this call has that seq")
        self._notes.append(_note(message, hint))

    def take(self) -> tuple[PageNote, ...]:
        taken: list[PageNote] = []
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
    """Keeps and publishes the records of one call. A store that fails is said once; the coach goes on."""

    def __init__(self, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None) -> None:
        self.records: list[Record] = []
        self.at_ms = -SLICE_MS  # the first list holds what is said before the first slice
        self._call_id = call_id
        self._store = store
        self._bus = bus
        self._mailbox = mailbox
        self._published_ms = 0
        self._failed = False

    def feed(self, events: Sequence[Event]) -> None:
        """Takes the events of one slice."""
        self.at_ms = max([self.at_ms + SLICE_MS, *[event.at_ms for event in events]])
        if not events and self.at_ms - self._published_ms >= TICK_MS:
            events = [ClockTicked(self.at_ms)]
        if events:
            self._publish(self._keep(events))

    def end(self) -> None:
        """Ends a call whose source or pipeline broke off before its own CallEnded."""
        if not any(isinstance(record.event, CallEnded) for record in reversed(self.records)):
            self._publish(self._keep([CallEnded(max(self.at_ms, 0), "interrupted")]))

    def _keep(self, events: Sequence[Event]) -> list[Record]:
        lasting = [event for event in events if not isinstance(event, DISPLAY_ONLY)]
        try:
            kept = iter(self._store.append(self._call_id, lasting))
        except StoreError as error:
            return self._unkept(events, error)
        return [Record(self._call_id, None, e) if isinstance(e, DISPLAY_ONLY) else next(kept) for e in events]

    def _unkept(self, events: Sequence[Event], error: StoreError) -> list[Record]:
        if not self._failed:
            self._failed = True
            events = [*events, StageFailed(self.at_ms, "store", str(error))]
        return [Record(self._call_id, None, event) for event in events]

    def _publish(self, records: list[Record]) -> None:
        self._published_ms = self.at_ms
        self.records += [record for record in records if not isinstance(record.event, DISPLAY_ONLY)]
        if self._mailbox is not None:
            self._mailbox.see(records)
        self._bus.publish(records)


def run_call(
    events: Iterable[Sequence[Event]], *, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None
) -> list[Record]:
    """Run a call to its end: one item of `events` per slice, as `call.listen()` yields them.

    Returns the records without the display-only ones. A call that breaks off, by an error or because its
    events just stop, gets CallEnded(reason="interrupted"); the error goes on to the caller.
    """
    recorder = Recorder(call_id, store, bus, mailbox)
    try:
        for slice_events in events:
            recorder.feed(slice_events)
    finally:
        recorder.end()
    return recorder.records


def end_unfinished(store: Store, unfinished: Iterable[str]) -> list[str]:
    """After a crash: calls that nobody runs any more end where their last record stands. Returns their ids."""
    ended = []
    for call_id in unfinished:
        last_ms = max((record.event.at_ms for record in store.read(call_id)), default=0)
        store.append(call_id, [CallEnded(last_ms, "interrupted")])
        ended.append(call_id)
    return ended


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

    def start(self, call_id: str) -> Mailbox:
        with self._lock:
            return self._mailboxes.setdefault(call_id, Mailbox())

    def end(self, call_id: str) -> None:
        with self._lock:
            self._mailboxes.pop(call_id, None)

    def mailbox(self, call_id: str) -> Mailbox | None:
        with self._lock:
            return self._mailboxes.get(call_id)
