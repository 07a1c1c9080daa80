"""What may stand behind the end of a call: its score, facts told too late, words heard later, and what failed there."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.events.call import CallEnded, ClockTicked, FactsNoted
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.hints import HintCleared, HintDone
from pipeline.events.record import Event
from pipeline.events.recording import RecordingStopped
from pipeline.events.score import CallScored
from pipeline.events.words import LanguageHeard, WordsHeard, WordsSuppressed

_FOLLOWING = (
    CallScored | HintCleared | HintDone  # the score, and the end of the hint that stood
    | FactsNoted | RecordingStopped  # told too late for the last slice; a consent taken back
    | StageFailed | StageBack | ClockTicked  # of store, score and recogniser; ClockTicked marks records given up
    | WordsSuppressed | LanguageHeard  # with words that are heard later
)  # fmt: skip


def may_follow_end(event: Event) -> bool:
    if isinstance(event, WordsHeard):
        return event.heard_later
    return isinstance(event, _FOLLOWING)


def strays(events: Sequence[Event], has_ended: bool) -> Event | None:
    """The first of these that stands behind the end of its call and may not. `has_ended`: before them."""
    for event in events:
        if has_ended and not may_follow_end(event):
            return event
        has_ended |= isinstance(event, CallEnded)
    return None
