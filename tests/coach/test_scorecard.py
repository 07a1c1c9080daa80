"""The scorecard: points, groups, fatal items, and what does not count."""

from __future__ import annotations

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.coach.scorecard import RuleNotes, score
from pipeline.events.channels import Channel
from pipeline.events.hints import HintCleared, HintDismissed, Span
from pipeline.events.score import Verdict
from tests.coach.story import AGENT, CUSTOMER, Story, item

_SPAN = Span(Channel.AGENT, 0, 100)


def test_points_over_applicable_weight(handbook: Rulebook) -> None:
    notes = {
        "midcall-dead-air": RuleNotes(1, broken=[_SPAN]),  # 10
        "no-interrupt": RuleNotes(1),  # 10
        "self-identify": RuleNotes(1, kept=[_SPAN]),  # 6
    }
    scored = score(5_000, handbook, notes)
    assert (scored.at_ms, scored.total, scored.fatal) == (5_000, 61.5, 0)
    groups = {group.name: (group.points, group.weight) for group in scored.groups}
    assert groups == {"开场": (6.0, 6), "声音": (0.0, 0), "倾听": (10.0, 20), "语言": (0.0, 0), "流程": (0.0, 0)}
    assert item(scored, "midcall-dead-air").evidence == (_SPAN,)
    assert item(scored, "self-identify").evidence == (_SPAN,)


def test_a_fatal_item_caps_the_total(handbook: Rulebook) -> None:
    notes = {rule.id: RuleNotes(1) for rule in handbook.rules}
    assert score(0, handbook, notes).total == 100.0
    notes["ban-none-of-my-business"].broken.append(_SPAN)
    scored = score(0, handbook, notes)
    assert (scored.total, scored.fatal) == (59.0, 1)


def test_nothing_applicable_has_no_total(handbook: Rulebook) -> None:
    scored = score(0, handbook, {})
    assert scored.total is None
    assert {i.verdict for i in scored.items} == {Verdict.NOT_APPLICABLE}
    assert {i.points for i in scored.items} == {None}


def test_without_words_the_rules_on_words_do_not_count(story: Story) -> None:
    story.until(500).speaks(AGENT, 2_000).speaks(CUSTOMER, 1_000).speaks(AGENT, 2_000)
    scored = story.finish()
    counted = {i.rule for i in scored.items if i.verdict is not Verdict.NOT_APPLICABLE}
    assert counted == {"midcall-dead-air", "no-interrupt"}
    assert scored.total == 100.0


def test_a_hint_of_no_use_is_neutral(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 1, useful=False))
    told = item(talk.finish(), "ban-i-dont-know")
    assert (told.verdict, told.points) == (Verdict.NOT_APPLICABLE, None)


def test_a_hint_merely_dismissed_counts(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 1))
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


def test_the_end_clears_the_hint_before_the_score(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道")
    talk.finish()
    assert isinstance(talk.said[-2], HintCleared)
    assert talk.cleared == [(1, "call_ended")]
