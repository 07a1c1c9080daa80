"""The slice, and the protocols by which the pipeline reaches everything outside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts, SourceNotice, WordsTrust
from pipeline.events.channels import Channel, Heard
from pipeline.events.help import HelpReason
from pipeline.events.prompts import PromptTold
from pipeline.events.record import Event, FloorNote, Note, Record
from pipeline.events.words import COACHED, SuppressedBecause, Word

SAMPLE_RATE_HZ = 16_000
SLICE_MS = 20
SLICE_SAMPLES = SAMPLE_RATE_HZ * SLICE_MS // 1000
LONGEST_PAINT_MS = 60_000

Pcm = NDArray[np.int16]
"""Mono int16 at 16 kHz, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Slice:
    """20 ms of every channel: the clock tick of the whole pipeline.

    `start_ms`: audio time since the call's start. `pcm[channel]`: 320 int16 samples at 16 kHz, zeros when `heard` says
    idle or lost. `notes`: events caused outside the audio (page, telephone system, device) during this slice; their
    `at_ms` is set by `call.listen`. `behind_ms`: how much too late a live source delivers this slice because the
    processing cannot keep up; always 0 from a source that can wait.
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
    """The audio of one call as a gapless sequence of slices, each 20 ms after the one before, from 0 ms.

    Only a source fills gaps and reads the wall clock. It is iterated once, by the thread of its call; a live source
    blocks in `__next__` until the slice has been spoken. Raises AudioError when the audio cannot be read.
    """

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The keys of `Slice.pcm` and `Slice.heard`, the same for every slice."""
        ...

    @property
    def facts(self) -> CallFacts:
        """What is known about the call before its first slice."""
        ...

    @property
    def can_wait(self) -> bool:
        """True for a file: the call then waits for recognised words when they are due, so that a run is repeatable."""
        ...

    @property
    def notices(self) -> tuple[SourceNotice, ...]:
        """Irregularities of the source that are known before its first slice."""
        ...

    def __iter__(self) -> Iterator[Slice]: ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Audio to be recognised: a finished turn with its margins (a final), or the open turn so far (a guess).

    `call_id` and `channel`: the queue takes calls in turn, and a newer guess of a channel replaces an older one.
    `language`: the one to write it in, as an ISO 639 code.
    """

    pcm: Pcm
    call_id: str
    channel: Channel
    is_final: bool = True
    language: str = COACHED


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Text that a guard rejected as not spoken. Times are relative to the start of the utterance's audio."""

    text: str
    start_ms: int
    end_ms: int
    reason: SuppressedBecause


