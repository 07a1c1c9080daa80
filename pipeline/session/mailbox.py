"""What pages and the telephone system tell a running call of this process, taken by its next slice."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.bucket import Bucket
from pipeline.codec import facts_from
from pipeline.errors import CallOver, MailboxFull
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.events.hints import HintDismissed, HintDone, HintRaised, HintShown
from pipeline.events.prompts import PromptTold
from pipeline.events.record import FloorNote, PageNote, Record
from pipeline.ports import SLICE_MS, HelpMessage, PageMessage, SeenMessage
from pipeline.session.floor_notes import FloorNotes

ANNOUNCEMENTS_WAITING = 32
FACTS_WAITING = 32  # changes of several actors in turn; those of one actor wait as one
FACTS_AT_ONCE = 5  # then one record of facts a second of audio: what is told meanwhile comes with it
ANNOUNCEMENTS_AT_ONCE = 10  # then one a second of audio


@dataclass(slots=True)
class _Change:
    """Facts that one actor has told, for one record."""

    facts: dict[str, Any]
    actor: Actor


class LocalMailbox:
    """The Mailbox of a call that runs in this process. `take`, `see` and `close` are the call's, from its own thread.

    Whoever sends messages, and how often: a hint is shown once, painted once and answered once, facts as they are
    already are no news, and of facts and announcements only so many a second become records.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: list[PageNote] = []  # about hints: three of each at most
        self._said: set[tuple[str, int]] = set()
        self._hints: dict[int, int] = {}
        self._announcements: deque[PromptTold] = deque()
        self._slices = 0
        self._announcements_left = Bucket(ANNOUNCEMENTS_AT_ONCE, 1, self._audio_s)
        self._floor = FloorNotes(self._audio_s)
        self._facts: CallFacts | None = None  # as the records tell them, None before the first
        self._facts_left = Bucket(FACTS_AT_ONCE, 1, self._audio_s)
        self._changes: list[_Change] = []  # put since, in order; of the first `_taken` the record is on its way
        self._taken = 0
        self._is_closed = False

    # --- Mailbox -------------------------------------------------------------------------------------------------

    def put(self, message: PageMessage | HelpMessage | SeenMessage, *, actor: Actor = None) -> None:
        if isinstance(message, PageMessage):
            self._put_answer(message, actor)
            return
        with self._lock:
            self._check_open()
            if isinstance(message, HelpMessage):
                self._floor.ask(message, actor)
            else:
                self._floor.see(message, actor)

    def put_floor(self, note: FloorNote) -> None:
        with self._lock:
            self._check_open()
            self._floor.tell(note)

    async def tell_floor(self, note: FloorNote) -> None:
        self.put_floor(note)

    def put_prompt(self, told: PromptTold, *, actor: Actor = None) -> None:
        with self._lock:
            self._check_open()
            if len(self._announcements) >= ANNOUNCEMENTS_WAITING:
                raise MailboxFull(f"{ANNOUNCEMENTS_WAITING} announcements wait to be told: one a second is taken")
            self._announcements.append(replace(told, actor=actor))

    def put_facts(self, changes: Mapping[str, Any], *, actor: Actor = None) -> CallFacts:
        with self._lock:
            self._check_open()
            before = self._facts_after(self._changes)
            facts = self._facts_after([*self._changes, _Change(dict(changes), actor)])
            if facts != before or self._facts is None:
                self._note_change(changes, actor)
            return facts

    @property
    def facts(self) -> CallFacts | None:
        """As the records of the call tell them; None before its first."""
        with self._lock:
            return self._facts

    # --- the thread of the call ----------------------------------------------------------------------------------

    def see(self, records: Iterable[Record]) -> None:
        """The records of the call as they are made: its hints, and the facts that were told."""
        for record in records:
            if isinstance(record.event, HintRaised) and record.seq is not None:
                self._hints[record.seq] = record.event.hint
            elif isinstance(record.event, CallStarted | FactsNoted):
                self._see_facts(record.event)

    def take(self) -> tuple[PageNote, ...]:
        """What the next slice carries. Asked once a slice: audio is the clock of what is allowed."""
        taken: list[PageNote] = []
        with self._lock:
            self._slices += 1
            while self._taken < len(self._changes) and self._facts_left.take():
                self._taken += 1
                taken.append(self._noted(self._changes[: self._taken]))
            while self._announcements and self._announcements_left.take():
                taken.append(self._announcements.popleft())
            taken += self._floor.take()
            taken += self._notes
            self._notes.clear()
        return tuple(taken)

    def close(self) -> list[FactsNoted]:
        """Nothing is taken any more; the facts that came too late for the last slice, without a time of their own."""
        with self._lock:
            self._is_closed = True
            late = [self._noted(self._changes[: count + 1]) for count in range(len(self._changes))]
            self._changes, self._taken = [], 0
            return late

    def _audio_s(self) -> float:
        return self._slices * SLICE_MS / 1000

    def _put_answer(self, message: PageMessage, actor: Actor) -> None:
        hint = self._hints.get(message.hint_seq)
        if hint is None:
            raise ValueError(f"hint_seq is {message.hint_seq}; no hint of this call has that seq")
        note = _note(message, hint, actor)
        said = ("answered" if message.type in ("dismissed", "done") else message.type, hint)
        with self._lock:
            self._check_open()
            if said not in self._said:
                self._said.add(said)
                self._notes.append(note)

    def _check_open(self) -> None:
        if self._is_closed:
            raise CallOver("the call has ended")

    def _note_change(self, changes: Mapping[str, Any], actor: Actor) -> None:
        untold = self._changes[self._taken :]
        if untold and untold[-1].actor == actor:
            untold[-1].facts.update(changes)
        elif len(untold) >= FACTS_WAITING:
            raise MailboxFull(f"{FACTS_WAITING} changes of facts wait to be told: one a second is taken")
        else:
            self._changes.append(_Change(dict(changes), actor))

    def _facts_after(self, changes: Sequence[_Change]) -> CallFacts:
        all_told = {name: value for change in changes for name, value in change.facts.items()}
        return facts_from(all_told, self._facts or CallFacts(), "the call's facts")

    def _noted(self, changes: Sequence[_Change]) -> FactsNoted:
        return FactsNoted(0, self._facts_after(changes), changes[-1].actor)

    def _see_facts(self, event: CallStarted | FactsNoted) -> None:
        """A record of earlier facts must not undo what was put since."""
        with self._lock:
            self._facts = event.facts
            if isinstance(event, FactsNoted) and self._taken:
                self._taken -= 1
                del self._changes[0]


def _note(message: PageMessage, hint: int, actor: Actor) -> PageNote:
    """Notes carry no time of their own (ports.Slice): at_ms is 0 here, the call gives them the slice's."""
    match message.type:
        case "shown" | "painted":
            return HintShown(at_ms=0, hint=hint, paint_ms=message.paint_ms)
        case "dismissed":
            return HintDismissed(at_ms=0, hint=hint, useful=message.useful, actor=actor)
        case "done":
            return HintDone(at_ms=0, hint=hint, by="agent", actor=actor)
