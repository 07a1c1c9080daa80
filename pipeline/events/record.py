"""The union of all events, the events that come from outside the audio (notes), and the stored Record."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.call import CallEnded, CallStarted, ClockTicked, FactsNoted, PhaseChanged
from pipeline.events.channels import (
    BleedNoted,
    CaptureMeasured,
    ChannelBack,
    ChannelLost,
    GapEnded,
    GapStarted,
    LineNoiseRemoved,
)
from pipeline.events.faults import OverloadNoted, RecordsWaiting, StageBack, StageFailed
from pipeline.events.help import (
    HelpAsked,
    HelpClosed,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.events.hints import HintCleared, HintDismissed, HintDone, HintRaised, HintShown, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.prompts import PromptPlayed, PromptTold
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.events.score import CallScored
from pipeline.events.turns import (
    AnswerAwaited,
    OnsetPending,
    OverlapNoted,
    SilenceEnded,
    SilenceReached,
    SilenceStarted,
    SoundEnded,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitNearsEnd,
    WaitRequested,
)
from pipeline.events.words import LanguageHeard, WordsGuessed, WordsHeard, WordsSuppressed

Event = (
    CallStarted | CallEnded | FactsNoted | PhaseChanged
    | GapStarted | GapEnded | ChannelLost | ChannelBack | CaptureMeasured
    | RecordingStarted | RecordingStopped | StageFailed | StageBack | OverloadNoted
    | TurnStarted | TurnEnded | OnsetPending | SoundEnded
    | WaitRequested | WaitNearsEnd | WaitEnded | AnswerAwaited
    | SilenceStarted | SilenceReached | SilenceEnded | OverlapNoted
    | LineNoiseRemoved | BleedNoted | PromptPlayed
    | LevelMeasured | PaceMeasured | PitchMeasured
    | WordsGuessed | WordsHeard | WordsSuppressed | LanguageHeard | ClockTicked | RecordsWaiting
    | SilentCallStep | HintRaised | HintShown | HintDismissed | HintDone | HintCleared | CallScored
    | HelpAsked | HelpReceived | HelpTaken | HelpClosed | WhisperSent | WhisperSeen | ListenStarted | ListenEnded
)  # fmt: skip

# Told by a team lead, and by what sends the sound to them.
FloorNote = HelpReceived | HelpTaken | HelpClosed | WhisperSent | ListenStarted | ListenEnded

# Caused by pages and the telephone system.
PageNote = FactsNoted | HintShown | HintDismissed | HintDone | PromptTold | HelpAsked | WhisperSeen | FloorNote

Note = PageNote | CaptureMeasured | RecordingStarted | RecordingStopped  # reaches the call as part of a slice


@dataclass(frozen=True, slots=True)
class Record:
    """An event with its call and its number: what the store keeps, the bus publishes and the socket sends.

    `seq` counts the stored records of a call from 1; null for display-only events, which are never stored.
    """

    call_id: str
    seq: int | None
    event: Event
