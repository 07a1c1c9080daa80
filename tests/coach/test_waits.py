"""Who asks for patience, and for how long."""

from __future__ import annotations

import pytest

from pipeline.coach.procedures.waits import WaitLimits, asks_to_wait, requested_wait
from tests.coach.story import AGENT, words


def limit_ms(text: str, limits: WaitLimits) -> int | None:
    wait = requested_wait(2_600, words(2_600, AGENT, 1_000, 2_000, text), limits)
    return wait.limit_ms if wait else None


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
def test_asks_to_wait(text: str, seconds: int) -> None:
    assert asks_to_wait(text)
    assert limit_ms(text, WaitLimits()) == seconds * 1_000


@pytest.mark.parametrize(
    "text",
    [
        "不用等", "不用等两分钟", "不用稍等", "不等了", "没等多久", "让您久等了", "对不起，让您久等了",
        "我们不会让您久等的", "感谢您的等待", "谢谢您的耐心等待", "等我下班", "我等了二十分钟了", "我都等两分钟了",
        "您帮我查一下我的订单", "您能帮我看一下吗", "我已经帮您查过了", "我稍后给您回电", "请稍后再拨",
        "您等一下会收到短信", "请等通知", "十五分钟到账", "三十秒之前", "大约15分钟", "等级是一级",
        "请稍等，您的手机号是多少", "",
    ],
)  # fmt: skip
def test_asks_for_nothing(text: str) -> None:
    assert not asks_to_wait(text)
    assert limit_ms(text, WaitLimits()) is None


def test_limits_are_the_rulebooks() -> None:
    limits = WaitLimits(bare_ms=20_000, longest_ms=60_000)
    assert limit_ms("请稍等", limits) == 20_000
    assert limit_ms("请等五分钟", limits) == 60_000
    with pytest.raises(ValueError, match="bare_ms is 20000; it must be no more than longest_ms"):
        WaitLimits(bare_ms=20_000, longest_ms=10_000)
