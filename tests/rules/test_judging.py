"""What benchmarks/rules says of a call: each hint, each thing wanted, each thing forbidden."""

from __future__ import annotations

import pytest

from benchmarks.rules.dialogues import Dialogue, Form, Must, MustNot
from benchmarks.rules.judging import Finding, Judge
from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.dialogues.reading import Line
from pipeline.events.call import PhaseChanged
from pipeline.events.channels import Channel
from pipeline.events.hints import Citation, HintRaised, Severity, SilentCallStep, Span
from pipeline.events.record import Event
from pipeline.events.score import CallScored, ScoreItem, Verdict
from pipeline.events.words import WordsHeard
from pipeline.folders import bundled

RULEBOOK = load_rulebook(bundled("rules", "handbook.yaml"))
RULE, OTHER = "ban-you-should", "ban-i-dont-know"


def dialogue(must: tuple[Must, ...] = (), must_not: tuple[MustNot, ...] = ()) -> Dialogue:
    lines = (Line(who="agent", start_s=8.0, end_s=9.4, text="你应该早点说"),)
    return Dialogue(id="T1", lines=lines, must=must, must_not=must_not)


def wanted(form: Form = "hint", item: str = RULE, not_before_s: float | None = None) -> Must:
    return Must(item=item, form=form, by_s=12.0, not_before_s=not_before_s)


def hint(at_s: float, rule: str = RULE, severity: Severity = Severity.WARNING) -> HintRaised:
    span = Span(Channel.AGENT, 8_000, 9_400, "你应该早点说")
    at_ms = round(at_s * 1000)
    return HintRaised(at_ms, 1, rule, severity, "", "建议您…", "", "", Citation("", ""), 8_000, 9_400, (span,))


def card(verdict: Verdict, rule: str = RULE) -> CallScored:
    return CallScored(60_000, None, 0, (), (ScoreItem(rule, "", "", verdict, 1, None, False),))


def findings(wants: Dialogue, *events: Event) -> list[Finding]:
    return Judge(wants, RULEBOOK, events).findings()


def judged(wants: Dialogue, *events: Event) -> list[tuple[str, str]]:
    return [(found.judgement, found.what) for found in findings(wants, *events)]


def test_a_hint_in_time_is_right_and_tells_its_words() -> None:
    (found,) = findings(dialogue((wanted(),)), hint(10.0))
    assert (found.judgement, found.what, found.at_s, found.heard) == ("right", f"hint {RULE}", 10.0, "你应该早点说")


@pytest.mark.parametrize(("at_s", "not_before_s"), [(13.1, None), (9.0, 9.6)])
def test_a_hint_at_another_time_is_not_right(at_s: float, not_before_s: float | None) -> None:
    wants = dialogue((wanted(not_before_s=not_before_s),))
    assert judged(wants, hint(at_s)) == [("untimely", f"hint {RULE}"), ("missed", f"hint {RULE}")]


def test_a_hint_that_never_came_is_missed_and_tells_what_was_heard() -> None:
    heard = WordsHeard(10_000, Channel.AGENT, 8_000, 9_400, "你应改早点说", (), 600)
    (found,) = findings(dialogue((wanted(),)), heard)
    assert (found.judgement, found.what, found.heard) == ("missed", f"hint {RULE}", "agent: 你应改早点说")


def test_a_forbidden_hint_is_wrong_and_one_nobody_spoke_of_is_extra() -> None:
    wants = dialogue(must_not=(MustNot(item=RULE),))
    assert judged(wants, hint(10.0), hint(20.0, OTHER)) == [("wrong", f"hint {RULE}"), ("extra", f"hint {OTHER}")]


@pytest.mark.parametrize(("verdict", "form", "judgement"), [
    (Verdict.MET, "met", "right"), (Verdict.MISSED, "met", "wrong"), (Verdict.NOT_APPLICABLE, "met", "missed"),
    (Verdict.MISSED, "missed", "right"), (Verdict.MET, "missed", "wrong"),
])  # fmt: skip
def test_the_card_is_judged(verdict: Verdict, form: Form, judgement: str) -> None:
    assert judged(dialogue((wanted(form),)), card(verdict)) == [(judgement, f"card {RULE}")]


def test_what_is_forbidden_must_not_be_missed_on_the_card() -> None:
    wants = dialogue(must_not=(MustNot(item=RULE),))
    assert judged(wants, card(Verdict.MISSED)) == [("wrong", f"card {RULE}")]
    assert judged(wants, card(Verdict.MET)) == []


def test_one_hint_at_a_time_a_graver_one_may_take_its_place() -> None:
    graver = hint(9.8, OTHER, Severity.CRITICAL)
    wants = dialogue((wanted(),))
    on_card = ("right", f"hint {RULE}")
    assert on_card in judged(wants, graver, card(Verdict.MISSED))
    assert on_card not in judged(wants, graver, card(Verdict.NOT_APPLICABLE)), "the card does not say so"
    long_before = hint(2.0, OTHER, Severity.CRITICAL)
    assert on_card not in judged(wants, long_before, card(Verdict.MISSED))


def test_scripts_and_phases_are_judged_by_their_events() -> None:
    wants = dialogue((wanted("script", "silent-call-prompt-2"), wanted("phase", "complaint-accept-warmly")))
    shown = (SilentCallStep(11_000, 2, "say", "", "", None, 5_000), PhaseChanged(11_500, "complaint"))
    both = ["script silent-call-prompt-2", "phase complaint-accept-warmly"]
    assert judged(wants, *shown) == [("right", what) for what in both]
    assert judged(wants) == [("missed", what) for what in both]


def test_what_no_rule_has_is_said_and_counted_as_missed_where_a_hint_is_wanted() -> None:
    wants = dialogue(
        (wanted(item="no-such-item"), wanted("met", "no-such-item"), wanted("promise", "promise-with-time"))
    )
    found = findings(wants)
    assert [one.judgement for one in found] == ["missed", "not judged", "not judged"]
    assert found[0].note == found[1].note == "no rule has this item"
