"""A call that was cut off gets the score its coach would have given there."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import chain

import pytest

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.conversation import Conversation
from pipeline.errors import ScoreError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.channels import Channel
from pipeline.events.faults import StageFailed
from pipeline.events.hints import HintDismissed, HintRaised
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.replay import follows, rescore as rescored
from pipeline.session.keeper import DISPLAY_ONLY
from tests.conftest import Slices

SETTINGS = TurnTakingSettings()


def rescore(rulebook: Rulebook, events: list[Event]) -> list[Event]:
    return rescored(rulebook, SETTINGS, events)


def kept(slices: Slices) -> list[Event]:
    return [event for event in chain(*slices) if not isinstance(event, DISPLAY_ONLY)]


def live(rulebook: Rulebook, heard: Slices) -> tuple[Conversation, Slices]:
    """A conversation that hears all of this, captions too, and all the events of each slice."""
    started = heard[0][0]
    assert isinstance(started, CallStarted)
    talk = Conversation(rulebook, SETTINGS, started)
    return talk, [[*events, *talk.feed(n * 20, events)] for n, events in enumerate(heard)]


def answered(slices: Slices) -> Slices:
    """What the coach of these slices heard, with 这条没用 said a second after each hint."""
    heard = [[event for event in events if not follows(event)] for events in slices]
    for n, events in enumerate(slices[:-60]):
        for hint in events:
            if isinstance(hint, HintRaised):
                heard[n + 50].insert(0, HintDismissed(hint.at_ms + 1_000, hint.hint, useful=False))
    return heard


def test_a_whole_call_without_its_score_gets_the_same_one(demo_call: Slices, rulebook: Rulebook) -> None:
    events = kept(demo_call)
    assert isinstance(events[-1], CallScored)
    end = events.index(CallEnded(events[-1].at_ms, "finished"))
    assert rescore(rulebook, events[: end + 1]) == events[end + 1 :]
    assert rescore(rulebook, events[:-1]) == events[end + 1 :]  # what is there already may be given too


@pytest.mark.parametrize("with_answers", [False, True])
def test_cut_anywhere_it_is_scored_as_its_coach_would_have(
    demo_call: Slices, rulebook: Rulebook, with_answers: bool
) -> None:
    heard = answered(demo_call[:-1])
    if not with_answers:
        heard = [[event for event in events if not isinstance(event, HintDismissed)] for events in heard]
    moments = [n for n, events in enumerate(heard) if events]
    cuts = {*random.Random(11).sample(moments, 25), 0, moments[-1]}
    scores = set()
    for cut in sorted(cuts):
        talk, slices = live(rulebook, heard[: cut + 1])
        wanted = talk.finish(cut * 20)
        events = kept(slices)
        assert rescore(rulebook, events) == wanted, f"cut at {cut * 20} ms"
        ended = CallEnded(cut * 20, "interrupted")
        assert rescore(rulebook, [*events, StageFailed(cut * 20, "store", "full"), ended]) == wanted
        scored = wanted[-1]
        assert isinstance(scored, CallScored)
        scores.add((scored.total, sum(item.note != "" for item in scored.items)))
    assert len(scores) > 5  # the cuts are not all alike


def test_figures_of_the_whole_call_are_no_part_of_it(demo_call: Slices, rulebook: Rulebook) -> None:
    """They are measured when the coach has heard everything, so not even an impossible pace may change the score."""
    events = [e for e in kept(demo_call) if not isinstance(e, PaceMeasured) or e.start_ms == 0]
    figures = [e for e in events if isinstance(e, PaceMeasured) and (e.channel, e.basis) == (Channel.AGENT, "words")]
    scored, last = rescore(rulebook, events)[-1], events.index(figures[-1])
    assert isinstance(scored, CallScored)
    events[last] = replace(figures[-1], speaking_rate=800.0, articulation_rate=900.0)
    assert rescore(rulebook, events)[-1] == scored
    stopped = CallEnded(scored.at_ms, "interrupted")  # one that broke off has no such figures: that pace was heard
    assert rescore(rulebook, [*events[: last + 1], stopped])[-1] != scored


def test_time_that_passed_before_the_end_counts(demo_call: Slices, rulebook: Rulebook) -> None:
    """Nothing was kept of the last seconds but the end: the coach's own times go on in them."""
    heard = [[event for event in events if not follows(event)] for events in demo_call[:-1]]
    cut = next(n for n, events in enumerate(demo_call) if any(_expires(rulebook, event) for event in events))
    talk, slices = live(rulebook, [*heard[: cut + 1], *[[] for _ in range(1_500)]])
    events = [event for event in kept(slices) if event.at_ms <= cut * 20]
    end_ms = (cut + 1_500) * 20
    assert rescore(rulebook, [*events, CallEnded(end_ms, "interrupted")]) == talk.finish(end_ms)


def _expires(rulebook: Rulebook, event: Event) -> bool:
    return isinstance(event, HintRaised) and rulebook.rule(event.rule).expires_ms is not None


def test_another_rulebook_gives_no_score(demo_call: Slices, rulebook: Rulebook) -> None:
    other = rulebook.model_copy(update={"version": "1999-01"})
    with pytest.raises(ScoreError, match=rf"went by rulebook {rulebook.id} .*; the one at hand is .* 1999-01"):
        rescore(other, kept(demo_call))


def test_a_call_without_its_beginning_gets_none(demo_call: Slices, rulebook: Rulebook) -> None:
    with pytest.raises(ScoreError, match="no beginning"):
        rescore(rulebook, kept(demo_call)[1:])


def test_a_call_whose_words_were_deleted_gets_none(demo_call: Slices, rulebook: Rulebook) -> None:
    """Without them every rule of words would seem missed."""
    events: list[Event] = [
        replace(event, text="", words=(), shown="", is_erased=True) if isinstance(event, WordsHeard) else event
        for event in kept(demo_call)
    ]
    with pytest.raises(ScoreError, match="were deleted") as error:
        rescore(rulebook, events)
    assert error.value.cause == "erased"


def test_a_call_with_a_record_that_cannot_be_read_gets_none(demo_call: Slices, rulebook: Rulebook) -> None:
    events = kept(demo_call)
    events[40] = StageFailed(events[40].at_ms, "record", "record 41 of call a is damaged", "damaged")
    with pytest.raises(ScoreError, match="record 41"):
        rescore(rulebook, events)
