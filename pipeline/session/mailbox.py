"""What pages and the telephone system tell a running call, taken by its next slice."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.audio.sources.watched import SliceLag
from pipeline.codec import facts_from
from pipeline.errors import CallcoachError
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.faults import OverloadNoted
from pipeline.events.hints import HintDismissed, HintDone, HintRaised, HintShown
from pipeline.events.prompts import AnnouncementTold
from pipeline.events.record import PageNote, Record
from pipeline.ports import SLICE_MS, Bus, Store
from pipeline.session.outbox import Outbox

LONGEST_PAINT_MS = 60_000
ANNOUNCEMENTS_WAITING = 32
FACTS_AT_ONCE = 5  # then one record of facts a second of audio: what is told meanwhile comes with it
ANNOUNCEMENTS_AT_ONCE = 10  # then one a second of audio


class CallOver(CallcoachError):
    """Too late to tell a call anything."""


class MailboxFull(CallcoachError):
    """More was told in a short time than anybody who means it tells."""


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised."""

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: Annotated[int, Field(ge=1, le=2**53)]
    paint_ms: Annotated[float, Field(ge=0, le=LONGEST_PAINT_MS, allow_inf_nan=False)] | None = None
    useful: bool | None = None


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

    `outbox` keeps the records of the call, from its first slice on.
    """

    def __init__(self) -> None:
        self.outbox: Outbox | None = None
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

    def opened(self, call_id: str, store: Store, bus: Bus) -> Outbox:
        """The outbox of the call this is the mailbox of."""
        self.outbox = Outbox(call_id, store, bus, seen=self.see)
        return self.outbox

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
