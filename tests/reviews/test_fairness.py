"""What would be unfair to the agent, or to whoever comes second, is refused."""

from __future__ import annotations

import pytest

from pipeline.events.score import Verdict
from pipeline.people.permissions import Role
from pipeline.reviews.entries import (
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    Undone,
    VerdictGiven,
)
from tests.reviews.stories import DAY_S, Story
from tests.reviews.test_review import MET, MISSED, NONE, PARTLY, finished, refused


@pytest.mark.parametrize("agent", ["lin", None], ids=["by agent id", "by answer"])
@pytest.mark.parametrize(
    ("role", "act"),
    [
        (Role.LEAD, AppealChecked("name", True, "是我")),
        (Role.QA, AppealDecided("name", MET, "是我")),
        (Role.QA, VerdictGiven("name", MET, "是我")),
        (Role.QA, ReviewFinished()),
        (Role.LEAD, ItemReopened("name", "是我")),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_who_was_the_agent_of_a_call_judges_nothing_of_it_in_another_role(
    agent: str | None, role: Role, act: Act
) -> None:
    story = finished()
    story.agent = agent
    story.say("lin", ItemAppealed("name", MET, "在 00:04 说了"))
    story.now += 30 * DAY_S
    assert refused(lambda: story.say("lin", act, role=role)) == "own"
    story.say("lin", Commented("我现在是质检", rule="name"), role=role)


def test_nor_of_one_of_which_they_have_said_nothing() -> None:
    story = finished()
    assert refused(lambda: story.say("lin", VerdictGiven("name", MISSED), role=Role.QA)) == "own"


def test_a_decision_is_not_worse_than_the_verdict_that_was_appealed() -> None:
    story = Story()
    story.say("xu", VerdictGiven("not-clear", PARTLY, "随后改口"))
    story.say("xu", ReviewFinished())
    for rule in ("not-clear", "name"):
        story.say("lin", ItemAppealed(rule, MET, "没说"))
        story.say("wang", AppealChecked(rule, True, "属实"))
    assert refused(lambda: story.say("xu", AppealDecided("not-clear", MISSED, "说了"))) == "worse"
    story.say("xu", AppealDecided("not-clear", PARTLY, "维持"))
    story.say("xu", AppealDecided("name", MISSED, "维持"))  # as the machine had found it
    assert story.review.items["not-clear"].judged is PARTLY


@pytest.mark.parametrize("verdict", [MET, NONE])
def test_nor_is_one_that_is_better_refused(verdict: Verdict) -> None:
    story = finished()
    story.say("lin", ItemAppealed("not-clear", PARTLY, "随后改口"))
    story.say("wang", AppealChecked("not-clear", True, "属实"))
    story.say("xu", AppealDecided("not-clear", verdict, "没说"))


def test_what_stands_last_is_taken_back_whatever_was_said_and_taken_back_since() -> None:
    story = Story()
    first = story.say("xu", VerdictGiven("name", MET, "说了"))
    second = story.say("xu", VerdictGiven("name", PARTLY, "只说了姓"))
    assert refused(lambda: story.say("xu", Undone(first))) == "changed"
    story.say("xu", Undone(second))
    third = story.say("he", VerdictGiven("name", NONE, "没有机会"))
    story.say("he", Undone(third))
    story.say("he", Commented("再听听", rule="name"))
    story.say("xu", Undone(first))
    assert "name" not in story.review.items


def test_of_two_times_for_an_answer_the_later_counts() -> None:
    story = finished()
    end = story.entries[-1].number
    story.now += 7 * DAY_S
    story.say("wang", ItemReopened("name", "病假"))
    reopened_until = story.review.items["name"].until
    story.say("xu", Undone(end))
    story.now += 3 * DAY_S
    story.say("xu", ReviewFinished())
    assert story.review.items["name"].until == story.now + 7 * DAY_S
    story.now = reopened_until + 1
    assert story.review.items["name"].answer == "open"
