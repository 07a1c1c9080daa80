"""The table by which a rule's worth is judged."""

from __future__ import annotations

from pipeline.events.score import Verdict
from pipeline.reviews.agreement import RuleAgreement, agreement
from pipeline.reviews.entries import AppealChecked, AppealDecided, ItemAppealed, ReviewFinished, VerdictGiven
from tests.reviews.cards import CARD
from tests.reviews.stories import Story

MET, PARTLY, MISSED, NONE = Verdict.MET, Verdict.PARTLY, Verdict.MISSED, Verdict.NOT_APPLICABLE


def rows(*stories: Story, of_no_use: dict[str, int] | None = None) -> dict[str, RuleAgreement]:
    table = agreement([(CARD, story.entries) for story in stories], of_no_use or {}, stories[0].now)
    return {row.rule: row for row in table}


def test_a_finished_review_judges_all_that_it_left_and_an_open_one_only_what_it_says() -> None:
    done, begun = Story(), Story()
    done.say("xu", VerdictGiven("not-clear", MISSED))
    done.say("xu", VerdictGiven("name", MET, "在 00:04"))
    done.say("xu", ReviewFinished())
    begun.say("xu", VerdictGiven("greeting", MISSED, "没问好"))
    table = rows(done, begun)
    assert (table["greeting"].agreed, table["greeting"].missed_faults, table["greeting"].share) == (1, 1, 0.5)
    assert (table["name"].false_faults, table["name"].judged) == (1, 1)
    assert (table["not-clear"].confirmed, table["not-clear"].share) == (1, 1.0)
    assert (table["wait-told"].agreed, "silent-call" in table) == (1, False)


def test_the_last_word_counts() -> None:
    story = Story()
    story.say("xu", VerdictGiven("not-clear", MISSED))
    story.say("xu", ReviewFinished())
    story.say("lin", ItemAppealed("not-clear", MET, "没说"))
    story.say("wang", AppealChecked("not-clear", True, "是没说"))
    assert rows(story)["not-clear"].confirmed == 1
    story.say("xu", AppealDecided("not-clear", MET, "听错了"))
    assert (rows(story)["not-clear"].confirmed, rows(story)["not-clear"].dismissed) == (0, 1)


def test_half_met_and_not_applicable_are_something_else_and_hints_of_no_use_stand_beside() -> None:
    story = Story()
    story.say("xu", VerdictGiven("greeting", NONE, "客户先说的"))
    story.say("xu", VerdictGiven("wait-told", PARTLY, "说了一会儿"))
    table = rows(story, of_no_use={"pace": 3})
    assert (table["greeting"].otherwise, table["wait-told"].otherwise) == (1, 1)
    assert (table["pace"].of_no_use, table["pace"].judged, table["pace"].share) == (3, 0, None)
    assert next(iter(table)) == "pace"  # most disagreement first
