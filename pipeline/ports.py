"""Slice and the seams of the pipeline. Everything outside is reached through one of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel, Heard
from pipeline.events.prompts import AnnouncementTold
from pipeline.events.record import Event, Note, Record
from pipeline.events.words import SuppressedBecause, Word

SAMPLE_RATE_HZ = 16_000
SLICE_MS = 20
SLICE_SAMPLES = SAMPLE_RATE_HZ * SLICE_MS // 1000
LONGEST_PAINT_MS = 60_000

Pcm = NDArray[np.int16]
"""Mono int16 at 16 kHz, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Slice:
    """20 ms of every channel: the tick of the whole pipeline.

    `pcm[channel]` has 320 int16 samples whatever was heard (zeros when idle or lost).
    `notes` are facts told from outside during this slice; they carry no time of their own. `behind_ms`: how much
    later than due a live source hands it over because the call takes too long; a source that can wait is never late.
    """

    start_ms: int
    pcm: Mapping[Channel, Pcm]
    heard: Mapping[Channel, Heard]
    notes: tuple[Note, ...] = ()
    behind_ms: int = 0

    @property
    def end_ms(self) -> int:
        return self.start_ms + SLICE_MS


class Source(Protocol):
    """A gapless grid of slices. Filling gaps and keeping time are its job alone."""

    @property
    def channels(self) -> tuple[Channel, ...]: ...

    @property
    def facts(self) -> CallFacts: ...

    @property
    def can_wait(self) -> bool:
        """True for a file: words are waited for when due, so that a run is repeatable."""
        ...

    @property
    def notices(self) -> tuple[SourceNotice, ...]:
        """What is odd about this source and known before its first slice."""
        ...

    def __iter__(self) -> Iterator[Slice]: ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is to be recognised: a turn with its margins, or as much of an open turn as there is (`is_final` False).

    `call_id` and `channel` say whose it is: the queue is fair between calls, and a newer guess takes an older one's
    place.
    """

    pcm: Pcm
    call_id: str
    channel: Channel
    is_final: bool = True


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Text nobody is believed to have said. Times are relative to the start of the utterance."""

    text: str
    start_ms: int
    end_ms: int
    reason: SuppressedBecause


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words of one utterance; their times are relative to its start, ascending."""

    words: tuple[Word, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()


class Pending(Protocol):
    """An utterance asked for. `result()` blocks until it is recognised and raises AsrError on failure.

    A guess that was dropped, because there was no time for it or a newer one came, gives nothing recognised.
    """

    def ready(self) -> bool: ...

    def result(self) -> Recognised: ...


class Transcriber(Protocol):
    """The shared recogniser. `ask` returns at once."""

    @property
    def engine(self) -> str: ...

    @property
    def notice(self) -> str:
        """What a screen must say about this engine; empty when nothing."""
        ...

    @property
    def fault(self) -> str:
        """Why there is no recogniser just now; empty while it works."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether there is time to spare for guesses."""
        ...

    def ask(self, utterance: Utterance) -> Pending: ...


class Store(Protocol):
    """Keeps the records of calls: `(call_id, seq)` names one for ever. All of it from any thread.

    The writer numbers. Of a call one writer at a time is the owner: it has the number that `own` gave last. What a
    store has refused, or of which nobody knows whether it was kept, is appended again as it was: that is safe. Every
    method raises StoreError when the store cannot be reached, or cannot keep anything just now.
    """

    def own(self, call_id: str) -> int:
        """Makes the caller the owner of a call, known or not: from now on whoever was it before is refused.

        The number is 1 for the first owner of a call and grows with each. What the store holds of the call when this
        returns is all that earlier owners will ever have written.
        """
        ...

    def append(self, call_id: str, owner: int, first_seq: int, events: Sequence[Event]) -> None:
        """Keeps `events` as the records `first_seq`, `first_seq` + 1, ... of a call, all of them or none.

        A call's first record is 1. Records that are kept already with the same content are accepted and not kept
        twice, also where only the first of `events` are. No events: nothing happens, whoever asks.

        Raises NotOwner when `owner` is not the number that `own` gave last for this call. Raises Conflict when a
        record of such a number has another content, or when the one before `first_seq` is missing. Raises StoreError
        also for an event that JSON cannot carry (NaN). Whatever it raises, nothing of `events` was kept, unless the
        answer alone was lost.
        """
        ...

    def read(self, call_id: str, after: int = 0) -> list[Record]:
        """The records of a call with a seq above `after`, by seq, without a gap; none of a call that is not known.

        One that cannot be read (damaged, or of a newer callcoach) stands in its place as StageFailed("record").
        """
        ...

    def calls(self) -> list[str]:
        """Ids of the calls of which there is a record, that begun last first; their texts decide nothing."""
        ...


class Bus(Protocol):
    """Carries records to whoever watches. Publishing never blocks the call."""

    def publish(self, records: Sequence[Record]) -> None: ...


@dataclass(frozen=True, slots=True)
class PageMessage:
    """What a page says about a hint. `hint_seq` is the seq of the record with the HintRaised.

    `paint_ms`: from the slice that raised it to the painted pixel, measured by the page. `useful` belongs to
    `dismissed` alone: False means that the hint was wrong here.
    """

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: Annotated[int, Field(ge=1, le=2**53)]
    paint_ms: Annotated[float, Field(ge=0, le=LONGEST_PAINT_MS, allow_inf_nan=False)] | None = None
    useful: bool | None = None


class Mailbox(Protocol):
    """Where a running call is told things by pages, telephone systems and people. From any thread.

    Putting never waits for the call: it takes what was put with its next slice, and what is told becomes a record
    then. `actor` says who caused it and is kept in that record; None where nobody in particular did. Every method
    raises CallOver once the call takes nothing any more.
    """

    def put(self, message: PageMessage, *, actor: Actor = None) -> None:
        """What was said of a hint before changes nothing. Raises ValueError for a hint that this call has not."""
        ...

    def put_facts(self, changes: Mapping[str, Any], *, actor: Actor = None) -> CallFacts:
        """Overrides facts of the call and leaves the others; all of them as they are then.

        Facts that come too late for the last slice are kept behind the call's end. Raises FactsError for a fact or
        value that is none, MailboxFull when too many changes of different actors wait.
        """
        ...

    def put_announcement(self, told: AnnouncementTold, *, actor: Actor = None) -> None:
        """The telephone system plays a recording to the caller, or no more. Raises MailboxFull when too many wait."""
        ...


class Recordings(Protocol):
    """The recordings that are kept of calls. From any thread. Each raises AudioError for an id that is no file name."""

    def find(self, call_id: str) -> Path | None:
        """The finished recording; None when there is none, or not yet."""
        ...

    def discard(self, call_id: str) -> bool:
        """Deletes what was recorded of a call that has ended, finished or not; False when nothing was there.

        Raises AudioError when something of it stays.
        """
        ...

    def ids(self) -> list[str]:
        """Of the calls of which something is kept, finished or not."""
        ...
