"""The only effects of a call: each slice's events are kept in one transaction, then published."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.audio.sources.watched import SliceLag
from pipeline.codec import facts_from
from pipeline.errors import CallcoachError
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
    OverloadNoted,
    PageNote,
    Record,
    RecordsWaiting,
)
from pipeline.ports import SLICE_MS, Bus, Store
from pipeline.store.keeper import Keeper

TICK_MS = 200  # audio time after which a page is told the clock when nothing else was said
LONGEST_PAINT_MS = 60_000
ANNOUNCEMENTS_WAITING = 32
FACTS_AT_ONCE = 5  # then one record of facts a second of audio: what is told meanwhile comes with it
ANNOUNCEMENTS_AT_ONCE = 10  # then one a second of audio
TELL_MS = 1_000  # audio time between two words of how many records wait


class CallOver(CallcoachError):
    """Too late to tell a call anything."""


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised."""

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: Annotated[int, Field(ge=1, le=2**53)]
    paint_ms: Annotated[float, Field(ge=0, le=LONGEST_PAINT_MS, allow_inf_nan=False)] | None = None
    useful: bool | None = None


class MailboxFull(CallcoachError):
    """More was told in a short time than anybody who means it tells."""


class _Allowance:
    """So many at once, then one a second of audio."""

    def __init__(self, at_once: int) -> None:
        self._most = self._left = float(at_once)

    def tick(self) -> None:
        self._left = min(self._most, self._left + SLICE_MS / 1000)

    def take(self) -> bool:
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Mailbox:
    """Takes messages of the pages (any thread) and hands them to the next slice (thread of the call).

    Whoever sends them, and how often: a hint is shown once, painted once and answered once, facts as they are already
    are no news, and of facts and announcements only so many a second become records.

    `recorder` keeps the records of the call, from its first slice on.
    """

    def __init__(self) -> None:
        self.recorder: Recorder | None = None
        self.lag = SliceLag()
        self.overload = 0  # the call's level
        self._lock = threading.Lock()
        self._notes: list[PageNote] = []  # about hints: three of each at most
        self._said: set[tuple[str, int]] = set()
        self._hints: dict[int, int] = {}
        self._announcements: deque[AnnouncementTold] = deque()
        self._announcements_left = _Allowance(ANNOUNCEMENTS_AT_ONCE)
        self._facts: CallFacts | None = None  # as the records tell them, None before the first
        self._facts_left = _Allowance(FACTS_AT_ONCE)
        self._changes: dict[str, Any] = {}  # put since
        self._is_news = False  # some changes are not in a note yet
        self._told = 0  # notes of facts taken and not yet seen back as a record
        self._is_closed = False

    def see(self, records: Iterable[Record]) -> None:
        for record in records:
            if isinstance(record.event, HintRaised) and record.seq is not None:
                self._hints[record.seq] = record.event.hint
            elif isinstance(record.event, CallStarted | FactsNoted):
                self._see_facts(record.event)
            elif isinstance(record.event, OverloadNoted):
                self.overload = record.event.level

    def put(self, message: PageMessage) -> None:
        """What was said before changes nothing. Raises ValueError when the message is about no hint of this call."""
        hint = self._hints.get(message.hint_seq)
        if hint is None:
            raise ValueError(f"hint_seq is {message.hint_seq}; no hint of this call has that seq")
        note = _note(message, hint)
        said = ("answered" if message.type in ("dismissed", "done") else message.type, hint)
        with self._lock:
            if said not in self._said:
                self._said.add(said)
                self._notes.append(note)

    def put_announcement(self, told: AnnouncementTold) -> None:
        """Raises MailboxFull when too many wait."""
        with self._lock:
            if len(self._announcements) >= ANNOUNCEMENTS_WAITING:
                raise MailboxFull(f"{ANNOUNCEMENTS_WAITING} announcements wait to be told: one a second is taken")
            self._announcements.append(told)

    def put_facts(self, changes: Mapping[str, Any]) -> CallFacts:
        """The call's facts overridden by `changes`, from the next slice on. Raises FactsError, CallOver."""
        with self._lock:
            if self._is_closed:
                raise CallOver("the call has ended")
            changed = {**self._changes, **changes}
            facts = self._facts_with(changed)
            if self._facts is None or facts != self._facts_with(self._changes):
                self._changes, self._is_news = changed, True
            return facts

    def close(self) -> CallFacts | None:
        """No facts are taken any more; those that were put and came too late for the last slice."""
        with self._lock:
            self._is_closed = True
            return self._facts_with(self._changes) if self._is_news else None

    def _facts_with(self, changes: Mapping[str, Any]) -> CallFacts:
        return facts_from(changes, self._facts or CallFacts(), "the call's facts")

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
        """Asked once a slice: audio is the clock of what is allowed."""
        taken: list[PageNote] = []
        with self._lock:
            self._facts_left.tick()
            self._announcements_left.tick()
            if self._is_news and self._facts_left.take():
                self._is_news = False
                self._told += 1
                taken.append(FactsNoted(0, self._facts_with(self._changes)))
            while self._announcements and self._announcements_left.take():
                taken.append(self._announcements.popleft())
            taken += self._notes
            self._notes.clear()
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
