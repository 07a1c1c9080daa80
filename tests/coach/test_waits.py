"""Who asks for patience, and for how long."""

from __future__ import annotations

import pytest

from pipeline.coach.procedures.waits import Waiting, Waits
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.turns import AnswerAwaited, WaitEnded, WaitRequested
from tests.coach.story import AGENT, CUSTOMER, words


def limit_ms(text: str, waits: Waits) -> int | None:
    found = Waiting(waits).feed(2_600, words(2_600, AGENT, 1_000, 2_000, text))
    return next((event.limit_ms for event in found if isinstance(event, WaitRequested)), None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("请稍等", 30),
        ("稍等一下", 30),
        ("等一下", 30),
        ("等我找一下", 30),
        ("我帮您查一下", 30),
        ("好的，请稍等，我帮您查一下。", 30),
        ("好请少等我查一下", 30),  # what recognisers make of 稍等
        ("请您耐心等待", 30),
        ("请您等几分钟", 30),
        ("等一下啊我去拿", 30),
        ("请您等两分钟", 120),
        ("请您稍等三十秒", 30),
        ("请稍等，大约四十五秒", 45),
        ("大概需要两分钟，请稍等", 120),
        ("稍等两三分钟", 180),
        ("您稍等一分半钟", 90),
        ("请等半分钟", 30),
        ("不过即使这样也麻烦您等大约15分钟您看可以吗", 900),
        ("给我两分钟", 120),
        ("请等两个小时", 1_800),
    ],
)
def test_asks_to_wait(handbook: Rulebook, text: str, seconds: int) -> None:
    assert limit_ms(text, handbook.waits) == seconds * 1_000


@pytest.mark.parametrize(
    "text",
    [
        "不用等", "不用等两分钟", "不用稍等", "不等了", "没等多久", "让您久等了", "对不起，让您久等了",
        "我们不会让您久等的", "感谢您的等待", "谢谢您的耐心等待", "等我下班", "我等了二十分钟了", "我都等两分钟了",
        "您帮我查一下我的订单", "您能帮我看一下吗", "我已经帮您查过了", "我稍后给您回电", "请稍后再拨",
        "您等一下会收到短信", "请等通知", "十五分钟到账", "三十秒之前", "大约15分钟", "等级是一级",
        "请稍等，您的手机号是多少", "我刚帮您查询了", "帮您查到了，明天送", "我帮您确认收货", "请您在门口等候",
        "查询一下可以打12345", "",
    ],
)  # fmt: skip
def test_asks_for_nothing(handbook: Rulebook, text: str) -> None:
    assert limit_ms(text, handbook.waits) is None


def test_limits_are_the_rulebooks(handbook: Rulebook) -> None:
    waits = handbook.waits.model_copy(update={"bare_ms": 20_000, "longest_ms": 60_000})
    assert limit_ms("请稍等", waits) == 20_000
    assert limit_ms("请等五分钟", waits) == 60_000
    with pytest.raises(ValueError, match="bare_ms is 20000; it must be no more than longest_ms"):
        Waits(bare_ms=20_000, longest_ms=10_000)


def test_a_rulebook_that_does_not_say_who_asks_hears_nobody() -> None:
    assert limit_ms("请稍等", Waits()) is None


def _after(handbook: Rulebook, text: str, at_s: int) -> list[type]:
    """What the agent's `text` is, `at_s` after 请稍等."""
    waiting = Waiting(handbook.waits)
    waiting.feed(2_600, words(2_600, AGENT, 1_000, 2_000, "请稍等"))
    start = 2_000 + at_s * 1_000
    return [
        type(event) for event in waiting.feed(start + 1_600, words(start + 1_600, AGENT, start, start + 1_000, text))
    ]


@pytest.mark.parametrize(
    "text",
    ["让您久等了", "谢谢您等我", "查到了", "您的订单八号已经发货了", "不好意思久等了哈", "嗯，您的手机号是多少",
     "今天真热啊，您的单子在周五那一批里"],
)  # fmt: skip
def test_who_says_so_is_back(handbook: Rulebook, text: str) -> None:
    assert WaitEnded in _after(handbook, text, 18)


@pytest.mark.parametrize(
    "text", ["嗯", "好的好的", "您那边下雨了没", "您那边今天天气怎么样啊，热不热", "系统有点慢啊", "有货的"]
)
def test_a_filler_or_light_talk_ends_no_wait(handbook: Rulebook, text: str) -> None:
    assert WaitEnded not in _after(handbook, text, 18)


@pytest.mark.parametrize(("text", "is_back"), [("有货的", True), ("嗯", False), ("系统有点慢啊", False)])
def test_when_the_time_is_up_whatever_is_said_is_what_was_waited_for(
    handbook: Rulebook, text: str, is_back: bool
) -> None:
    assert (WaitEnded in _after(handbook, text, 41)) is is_back


def test_a_question_waits_for_an_answer_but_not_beside_a_wait(handbook: Rulebook) -> None:
    waiting = Waiting(handbook.waits)
    (asked,) = waiting.feed(2_600, words(2_600, AGENT, 1_000, 2_000, "请问您的订单号是多少"))
    assert asked == AnswerAwaited(2_600, AGENT, 1_000, 2_000, 15_000)
    assert waiting.feed(2_600, words(2_600, CUSTOMER, 1_000, 2_000, "订单号是多少呢")) == []
    (wait,) = waiting.feed(9_600, words(9_600, AGENT, 8_000, 9_000, "请等两分钟，可以吗"))
    assert isinstance(wait, WaitRequested)
