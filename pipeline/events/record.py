"""All kinds of events together, the notes that come from outside, and the Record that is kept of each."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.call import CallEnded, CallStarted, ClockTicked, FactsNoted, PhaseChanged
from pipeline.events.channels import BleedNoted, CaptureMeasured, ChannelBack, ChannelLost
from pipeline.events.faults import OverloadNoted, RecordsWaiting, StageBack, StageFailed
from pipeline.events.hints import HintCleared, HintDismissed, HintDone, HintRaised, HintShown, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.prompts import AnnouncementHeard, AnnouncementTold
from pipeline.events.recording import RecordingStarted, RecordingStopped
from pipeline.events.score import CallScored
from pipeline.events.turns import OverlapNoted, SilenceEnded, SilenceReached, SilenceStarted, TurnEnded, TurnStarted
from pipeline.events.words import WordsGuessed, WordsHeard, WordsSuppressed

Event = (
    CallStarted | CallEnded | FactsNoted | PhaseChanged | ChannelLost | ChannelBack | CaptureMeasured
    | RecordingStarted | RecordingStopped | StageFailed | StageBack | OverloadNoted
    | TurnStarted | TurnEnded | SilenceStarted | SilenceReached | SilenceEnded | OverlapNoted
    | BleedNoted | AnnouncementHeard
    | LevelMeasured | PaceMeasured | PitchMeasured
    | WordsGuessed | WordsHeard | WordsSuppressed | ClockTicked | RecordsWaiting
    | SilentCallStep | HintRaised | HintShown | HintDismissed | HintDone | HintCleared | CallScored
)  # fmt: skip

# Told by pages and the telephone system.
PageNote = FactsNoted | HintShown | HintDismissed | HintDone | AnnouncementTold

Note = PageNote | CaptureMeasured | RecordingStarted | RecordingStopped  # comes from outside, as part of a slice


@dataclass(frozen=True, slots=True)
class Record:
    """What the store keeps, the bus carries and the socket sends. Captions not settled have seq null."""

    call_id: str
    seq: int | None
    event: Event
