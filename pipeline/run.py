"""The only effects of a call: each slice's events are kept in one transaction, then published."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.audio.sources.watched import BOUNDS_MS, SliceLag
from pipeline.codec import facts_from
from pipeline.events import (
    AnnouncementTold,
    CallEnded,
    CallFacts,
    CallStarted,
    ClockTicked,
    Event,
    FactsNoted,
    HintDismissed,
    HintDone,
    HintRaised,
    HintShown,
    OverloadNoted,
    PageNote,
    Record,
)
from pipeline.ports import SLICE_MS, Bus, Store
from pipeline.store.archive import Archive
from pipeline.store.keeper import Keeper, newer

TICK_MS = 200  # audio time after which a page is told the clock when nothing else was said
MAILBOX_NOTES = 256  # notes a page can pile up between two slices
LEFT_CALLS = 8  # ended calls whose unkept records pages can still see


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised."""

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: int
    paint_ms: float | None = None
    useful: bool | None = None


class Mailbox:
    """Takes messages of the pages (any thread) and hands them to the next slice (thread of the call).

    `unkept` (any thread) gives the records that are published and wait for the store.
    """

    def __init__(self) -> None:
        self.unkept: Callable[[int], list[Record]] = lambda after: []
        self.lag = SliceLag()
        self.overload = 0  # the call's level
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
            elif isinstance(record.event, OverloadNoted):
                self.overload = record.event.level

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
    """Keeps and publishes the records of one call. A store that fails is said; the coach goes on."""

    def __init__(self, call_id: str, store: Store, bus: Bus, mailbox: Mailbox | None = None) -> None:
        self.at_ms = -SLICE_MS  # the first list holds what is said before the first slice
        self._keeper = Keeper(call_id, store)
        self._bus = bus
        self._mailbox = mailbox
        self._published_ms = 0
        self._has_ended = False
        if mailbox is not None:
            mailbox.unkept = self._keeper.waiting

    def feed(self, events: Sequence[Event]) -> None:
        """Takes the events of one slice."""
        self.at_ms = max([self.at_ms + SLICE_MS, *[event.at_ms for event in events]])
        if not events and self.at_ms - self._published_ms >= TICK_MS:
            events = [ClockTicked(self.at_ms)]
        self._publish(self._keeper.keep(events[0].at_ms if events else self.at_ms, events))

    def end(self) -> None:
        """Ends a call whose source or pipeline broke off before its own CallEnded; a last try to keep what waits."""
        events: list[Event] = []
        if not self._has_ended:
            events.append(CallEnded(max(self.at_ms, 0), "interrupted"))
        self._publish(self._keeper.keep_all(max(self.at_ms, 0), events))

    def _publish(self, records: list[Record]) -> None:
        if not records:
            return
        self._published_ms = self.at_ms
        self._has_ended |= any(isinstance(record.event, CallEnded) for record in records)
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


def end_unfinished(store: Archive, unfinished: Iterable[str]) -> list[str]:
    """After a crash: calls that nobody runs any more end where their last record stands. Returns their ids."""
    ended = []
    for call_id in unfinished:
        last_ms = max((record.event.at_ms for record in store.read(call_id)), default=0)
        store.append(call_id, [CallEnded(last_ms, "interrupted")], patient=True)
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


@dataclass(frozen=True, slots=True)
class Load:
    """`lag` of all calls since the start; of those that run, the latest slice, the highest level, how many shed."""

    lag: SliceLag
    worst_ms: int
    level: int
    overloaded: int


def _sum(lags: Sequence[SliceLag]) -> SliceLag:
    counts = [sum(lag.counts[at] for lag in lags) for at in range(len(BOUNDS_MS) + 1)]
    return SliceLag(counts, sum(lag.total_ms for lag in lags))


class RunningCalls:
    """The calls running in this process, with their mailboxes. Used from the calls' and the server's threads.

    `is_expecting`: a call is about to begin, so that the latest call is none yet rather than the one of last time.
    """

    def __init__(self) -> None:
        self.is_expecting = False
        self._lock = threading.Lock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._newest: str | None = None
        self._past_lag = SliceLag()  # of ended calls
        self._left: dict[str, list[Record]] = {}  # of ended calls, what the store never took

    def start(self, call_id: str) -> Mailbox:
        with self._lock:
            self._newest = call_id
            return self._mailboxes.setdefault(call_id, Mailbox())

    def end(self, call_id: str) -> None:
        with self._lock:
            mailbox = self._mailboxes.pop(call_id, None)
            if mailbox is not None:
                self._past_lag = _sum([self._past_lag, mailbox.lag])
            if mailbox is not None and (left := mailbox.unkept(0)):
                self._left[call_id] = left
                while len(self._left) > LEFT_CALLS:
                    del self._left[next(iter(self._left))]

    def mailbox(self, call_id: str) -> Mailbox | None:
        with self._lock:
            return self._mailboxes.get(call_id)

    def unkept(self, call_id: str, after: int = 0) -> list[Record]:
        """Published records with a seq above `after` that are not in the store, in order.

        Read before the store is, none is missed: what is kept meanwhile is in both.
        """
        with self._lock:
            mailbox = self._mailboxes.get(call_id)
            return mailbox.unkept(after) if mailbox is not None else newer(self._left.get(call_id, ()), after)

    def all_unkept(self, seen: Mapping[str, int]) -> list[Record]:
        """The same of all calls; `seen` has the seqs known of them."""
        with self._lock:
            call_ids = [*self._left, *self._mailboxes]
        return [record for call_id in call_ids for record in self.unkept(call_id, seen.get(call_id, 0))]

    def load(self) -> Load:
        """How the machine keeps up with its calls."""
        with self._lock:
            running = list(self._mailboxes.values())
            lag = _sum([self._past_lag, *(mailbox.lag for mailbox in running)])
            worst_ms = max((mailbox.lag.now_ms for mailbox in running), default=0)
            levels = [mailbox.overload for mailbox in running]
        return Load(lag, worst_ms, max(levels, default=0), sum(level > 0 for level in levels))

    def newest_unkept(self) -> str | None:
        """The call begun last, when the store knows nothing of it."""
        newest = self._newest
        unkept = self.unkept(newest) if newest is not None else []
        return newest if unkept and unkept[0].seq == 1 else None
