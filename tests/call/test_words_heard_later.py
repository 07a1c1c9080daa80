"""Words that were heard later, from the recording: they count as if they had come in time, and raise nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.audio.turn_taking import TurnTakingSettings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallEnded
from pipeline.events.hints import HintDismissed, HintRaised
from pipeline.events.measures import PaceMeasured
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.words import WordsHeard
from pipeline.replay import follows, replay, rescore
from tests.call.test_replay import kept, live
from tests.conftest import Slices

SETTINGS = TurnTakingSettings()


def without_words(slices: Slices, rulebook: Rulebook, answers: Slices | None = None) -> tuple[list[Event], list[Event]]:
    """The same call with no recogniser, up to its end; and the words that were said in it, as they are heard later."""
    heard = [[e for e in events if not follows(e) and not _is_by_words(e)] for events in slices[:-1]]
    for n, told in enumerate(answers or []):
        heard[n] += told
    _, silent = live(rulebook, heard)
    end_ms = len(heard) * 20
    words = [e for e in kept(slices) if isinstance(e, WordsHeard)]
    later = [replace(e, at_ms=end_ms, lag_ms=end_ms - e.end_ms, heard_later=True) for e in words]
    return [*kept(silent), CallEnded(end_ms, "interrupted")], list(later)


def _is_by_words(event: Event) -> bool:
    return isinstance(event, WordsHeard) or (isinstance(event, PaceMeasured) and event.basis == "words")


def verdicts(events: list[Event]) -> dict[str, object]:
    scored = events[-1]
    assert isinstance(scored, CallScored)
    # Pauses within turns are known by the words alone, so that a pace may be found elsewhere by a hair.
    return {i.rule: (i.verdict, i.points, i.evidence if i.rule != "speech-rate-150" else ()) for i in scored.items}


def hints(events: list[Event]) -> list[tuple[str, int, int]]:
    return [(e.rule, e.at_ms, e.hint) for e in events if isinstance(e, HintRaised)]


def test_they_count_as_those_that_came_in_time(demo_call: Slices, rulebook: Rulebook) -> None:
    silent, later = without_words(demo_call, rulebook)
    in_time = rescore(rulebook, SETTINGS, kept(demo_call))

    blind, mended = rescore(rulebook, SETTINGS, silent), rescore(rulebook, SETTINGS, [*silent, *later])

    assert verdicts(blind) != verdicts(in_time)
    assert verdicts(mended) == verdicts(in_time)
    assert isinstance(scored := mended[-1], CallScored)
    assert scored.assessed > blind[-1].assessed  # type: ignore[union-attr]


def test_hints_of_the_past_stay_as_they_were(demo_call: Slices, rulebook: Rulebook) -> None:
    silent, later = without_words(demo_call, rulebook)
    again = [e for events in replay(rulebook, SETTINGS, [*silent, *later]) for e in events]

    assert set(hints(again)) <= set(hints(silent))
    assert {e[0] for e in hints(again)} < {e[0] for e in hints(kept(demo_call))}
    heard = [e for e in again if isinstance(e, WordsHeard)]
    assert [e.start_ms for e in heard] == [e.start_ms for e in sorted(heard, key=lambda e: e.at_ms)]
    assert all(e.heard_later and e.lag_ms < 700 for e in heard)


def test_an_answer_belongs_to_the_hint_that_was_answered(demo_call: Slices, rulebook: Rulebook) -> None:
    """Numbers of hints are those of then: 这条没用 takes back nothing that another rule found."""
    silent, later = without_words(demo_call, rulebook)
    last = hints(silent)[-1]
    answers: Slices = [[] for _ in demo_call[:-1]]
    answers[last[1] // 20 + 50].append(HintDismissed(last[1] + 1_000, last[2], useful=False))
    answered, later = without_words(demo_call, rulebook, answers)

    plain = verdicts(rescore(rulebook, SETTINGS, [*silent, *later]))
    taken_back = verdicts(rescore(rulebook, SETTINGS, [*answered, *later]))

    assert {rule for rule in plain if plain[rule] != taken_back[rule]} <= {last[0]}


def test_under_another_rulebook_they_raise_nothing_either(demo_call: Slices, rulebook: Rulebook) -> None:
    silent, later = without_words(demo_call, rulebook)
    other = rulebook.model_copy(update={"version": "1999-01"})
    by_words = {rule.id for rule in rulebook.rules if rule.kind.words == "needed"}

    again = [e for events in replay(other, SETTINGS, [*silent, *later]) for e in events]

    in_time = [e for events in replay(other, SETTINGS, kept(demo_call)) for e in events]
    said_then = {rule for rule, _, _ in hints(in_time) if rule in by_words}
    assert said_then, "else this tells nothing"
    assert len({rule for rule, _, _ in hints(again) if rule in by_words}) < len(said_then)


@pytest.mark.parametrize("cut", [10, -3])
def test_some_of_them_are_enough(demo_call: Slices, rulebook: Rulebook, cut: int) -> None:
    silent, later = without_words(demo_call, rulebook)
    assert isinstance(rescore(rulebook, SETTINGS, [*silent, *later[:cut]])[-1], CallScored)
