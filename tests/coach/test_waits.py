"""Who asks for patience, and for how long."""

from __future__ import annotations

import pytest

from pipeline.coach.procedures.waits import Waiting, Waits, promised_ms
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
        ("请您等几分钟", 300),
        ("请您等十几分钟", 900),
        ("请您等一刻钟", 900),
        ("给我一刻钟", 900),
        ("请稍等，不超过两分钟", 120),
        ("请等一分钟三十秒", 90),
        ("请稍等一个半小时", 1_800),
        ("请等半个钟头", 1_800),
        ("您等我两秒", 30),
        ("请等零分钟", 30),
        ("给我两分钟的时间", 120),
        ("请等三到五分钟", 300),
        ("请稍等大概要一分钟", 60),
        ("去仓库系统看一眼库存，一分来钟，行吗", 60),
        ("等一下啊我去拿", 30),
        ("我马上帮您问一下合保的同事，一分钟可以骂", 60),  # as Whisper base wrote 可以吗
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
    ("time", "ms"),
    [("一个半小时", 5_400_000), ("半个钟头", 1_800_000), ("一刻钟", 900_000), ("一分三十秒", 90_000), ("两秒", 2_000)],
)
def test_times_as_they_are_said(time: str, ms: int) -> None:
    assert promised_ms(f"请等{time}") == ms


@pytest.mark.parametrize(
    "text",
    [
        "24小时维修热线我帮您查一下", "48小时内会有师傅上门，我帮您查一下进度", "两小时的停车费是吧，请稍等",
        "30分钟的课程是吧，请稍等", "半小时一班车，请稍等", "一百分钟的流量包，我帮您查一下",
        "师傅大概半小时到，您稍等一下",
        "好的两小时，请稍等",
    ],
)  # fmt: skip
def test_a_time_that_is_not_the_waitings_promises_nothing(handbook: Rulebook, text: str) -> None:
    assert promised_ms(text) is None
    assert limit_ms(text, handbook.waits) == 30_000


@pytest.mark.parametrize(
    "text",
    [
        "您稍等半小时再打过来好吗",
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


@pytest.mark.parametrize(
    "text",
    [
        "我看一下啊，您的余额是三十元五角", "请稍等，查到了", "我帮您查一下，您的订单昨天下午就已经发出了",
        "我查一下，是这样的，周五发货",
        "请稍等我看一下，好的，您这个单子是周五下午送到的", "我帮您查一下，没问题了，再见",
    ],
)  # fmt: skip
def test_what_is_told_in_the_same_breath_is_not_waited_for(handbook: Rulebook, text: str) -> None:
    assert limit_ms(text, handbook.waits) is None


@pytest.mark.parametrize(
    "text",
    [
        "请稍等，我帮您查一下您的订单的物流信息", "请稍等，我需要跟我们的主管确认", "请稍等，因为系统里的数据比较多",
        "请稍等，不要挂断电话，可以吗", "我看一下有没有现货，请稍等", "感谢您的来电，请稍等，我帮您查一下",
    ],
)  # fmt: skip
def test_what_is_looked_for_and_why_it_takes_long_is_no_result(handbook: Rulebook, text: str) -> None:
    assert limit_ms(text, handbook.waits) == 30_000


@pytest.mark.parametrize(
    ("asked", "text", "is_back"),
    [
        ("明天能来吗", "能的明天上午来", True),
        ("明天能来吗", "嗯", False),
        ("喂有人吗", "在的", False),
        ("喂，有人吗", "在的", False),
        ("我明天在家", "好的知道了", False),
        ("查到了吗", "快了", False),
    ],
)
def test_an_answer_to_a_question_of_the_customers_ends_the_wait(
    handbook: Rulebook, asked: str, text: str, is_back: bool
) -> None:
    waiting = Waiting(handbook.waits)
    waiting.feed(2_600, words(2_600, AGENT, 1_000, 2_000, "请稍等"))
    waiting.feed(9_600, words(9_600, CUSTOMER, 8_000, 9_000, asked))
    found = waiting.feed(12_600, words(12_600, AGENT, 11_000, 12_000, text))
    assert any(isinstance(event, WaitEnded) for event in found) is is_back


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
