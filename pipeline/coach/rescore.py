"""The score of a call that broke off: the coach again, over the events that were kept of it.

The same coach as in the call, fed with what was not its own; where it spoke then says where it was fed. Captions are
not kept, but all they can do to a coach is to give it the moment for something it says, and that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.coach.coach import Coach
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.errors import ScoreError
from pipeline.events.call import CallEnded, CallStarted, ClockTicked, PhaseChanged
from pipeline.events.faults import StageBack, StageFailed
from pipeline.events.hints import HintCleared, HintDone, HintRaised, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.prompts import AnnouncementHeard
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.ports import SLICE_MS

_OWN = (PhaseChanged, SilentCallStep, HintRaised, HintCleared, CallScored)
_NOT_HEARD = (CallEnded, StageFailed, StageBack, ClockTicked)
_WholeCall = LevelMeasured | PaceMeasured | PitchMeasured


def check(rulebook: Rulebook, events: Sequence[Event]) -> CallStarted:
    """Raises ScoreError when the call was coached by another rulebook, or when some of it cannot be read."""
    if unread := [event for event in events if isinstance(event, StageFailed) and event.stage == "record"]:
        raise ScoreError(unread[0].reason, unread[0].cause or "damaged")
    started = next((event for event in events if isinstance(event, CallStarted)), None)
    if started is None:
        raise ScoreError("the call has no beginning, so nobody knows which rulebook it went by", "damaged")
    theirs, ours = (started.rulebook_id, started.rulebook_version), (rulebook.id, rulebook.version)
    if theirs != ours:
        wanted, given = " ".join(theirs), " ".join(ours)
        raise ScoreError(f"the call went by rulebook {wanted}; the one at hand is {given}", "rulebook")
    return started


def rescore(rulebook: Rulebook, events: Sequence[Event]) -> list[Event]:
    """What the coach says at the end of a call with these events, CallScored last. Raises ScoreError, see `check`."""
    started = check(rulebook, events)
    ended = next((event for event in events if isinstance(event, CallEnded)), None)
    coach, now = Coach(rulebook, started.facts, started.channels), 0
    for at_ms, heard in _slices(events if ended is None else _before(ended, events)):
        _pass_time(coach, now, at_ms)
        # A slice of captions alone in which the coach spoke: it is fed when there is anything at all.
        coach.feed(at_ms, heard or [ClockTicked(at_ms)])
        now = at_ms
    end_ms = now if ended is None else ended.at_ms
    _pass_time(coach, now, end_ms + SLICE_MS)
    return coach.finish(end_ms)


def _pass_time(coach: Coach, after_ms: int, until_ms: int) -> None:
    for at_ms in range(after_ms + SLICE_MS, until_ms, SLICE_MS):
        coach.feed(at_ms, [])


def _slices(events: Iterable[Event]) -> Iterator[tuple[int, list[Event]]]:
    """What the coach heard each time that it was fed. It speaks last: what follows its words came the next time."""
    at_ms, heard, has_spoken, is_open = 0, list[Event](), False, False
    for event in events:
        if isinstance(event, _NOT_HEARD):
            continue
        speaks = is_own(event)
        if is_open and (event.at_ms != at_ms or (has_spoken and not speaks)):
            yield at_ms, heard
            heard, has_spoken = [], False
        at_ms, is_open, has_spoken = event.at_ms, True, has_spoken or speaks
        if not speaks:
            heard.append(event)
    if is_open:
        yield at_ms, heard


def is_own(event: Event) -> bool:
    """Whether the coach said it, and not what it heard."""
    match event:
        case HintDone(by="coach") | AnnouncementHeard(by="words"):
            return True
    return isinstance(event, _OWN)


def _before(ended: CallEnded, events: Sequence[Event]) -> list[Event]:
    """What the coach may have heard: the figures of the whole call stand before CallEnded, and came after its turn."""
    left, seen = list(events[: events.index(ended)]), set[tuple[str, ...]]()
    while (
        ended.reason == "finished"
        and left
        and isinstance(last := left[-1], _WholeCall)
        and (last.at_ms, last.start_ms) == (ended.at_ms, 0)
    ):
        figure = (type(last).__name__, last.channel, last.basis if isinstance(last, PaceMeasured) else "")
        if figure in seen:  # a channel has each figure once: this one is of the last slice
            break
        seen.add(figure)
        left.pop()
    return left
