"""Slice and the four seams of the pipeline. Everything outside is reached through one of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.events.call import CallFacts, SourceNotice
from pipeline.events.channels import Channel, Heard
from pipeline.events.record import Event, Note, Record
from pipeline.events.words import SuppressedBecause, Word

SAMPLE_RATE_HZ = 16_000
SLICE_MS = 20
SLICE_SAMPLES = SAMPLE_RATE_HZ * SLICE_MS // 1000

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
