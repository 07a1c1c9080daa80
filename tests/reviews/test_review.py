"""How a review goes, step by step, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.errors import ReviewRefused
from pipeline.events.score import Verdict
from pipeline.reviews.card import judged
from pipeline.reviews.entries import (
    Act,
    AppealChecked,
    AppealDecided,
    Commented,
    CommentsSeen,
    ItemAccepted,
    ItemAppealed,
    ItemReopened,
    ReviewFinished,
    Undone,
    VerdictGiven,
    act_from_json,
    act_to_json,
)
from pipeline.reviews.review import UNCHECKED_S, Stage
from tests.reviews.cards import CARD, OLD, SPAN
from tests.reviews.stories import DAY_S, Story

MET, PARTLY, MISSED, NONE = Verdict.MET, Verdict.PARTLY, Verdict.MISSED, Verdict.NOT_APPLICABLE
FATAL = VerdictGiven("not-clear", MISSED)


def refused(say: Callable[[], object]) -> str:
    with pytest.raises(ReviewRefused) as error:
        say()
    return error.value.reason


def finished() -> Story:
    """Two faults, the fatal one confirmed and the wait, and the name, which is let stand by saying nothing."""
    story = Story()
    story.say("xu", FATAL)
    story.say("xu", ReviewFinished())
    return story


def test_without_a_word_of_anybody_a_card_is_as_it_was() -> None:
    found = judged(CARD, {})
    assert (found.total, found.fatal, found.assessed, found.offered, found.to_confirm) == (
        CARD.total, CARD.fatal, CARD.assessed, CARD.offered, CARD.to_confirm,
    )  # fmt: skip
    assert (found.groups, found.items) == (CARD.groups, CARD.items)
    assert Story().review.stage is Stage.NONE


def test_a_total_by_people_is_reckoned_as_the_machine_does() -> None:
    # 开场 15·8/15 = 8, 语言 max(0, 25 - 25) = 0, 流程 20·0 = 0: 8 of 60, and the fatal fault caps what is under it
    assert judged(CARD, {"not-clear": MISSED}).total == 13.3
    assert (judged(CARD, {"not-clear": MISSED}).fatal, judged(CARD, {"not-clear": MET}).fatal) == (1, 0)
    # half of the ban's 25 from its 25: 12.5, no fatal fault; 8 + 12.5 of 60
    partly = judged(CARD, {"not-clear": PARTLY})
    assert (partly.total, partly.fatal, partly.to_confirm) == (34.2, 0, 0)
    # half of the wait's 10 of 20 in its group of which nothing else counts: 10
    assert judged(CARD, {"not-clear": MET, "wait-told": PARTLY}).total == 71.7  # 8 + 25 + 10 of 60
    # no occasion: the group counts no more; 8 + 25 of 40
    without = judged(CARD, {"not-clear": MET, "wait-told": NONE})
    assert (without.total, without.offered, without.assessed) == (82.5, 50, 50)
    # and one that the machine saw no occasion for counts once a person says so
    assert judged(CARD, {"not-clear": MET, "silent-call": MET}).offered == 70


def test_there_is_no_total_where_too_little_is_judged_or_the_card_is_old() -> None:
    assert judged(OLD, {"not-clear": MET}).total is None
    most = {one.rule: NONE for one in CARD.items}
    assert judged(CARD, most).total is None
    assert judged(replace(CARD, least_weight=1_000), {"not-clear": MET}).total is None


def test_from_the_first_verdict_to_the_last_word() -> None:
    story = Story()
    story.say("xu", FATAL)
    assert story.review.stage is Stage.REVIEWING
    story.say("xu", ReviewFinished())
    review = story.review
    assert (review.stage, review.reviewer, review.until) == (Stage.TO_ANSWER, "xu", story.now + 7 * DAY_S)
    assert {rule for rule, one in review.items.items() if one.answer == "open"} == {"not-clear", "name", "wait-told"}
    story.say("lin", ItemAccepted("name"))
    story.say("lin", ItemAppealed("not-clear", PARTLY, "24 秒后主动改口", (SPAN,)))
    assert story.review.stage is Stage.TO_CHECK
    assert refused(lambda: story.say("xu", AppealDecided("not-clear", PARTLY, "属实"))) == "not_now"  # not checked yet
    story.say("wang", AppealChecked("not-clear", True, "属实，03:40 已答复"))
    assert story.review.stage is Stage.TO_DECIDE
    story.say("xu", AppealDecided("not-clear", PARTLY, "说了禁语，但随后主动查询"))
    review = story.review
    assert review.card is not None
    assert (review.stage, review.card.total, review.card.fatal) == (Stage.TO_ANSWER, 34.2, 0)  # the wait is open still
    story.say("lin", ItemAccepted("wait-told"))
    assert story.review.stage is Stage.DONE
    assert CARD.total == 55.0  # the machine's stays: 8 + 25 of 60, the ban not confirmed


def test_what_nobody_answers_in_time_is_as_it_was_found_and_a_lead_may_open_it_again() -> None:
    story = finished()
    story.now += 7 * DAY_S
    assert (story.review.stage, story.review.items["name"].answer) == (Stage.DONE, "expired")
    assert refused(lambda: story.say("lin", ItemAccepted("name"))) == "not_now"
    assert refused(lambda: story.say("lin", ItemAppealed("name", MET, "说了"))) == "not_now"
    story.say("wang", ItemReopened("name", "病假一周"))
    assert (story.review.stage, story.review.items["name"].answer) == (Stage.TO_ANSWER, "open")
    assert story.review.items["wait-told"].answer == "expired"
    story.say("lin", ItemAppealed("name", MET, "在 00:04 说了"))
    assert story.review.stage is Stage.TO_CHECK


def test_a_decision_does_not_wait_for_ever_for_a_lead_who_is_away() -> None:
    story = finished()
    story.say("lin", ItemAppealed("not-clear", MET, "没说"))
    assert refused(lambda: story.say("xu", AppealDecided("not-clear", MET, "听过"))) == "not_now"
    assert story.review.stage is Stage.TO_CHECK
    story.now += UNCHECKED_S
    assert story.review.stage is Stage.TO_DECIDE  # told to whoever is to decide
    story.say("xu", AppealDecided("not-clear", MET, "听过，没说"))


def test_of_two_who_judge_the_same_item_the_second_is_told() -> None:
    story = Story()
    story.say("xu", VerdictGiven("name", MET, "在 00:04 说了"), seen=0)
    assert refused(lambda: story.say("he", VerdictGiven("name", PARTLY, "只说了姓"), seen=0)) == "changed"
    story.say("he", VerdictGiven("wait-told", PARTLY, "说了一会儿"), seen=0)  # another item
    assert refused(lambda: story.say("xu", ReviewFinished(), seen=1)) == "changed"
    story.say("he", VerdictGiven("name", PARTLY, "只说了姓"))  # having seen it
    assert story.review.items["name"].judged is PARTLY


def test_a_reason_is_needed_wherever_a_person_finds_something_else() -> None:
    story = Story()
    for act in (
        VerdictGiven("name", MET), VerdictGiven("name", MET, "  "), VerdictGiven("greeting", NONE),
        VerdictGiven("not-clear", MET), VerdictGiven("name", MET, "长" * 1_001), Commented(" "),
    ):  # fmt: skip
        assert refused(lambda act=act: story.say("xu", act)) == "reason"  # type: ignore[misc]
    for act in (VerdictGiven("name", MISSED), VerdictGiven("greeting", MET), VerdictGiven("silent-call", NONE), FATAL):
        story.say("xu", act)  # as it was heard


def test_what_is_to_be_confirmed_is_heard_before_a_review_is_finished() -> None:
    story = Story()
    assert refused(lambda: story.say("xu", ReviewFinished())) == "not_now"
    story.say("xu", VerdictGiven("not-clear", MET, "说的是“不，清楚的”"))
    story.say("xu", ReviewFinished())
    assert refused(lambda: story.say("xu", ReviewFinished())) == "not_now"
    assert refused(lambda: story.say("xu", VerdictGiven("name", MET, "说了"))) == "not_now"


def test_only_who_said_something_takes_it_back_and_only_while_nothing_rests_on_it() -> None:
    story = Story()
    first = story.say("xu", VerdictGiven("name", MET, "说了"))
    assert refused(lambda: story.say("he", Undone(first))) == "not_now"
    assert refused(lambda: story.say("xu", Undone(99))) == "unknown"
    undone = story.say("xu", Undone(first))
    assert (story.review.items.get("name"), story.review.stage) == (None, Stage.NONE)
    assert refused(lambda: story.say("xu", Undone(first))) == "not_now"
    assert refused(lambda: story.say("xu", Undone(undone))) == "unknown"
    story.say("xu", FATAL)
    end = story.say("xu", ReviewFinished())
    assert refused(lambda: story.say("xu", Undone(end - 1))) == "not_now"
    story.say("xu", Undone(end))
    assert story.review.stage is Stage.REVIEWING
    end = story.say("xu", ReviewFinished())
    appeal = story.say("lin", ItemAppealed("name", MET, "说了"))
    assert refused(lambda: story.say("xu", Undone(end))) == "not_now"
    story.say("lin", Undone(appeal))
    assert story.review.items["name"].answer == "open"
    appeal = story.say("lin", ItemAppealed("name", MET, "在 00:04"))
    story.say("wang", AppealChecked("name", False, "没听到"))
    assert refused(lambda: story.say("lin", Undone(appeal))) == "changed"
    assert len(story.entries) == 10  # all that was said is kept


def test_only_what_is_a_fault_after_the_review_is_answered() -> None:
    story = finished()
    for act in (ItemAccepted("greeting"), ItemAppealed("greeting", PARTLY, "不对"), ItemAccepted("silent-call")):
        assert refused(lambda act=act: story.say("lin", act)) == "not_now"  # type: ignore[misc]
    assert refused(lambda: story.say("lin", ItemAccepted("no-such"))) == "unknown"
    assert refused(lambda: story.say("lin", ItemAppealed("name", MET, ""))) == "reason"
    assert refused(lambda: story.say("lin", ItemAppealed("name", MET, "是", (SPAN,) * 21))) == "wrong"
    assert refused(lambda: story.say("wang", AppealChecked("name", True, "对"))) == "not_now"
    story.say("lin", ItemAccepted("name"))
    assert refused(lambda: story.say("lin", ItemAppealed("name", MET, "想起来了"))) == "not_now"


def test_comments_are_read_answered_and_taken_back() -> None:
    story = Story()
    first = story.say("xu", Commented("这里可以先道歉", SPAN))
    assert (story.review.unseen, story.review.stage) == (1, Stage.NONE)
    story.say("lin", CommentsSeen(first))
    story.say("lin", Commented("明白", answers=first))
    assert (story.review.unseen, len(story.review.comments)) == (0, 2)  # own ones are not waited for
    assert refused(lambda: story.say("lin", Commented("?", answers=99))) == "unknown"
    story.say("xu", Undone(first))
    assert [entry.actor for entry in story.review.comments] == ["lin"]


def test_a_call_without_a_card_is_commented_on_and_not_judged() -> None:
    story = Story(card=None)
    story.say("xu", Commented("没有声音"))
    for act in (VerdictGiven("name", MET, "说了"), ReviewFinished()):
        assert refused(lambda act=act: story.say("xu", act)) == "not_now"  # type: ignore[misc]


@pytest.mark.parametrize(
    "act",
    [
        VerdictGiven("name", PARTLY, "说了姓"), ReviewFinished(5.5), ItemAccepted("name"),
        ItemAppealed("name", NONE, "没有机会", (SPAN,)), AppealChecked("name", False, "没听到"),
        AppealDecided("name", MET, "听到了"), ItemReopened("name", "病假", 9.25), Commented("好", SPAN, "name", 3),
        CommentsSeen(4), Undone(2),
    ],
    ids=lambda act: act.kind,
)  # fmt: skip
def test_an_act_is_read_as_it_was_written(act: Act) -> None:
    assert act_from_json(act.kind, act_to_json(act)) == act


def test_an_act_that_says_more_or_something_else_is_none() -> None:
    with pytest.raises(ValueError, match="by"):
        act_from_json("accepted", '{"rule": "name", "by": "me"}')
    with pytest.raises(ValueError, match="verdict"):
        act_from_json("verdict", '{"rule": "name", "verdict": "to_confirm"}')
