"""A call once more, from what was kept of it: what was heard and told then, and what follows from it now.

What the conversation itself said then is left out and made anew. Words that were heard later, from the recording, are
told where they were said; hints of such a call are those that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.legend import legend
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.conversation import Conversation
from pipeline.errors import ScoreError
from pipeline.events.call import CallEnded, CallStarted, PhaseChanged
from pipeline.events.faults import StageFailed
from pipeline.events.hints import HintCleared, HintDismissed, HintDone, HintRaised, SilentCallStep
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.prompts import PromptPlayed
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import (
    AnswerAwaited,
    OverlapNoted,
    SilenceEnded,
    SilenceReached,
    SilenceStarted,
    SoundEnded,
    WaitEnded,
    WaitNearsEnd,
    WaitRequested,
)
from pipeline.events.words import WordsHeard
from pipeline.heard_later import in_place
from pipeline.ports import SLICE_MS

_FOLLOWS = (
    WaitRequested, WaitNearsEnd, WaitEnded, AnswerAwaited, SilenceStarted, SilenceReached, SilenceEnded,
    OverlapNoted, PhaseChanged, SilentCallStep, HintRaised, HintCleared, CallScored,
)  # fmt: skip
LONGEST_MS = 86_400_000
"""Of a call: a day. Time is passed slice by slice, so a damaged figure must not be waited for."""

_WholeCall = LevelMeasured | PaceMeasured | PitchMeasured


def check(rulebook: Rulebook, events: Sequence[Event]) -> CallStarted:
    """Raises ScoreError when the call was coached by another rulebook, or when some of it cannot be read."""
    started = _started(events)
    theirs, ours = _book(started), (rulebook.id, rulebook.version)
    if theirs != ours:
        wanted, given = " ".join(theirs), " ".join(ours)
        raise ScoreError(f"the call went by rulebook {wanted}; the one at hand is {given}", "rulebook")
    return started


def replay(rulebook: Rulebook, settings: TurnTakingSettings, events: Sequence[Event]) -> Iterator[list[Event]]:
    """The events of a call under `rulebook`, in order; the last list holds the score, as in `call.listen`.

    `events`: all that were kept of it. What a page answered to hints counts under the rulebook that raised them alone.
    Raises ScoreError when the beginning is missing or some of it cannot be read.
    """
    for facts, said in _replayed(rulebook, settings, events):
        yield [*facts, *said]


def rescore(rulebook: Rulebook, settings: TurnTakingSettings, events: Sequence[Event]) -> list[Event]:
    """What is said at the end of a call with these events, CallScored last. Raises ScoreError, see `check`."""
    check(rulebook, events)
    return [said for _, said in _replayed(rulebook, settings, events)][-1]


def follows(event: Event) -> bool:
    """Whether the conversation said it, and it was not heard or told."""
    match event:
        case HintDone(by="coach") | PromptPlayed(by="words"):
            return True
    return isinstance(event, _FOLLOWS)


def _book(started: CallStarted) -> tuple[str, str]:
    return started.rulebook_id, started.rulebook_version


def _started(events: Sequence[Event]) -> CallStarted:
    if unread := [event for event in events if isinstance(event, StageFailed) and event.stage == "record"]:
        raise ScoreError(unread[0].reason, unread[0].cause or "damaged")
    if any(isinstance(event, WordsHeard) and event.is_erased for event in events):
        raise ScoreError(
            "its words had been kept long enough and were deleted: without them there is no score", "erased"
        )
    begun = [event for event in events if isinstance(event, CallStarted)]
    if not begun:
        raise ScoreError("the call has no beginning, so nobody knows which rulebook it went by", "damaged")
    if len(begun) > 1:
        raise ScoreError(f"the call begins {len(begun)} times", "damaged")
    before = 0
    for number, event in enumerate(events, 1):
        where = f"record {number} ({type(event).__name__})"
        if not 0 <= event.at_ms <= LONGEST_MS:
            raise ScoreError(f"{where} is at {event.at_ms} ms; a call lasts a day at most", "damaged")
        if event.at_ms < before:
            raise ScoreError(f"{where} is at {event.at_ms} ms, after one at {before} ms", "damaged")
        before = event.at_ms
    return begun[0]


def _replayed(
    rulebook: Rulebook, settings: TurnTakingSettings, events: Sequence[Event]
) -> Iterator[tuple[list[Event], list[Event]]]:
    """What was heard, and what follows from it."""
    theirs = _started(events)
    shown = legend(rulebook, settings.both_limit_ms, settings.agent_limit_ms)
    started = replace(theirs, rulebook_id=rulebook.id, rulebook_version=rulebook.version, legend=shown)
    facts: Iterable[Event] = (started if event is theirs else event for event in events if not follows(event))
    if _book(theirs) != _book(started):
        facts = (event for event in facts if not isinstance(event, HintDismissed | HintDone))
    heard, rest, later = _to_the_end(list(facts))
    past = _hints(events) if later and _book(theirs) == _book(started) else None
    conversation, now = Conversation(rulebook, settings, started, past), 0
    for at_ms, told in _slices(in_place(heard, later)):
        is_after = isinstance(told[0], SoundEnded)  # the last slice itself was fed before
        yield from _pass_time(conversation, now, at_ms + SLICE_MS * is_after)
        yield told, conversation.feed(at_ms, told)
        now = at_ms
    end_ms = next((event.at_ms for event in rest if isinstance(event, CallEnded)), now)
    yield from _pass_time(conversation, now, end_ms + SLICE_MS)
    yield rest, conversation.finish(end_ms)


def _pass_time(conversation: Conversation, after_ms: int, until_ms: int) -> Iterator[tuple[list[Event], list[Event]]]:
    for at_ms in range(after_ms + SLICE_MS, until_ms, SLICE_MS):
        if said := conversation.feed(at_ms, []):
            yield [], said


def _slices(facts: Iterable[Event]) -> Iterator[tuple[int, list[Event]]]:
    """What was fed together: the facts of a slice, and at the end those from SoundEnded on."""
    at_ms, told = 0, list[Event]()
    for event in facts:
        if told and (event.at_ms != at_ms or isinstance(event, SoundEnded)):
            yield at_ms, told
            told = []
        at_ms = event.at_ms
        told.append(event)
    if told:
        yield at_ms, told


def _hints(events: Sequence[Event]) -> dict[tuple[str, int], int]:
    return {(event.rule, event.at_ms): event.hint for event in events if isinstance(event, HintRaised)}


def _to_the_end(facts: list[Event]) -> tuple[list[Event], list[Event], list[WordsHeard]]:
    """What was heard; what came after: the figures of the whole call, its end, facts that came too late; and the words
    that were heard later."""
    later = [event for event in facts if isinstance(event, WordsHeard) and event.heard_later]
    if later:
        facts = [event for event in facts if not (isinstance(event, WordsHeard) and event.heard_later)]
    end = next((at for at, event in enumerate(facts) if isinstance(event, CallEnded)), None)
    if end is None:
        return facts, [], later
    ended, first, seen = facts[end], end, set[tuple[str, ...]]()
    assert isinstance(ended, CallEnded)
    while (
        ended.reason == "finished"
        and first
        and isinstance(last := facts[first - 1], _WholeCall)
        and (last.at_ms, last.start_ms) == (ended.at_ms, 0)
    ):
        figure = (type(last).__name__, last.channel, last.basis if isinstance(last, PaceMeasured) else "")
        if figure in seen:  # a channel has each figure once: this one is of the last slice
            break
        seen.add(figure)
        first -= 1
    return facts[:first], facts[first:], later