@dataclass(frozen=True, slots=True)
class Recognised:
    """Words of one utterance; their times are relative to the start of its audio, ascending.

    `languages`: probability that a language is spoken in it, 0 to 1, by ISO 639 code; improbable ones are left out.
    Of finals alone, and empty where the model cannot tell.
    `otherwise`: other texts of the whole utterance, nearly as likely, the likeliest first.
    """

    words: tuple[Word, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    languages: Mapping[str, float] = field(default_factory=dict)
    otherwise: tuple[str, ...] = ()


class Pending(Protocol):
    """The future result of one request. Thread-safe.

    A guess that was dropped (no time for it, or a newer one came) results in an empty `Recognised`.
    """

    def ready(self) -> bool:
        """Whether `result` returns without blocking."""
        ...

    def when_ready(self, tell: Callable[[], None]) -> None:
        """Calls it once, from any thread: as soon as this is ready, or at once where it is."""
        ...

    def result(self) -> Recognised:
        """Blocks until the utterance is recognised. Raises AsrError when recognition failed."""
        ...


class Transcriber(Protocol):
    """The speech recogniser, shared by all calls of a process. All members may be used from any thread."""

    @property
    def engine(self) -> str:
        """Name of the model; "none" when no words are recognised."""
        ...

    @property
    def notice(self) -> str:
        """A sentence that pages must show about this engine, in Chinese; empty when there is none."""
        ...

    @property
    def trust(self) -> WordsTrust | None:
        """What its words may be trusted with; None where that was not measured."""
        ...

    @property
    def fault(self) -> str:
        """Why recognition does not work at present; empty while it works."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether there is computing time to spare for guesses of open turns."""
        ...

    def ask(self, utterance: Utterance) -> Pending:
        """Queues an utterance and returns at once. A refused request raises from `Pending.result`, never here."""
        ...


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
    """Distributes records to the clients that watch a call."""

    def publish(self, records: Sequence[Record]) -> None:
        """Hands over records of one call, in the order of their seq. From any thread; never blocks, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A message of a page about a hint. `hint_seq`: seq of the record with its HintRaised.

    `paint_ms`: from the end of the slice that raised it to the painted pixel, measured by the page. `useful`: only with
    `dismissed`; False means that the hint was wrong.
    """

    type: Literal["shown", "painted", "dismissed", "done"]
    hint_seq: Annotated[int, Field(ge=1, le=2**53)]
    paint_ms: Annotated[float, Field(ge=0, le=LONGEST_PAINT_MS, allow_inf_nan=False)] | None = None
    useful: bool | None = None


@dataclass(frozen=True, slots=True)
class HelpMessage:
    """A message of the agent's page: help is wanted from the lead, or, withdrawn, no more."""

    type: Literal["help", "help_withdrawn"]
    reason: HelpReason = ""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message of the agent's page: the lead's sentence was seen."""

    type: Literal["whisper_seen"]
    whisper: Annotated[str, Field(max_length=64)]


class Mailbox(Protocol):
    """Messages to a running call from pages, telephone systems and people. From any thread.

    No method blocks: the call takes the messages with its next slice, and they become records then. `actor`: who caused
    it, stored in that record; None when unknown. Every method raises CallOver once the call has ended.
    """

    def put(self, message: PageMessage | HelpMessage | SeenMessage, *, actor: Actor = None) -> None:
        """A repeated message changes nothing. Raises ValueError for a hint that is not of this call, MailboxFull when
        help is asked for and withdrawn faster than it becomes records.
        """
        ...

    def put_floor(self, note: FloorNote) -> None:
        """A team lead, or what sends the sound to one, tells the agent; `note.at_ms` is set by the call. A repeated
        note changes nothing. Raises MailboxFull when too many are queued.
        """
        ...

    async def tell_floor(self, note: FloorNote) -> None:
        """As `put_floor`, from the event loop: however long who has the call takes to answer, no thread waits."""
        ...

    def put_facts(self, changes: Mapping[str, Any], *, actor: Actor = None) -> CallFacts:
        """Changes some facts of the call and returns all facts.

        Facts that come too late for the last slice are stored after the call's end. Raises FactsError for an unknown
        fact or an invalid value, MailboxFull when too many changes of different actors are queued.
        """
        ...

    def put_prompt(self, told: PromptTold, *, actor: Actor = None) -> None:
        """The telephone system starts or stops an announcement. Raises MailboxFull when too many are queued."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SoundPiece:
    """What is heard of a call from `start_ms` on: int16 at 16 kHz of shape (n, 2), agent left, customer right.

    `taken_s`: when its last sample was taken, in seconds since 1970 by this machine's clock.
    """

    start_ms: int
    taken_s: float
    pcm: Pcm


Hears = Callable[[SoundPiece | None], None]
"""Takes the pieces of a call in order, then None: it is over. Called from any thread; never blocks, never raises."""


class Tap(Protocol):
    """The live sound of a running call, here or at a desk. From any thread but an event loop's."""

    def listen(self, by: str, actor: Actor, hears: Hears) -> Callable[[], None]:
        """From now on `hears` is called, and the agent is told that `by` listens, until what is returned is called.

        Raises CallOver once the call has ended, MailboxFull when the agent cannot be told, DeskAway.
        """
        ...


Levels = NDArray[np.int8]
"""Shape (points, channels): samples divided by 256, the columns in the order of the recording's channels."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """What is drawn of a recording: `low` and `high` of each `per_ms` from `start_ms` on.

    `duration_ms`: of the whole recording.
    """

    per_ms: int
    start_ms: int
    duration_ms: int
    low: Levels
    high: Levels

    def muted(self, spans_ms: Iterable[tuple[int, int]]) -> Peaks:
        """With nothing where one hears nothing."""
        low, high = self.low.copy(), self.high.copy()
        for start_ms, end_ms in spans_ms:
            hidden = slice((start_ms - self.start_ms) // self.per_ms, -((self.start_ms - end_ms) // self.per_ms))
            low[hidden] = high[hidden] = 0
        return replace(self, low=low, high=high)

    def within(self, from_ms: int, to_ms: int | None, points: int) -> Peaks:
        """A part of it in `points` at most, each of as many of the present ones as it takes."""
        first = min(from_ms // self.per_ms, len(self.low))
        last = len(self.low) if to_ms is None else min(-(-to_ms // self.per_ms), len(self.low))
        each = max(1, -(-(last - first) // points))
        low, high = self.low[first:last], self.high[first:last]
        starts = np.arange(0, len(low), each)
        if len(low):
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        return Peaks(self.per_ms * each, first * self.per_ms, self.duration_ms, low, high)


class Recordings(Protocol):
    """The recordings of this machine. From any thread. Raises AudioError for an id that is no file name, but where what
    is kept of a call is deleted: of such an id there is nothing.
    """

    def find(self, call_id: str) -> Path | None:
        """The finished recording; None when there is none or it is not finished."""
        ...

    def peaks(self, call_id: str) -> Peaks | None:
        """Of the finished recording. Raises AudioError for one that cannot be read."""
        ...

    def discard(self, call_id: str, actor: Actor = None) -> bool:
        """Deletes the recording of a call that has ended, finished or not; False when there was none.

        `actor`: who took the consent back. Raises AudioError when a file cannot be deleted.
        """
        ...

    def remove(self, call_id: str) -> bool:
        """As `discard`, of a call that has been kept long enough: whoever asks for it notes that."""
        ...

    def ids(self) -> list[str]:
        """Ids of calls with a recording, finished or not."""
        ...

    def muted(self, call_id: str, spans_ms: Sequence[tuple[int, int]]) -> Path | None:
        """A copy of the finished recording that is silent in the spans, made when first asked for; None as of `find`.

        Spans in order, none over another; without any it is the recording. Raises AudioError when it cannot be made.
        """
        ...

    def mute(self, call_id: str, spans_ms: Sequence[tuple[int, int]]) -> bool:
        """Silences the spans in the recording itself, for good, and nothing else is left of them; False: there is none.

        Raises AudioError when that cannot be done, or not yet, as the recording is not finished; it is then as before.
        """
        ...
