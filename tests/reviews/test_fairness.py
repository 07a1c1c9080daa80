"""What would be unfair to the agent, or to whoever comes second, is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.events.score import Verdict
from pipeline.people.permissions import Role
from pipeline.reviews.entries import (
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    CommentsSeen,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    Undone,
    VerdictGiven,
)
from pipeline.reviews.refusals import Asked, is_repeated
from tests.reviews.cards import SPAN
from tests.reviews.stories import DAY_S, WHO, Story
from tests.reviews.test_review import FATAL, MET, MISSED, NONE, PARTLY, finished, refused


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


@pytest.mark.parametrize("span", [(-5, 9), (500, 1), (0, 86_400_001), (10**12, 10**30)])
def test_a_span_is_one_that_may_be_in_a_call(span: tuple[int, int]) -> None:
    wrong = replace(SPAN, start_ms=span[0], end_ms=span[1])
    story = finished()
    assert refused(lambda: story.say("xu", Commented("这里", wrong))) == "wrong"
    assert refused(lambda: story.say("lin", ItemAppealed("name", MET, "这里", (SPAN, wrong)))) == "wrong"


def test_no_more_is_seen_than_there_is() -> None:
    story = Story()
    first = story.say("xu", Commented("先道歉"))
    for upto in (-5, first + 1, 10**12):
        assert refused(lambda upto=upto: story.say("lin", CommentsSeen(upto))) == "unknown"  # type: ignore[misc]
    story.say("lin", CommentsSeen(first))
    story.say("xu", Commented("再看一次"))
    assert story.review.unseen == 1


def test_a_comment_is_on_an_item_of_the_card_or_on_none() -> None:
    story = Story()
    for rule in ("13812346021", "长" * 60_000):
        assert refused(lambda rule=rule: story.say("xu", Commented("好", rule=rule))) == "unknown"  # type: ignore[misc]
    story.say("xu", Commented("好", rule="name"))
    story.card = None
    assert refused(lambda: story.say("xu", Commented("好", rule="name"))) == "unknown"


@pytest.mark.parametrize(
    "blank", ["\u200b", "\u3000\u200b", "\ufeff\u2060", "\u2800", "\u3164", "\u202e", "\x00", "\u0301"]
)
def test_a_text_of_nothing_visible_is_none(blank: str) -> None:
    assert refused(lambda: Story().say("xu", Commented(blank))) == "reason"
    assert refused(lambda: Story().say("xu", VerdictGiven("name", MET, blank))) == "reason"
    Story().say("xu", Commented(f"{blank}👍"))


def test_what_comes_again_as_its_answer_was_lost_is_known_and_nothing_else() -> None:
    story = Story()
    met, comment = VerdictGiven("name", MET, "说了"), Commented("先道歉")

    def again(who: str, act: Act, seen: int = 0) -> bool:
        return is_repeated(Asked(act, who, WHO[who], seen, story.now), story.entries)

    assert not again("xu", met)
    story.say("xu", met)
    assert again("xu", met)
    assert not again("xu", met, seen=1)  # having seen it: said once more on purpose
    assert not again("he", met)
    assert not again("xu", VerdictGiven("name", PARTLY, "说了"))
    story.say("xu", comment)
    story.say("he", Commented("不用"))
    assert [again("xu", comment), again("he", comment), again("xu", met)] == [True, False, True]
    undone = Undone(1)
    story.say("xu", undone)
    assert [again("xu", undone), again("xu", met)] == [True, False]
    story.say("xu", FATAL)
    story.say("xu", ReviewFinished())
    assert [again("xu", ReviewFinished()), again("he", ReviewFinished()), again("xu", FATAL)] == [True, False, True]
