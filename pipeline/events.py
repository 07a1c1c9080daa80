"""Every fact of a call as one frozen dataclass, made of the terms below. This is where all of them are imported from.

All times are milliseconds of audio since the call's start (wall-clock: `CallStarted.started_at` alone). `at_ms`: when
the pipeline knew, the end of the slice just processed; `start_ms` / `end_ms`: when the thing happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.measured import (
    CaptureMeasured as CaptureMeasured,
    LevelMeasured as LevelMeasured,
    PaceMeasured as PaceMeasured,
    PitchMeasured as PitchMeasured,
)
from pipeline.terms import (
    CallFacts as CallFacts,
    Channel as Channel,
    Citation as Citation,
    Heard as Heard,
    Phase as Phase,
    ScoreGroup as ScoreGroup,
    ScoreItem as ScoreItem,
    Severity as Severity,
    SilenceKind as SilenceKind,
    Span as Span,
    SuppressedBecause as SuppressedBecause,
    Verdict as Verdict,
    Word as Word,
)


@dataclass(frozen=True, slots=True)
class CallStarted:
    at_ms: int
    call_id: str
    started_at: str  # ISO 8601 with zone: the only wall-clock time of a call
    channels: tuple[Channel, ...]
    facts: CallFacts
    rulebook_id: str
    rulebook_version: str
    settings_hash: str
    engine: str  # "none" when no words can be had
    engine_notice: str = ""  # what the page must say about the engine, "" when nothing


@dataclass(frozen=True, slots=True)
class CallEnded:
    at_ms: int
    reason: Literal["finished", "interrupted"]


@dataclass(frozen=True, slots=True)
class FactsNoted:
    """Facts told during the call (form, CTI); they replace the earlier ones at once."""

    at_ms: int
    facts: CallFacts


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    at_ms: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """No data for a second: the coach is blind on this side since `start_ms`."""

    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class ChannelBack:
    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """With the consent told by the facts. The recording lies on call time: what was before is silent in it."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    """Before the call's end. `withdrawn`: consent was taken back and the recording is deleted."""

    at_ms: int
    reason: Literal["withdrawn", "disk_full", "failed"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A part of the coach stopped working; the rest goes on.

    `stage` is asr, store, score (a call that broke off has none) or record (this one cannot be read); `cause`, where
    it is known, is what a page may say in its own words: full, locked, gone, replaced, read_only, damaged, rulebook.
    """

    at_ms: int
    stage: str
    reason: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class StageBack:
    """A part of the coach that had failed works again."""

    at_ms: int
    stage: str


@dataclass(frozen=True, slots=True)
class TurnStarted:
    at_ms: int
    channel: Channel
    start_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SilenceStarted:
    """Sent once a silence is 1,000 ms long, or when its kind changes. `limit_ms` is null for hold."""

    at_ms: int
    start_ms: int
    kind: SilenceKind
    limit_ms: int | None


@dataclass(frozen=True, slots=True)
class SilenceReached:
    """The limit is full while the silence lasts."""

    at_ms: int
    start_ms: int
    limit_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class SilenceEnded:
    at_ms: int
    start_ms: int
    end_ms: int
    kind: SilenceKind


@dataclass(frozen=True, slots=True)
class OverlapNoted:
    """Both sides spoke; `interrupter` is null when nobody lost the floor by it."""

    at_ms: int
    start_ms: int
    end_ms: int
    interrupter: Channel | None


@dataclass(frozen=True, slots=True)
class BleedNoted:
    """The other side is heard in this channel, `lag_ms` after its source (negative: before), `gain_db` louder.

    Told once a call and channel. It is not counted as this side's speech, unless it is a copy nearly as loud as its
    source (`is_copy`): of that nobody can tell whose voice it is.
    """

    at_ms: int
    channel: Channel
    lag_ms: int
    gain_db: float
    is_copy: bool


@dataclass(frozen=True, slots=True)
class AnnouncementHeard:
    """A recording is played on `channel` from `start_ms` until `end_ms`: turns that begin in it are nobody's voice.

    By its sound `end_ms` is where the recording will end, and lies ahead; by its words it is the end of the turn. By
    telephony it may lie far ahead; when the end is told, the same comes again with the true `end_ms`.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    name: str  # of the recording, or the words it was known by
    by: Literal["fingerprint", "words", "telephony"]


@dataclass(frozen=True, slots=True)
class WordsGuessed:
    """A caption not yet settled: display only, never stored, has no seq.

    Two successive guesses agree on its first `agreed` characters; later guesses of this turn never change those.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    text: str
    agreed: int = 0


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """The settled words of one turn. `lag_ms`: from the end of the turn to `at_ms`.

    `text` is as recognised; `shown` the same for reading, with punctuation and digits.
    """

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]
    lag_ms: int
    shown: str = ""


@dataclass(frozen=True, slots=True)
class WordsSuppressed:
    """What the recogniser wrote and nobody is believed to have said: kept for inspection, seen by no rule."""

    at_ms: int
    channel: Channel
    start_ms: int
    end_ms: int
    text: str
    reason: SuppressedBecause


@dataclass(frozen=True, slots=True)
class ClockTicked:
    """The audio clock while nothing else is to be said; display only, never stored, has no seq."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class RecordsWaiting:
    """So many published records are not in the store yet; display only, never stored, has no seq."""

    at_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class SilentCallStep:
    """Step 1..4 of the silent-call procedure (document 002); step 0 says it is over: the customer spoke.

    `state` is `say` until the agent's words are heard, then `wait`: `wait_ms` from their end, `wait_from_ms`.
    """

    at_ms: int
    step: int
    state: Literal["say", "wait", "over"]
    say: str
    next_say: str
    wait_from_ms: int | None
    wait_ms: int


@dataclass(frozen=True, slots=True)
class HintRaised:
    """`hint` numbers the hints of a call from 1; `clears_when` is a sentence for the agent."""

    at_ms: int
    hint: int
    rule: str
    severity: Severity
    title: str
    say: str
    why: str
    clears_when: str
    cite: Citation
    start_ms: int
    end_ms: int
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class HintShown:
    at_ms: int
    hint: int
    paint_ms: float | None = None  # slice to painted pixel, measured by the page


@dataclass(frozen=True, slots=True)
class HintDismissed:
    at_ms: int
    hint: int
    useful: bool | None = None  # False: 这条没用, neutral in every score


@dataclass(frozen=True, slots=True)
class HintDone:
    at_ms: int
    hint: int
    by: Literal["coach", "agent"]
    note: str = ""  # before -> after, e.g. "345 → 182 字/分"


@dataclass(frozen=True, slots=True)
class HintCleared:
    at_ms: int
    hint: int
    reason: Literal["done", "dismissed", "cause_gone", "replaced", "expired", "call_ended"]


@dataclass(frozen=True, slots=True)
class CallScored:
    at_ms: int
    total: float | None  # of 100; null when nothing was applicable
    fatal: int
    groups: tuple[ScoreGroup, ...]
    items: tuple[ScoreItem, ...]


Event = (
    CallStarted | CallEnded | FactsNoted | PhaseChanged | ChannelLost | ChannelBack | CaptureMeasured
    | RecordingStarted | RecordingStopped | StageFailed | StageBack
    | TurnStarted | TurnEnded | SilenceStarted | SilenceReached | SilenceEnded | OverlapNoted
    | BleedNoted | AnnouncementHeard
    | LevelMeasured | PaceMeasured | PitchMeasured
    | WordsGuessed | WordsHeard | WordsSuppressed | ClockTicked | RecordsWaiting
    | SilentCallStep | HintRaised | HintShown | HintDismissed | HintDone | HintCleared | CallScored
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnnouncementTold:
    """The telephone system plays a recording, or no more: a note, of which the call makes an AnnouncementHeard."""

    name: str
    duration_ms: int | None = None  # from now on; null when nobody knows
    playing: bool = True


# Told by pages and the telephone system.
PageNote = FactsNoted | HintShown | HintDismissed | HintDone | AnnouncementTold
Note = PageNote | CaptureMeasured | RecordingStarted | RecordingStopped  # comes from outside, as part of a slice


@dataclass(frozen=True, slots=True)
class Record:
    """What the store keeps, the bus carries and the socket sends. Captions not settled have seq null."""

    call_id: str
    seq: int | None
    event: Event
