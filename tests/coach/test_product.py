"""The examples by which the handbook's waits, phases and questions are explained, through a whole Conversation."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.hints import HintCleared, HintRaised
from pipeline.events.score import CallScored, Verdict
from pipeline.events.turns import SilenceReached, TurnEnded, TurnStarted
from tests.coach.dialogue import CUSTOMER, Line, Played, agent, customer

OPENING = (
    agent(0.5, "您好，华安客服中心，请问有什么可以帮您", 3.5),
    customer(4.5, "你好，我想查一下订单", 2),
    agent(7, "好的", 0.5),
)


def after_opening(handbook: Rulebook, *lines: Line, until_s: float) -> Played:
    """`lines` are 10 s later than they say."""
    moved = [Line(line.who, line.start_ms + 10_000, line.text, line.length_ms) for line in lines]
    return Played(handbook, [*OPENING, *moved], until_s + 10)


def hints(call: Played) -> list[tuple[str, float]]:
    return [(rule, round(at_s - 10, 1)) for rule, at_s in call.hints]


# --- waits -------------------------------------------------------------------------------------------------------


def test_thirty_seconds_are_up_and_an_apology_is_owed(handbook: Rulebook) -> None:
    """坐10“您等一下啊” 静41 坐51“有货的”"""
    call = after_opening(handbook, agent(0, "您等一下啊", 1), agent(42, "有货的", 1), until_s=46)
    assert hints(call) == [("hold-just-a-moment-30s", 31.0), ("hold-return-apology", 43.6)]
    assert call.verdict("hold-just-a-moment-30s") is Verdict.MISSED
    assert call.verdict("hold-return-apology") is Verdict.MISSED


def test_light_talk_in_a_wait_is_no_return(handbook: Rulebook) -> None:
    """坐“去仓库系统看一眼库存，一分来钟，行吗” 客“行” 静20 坐“您那边下雨了没” 静30 坐“谢谢您等我”: nothing; all 达标"""
    call = after_opening(
        handbook,
        agent(0, "去仓库系统看一眼库存，一分来钟，行吗", 4), customer(4.5, "行", 0.4),
        agent(25, "您那边下雨了没", 1.5), agent(56, "谢谢您等我，有货的", 2), until_s=60,
    )  # fmt: skip
    assert hints(call) == []
    for rule in ("hold-just-a-moment-30s", "hold-return-apology", "hold-return-thanks", "midcall-dead-air"):
        assert call.verdict(rule) is Verdict.MET, rule


def test_light_talk_18_s_into_two_minutes_demands_no_apology_and_no_dead_air(handbook: Rulebook) -> None:
    call = after_opening(
        handbook,
        agent(0, "请您等两分钟，可以吗", 2), customer(2.5, "好的", 0.5), agent(20, "今天天气真热啊", 1.5),
        agent(100, "查到了，不好意思久等了", 2), until_s=104,
    )  # fmt: skip
    assert hints(call) == []


def test_a_filler_is_no_return_either(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(0, "我帮您查一下", 1), agent(12, "嗯", 0.4), agent(25, "让您久等了", 1), until_s=28
    )
    assert hints(call) == []


def test_who_goes_on_at_once_was_not_away(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(0, "我帮您查一下", 1), agent(3, "您的订单是昨天下午发出的", 2.5), until_s=13
    )  # fmt: skip
    assert hints(call) == [("midcall-dead-air", 10.5)]
    assert call.verdict("hold-return-apology") is Verdict.NOT_APPLICABLE


def test_what_the_customer_says_meanwhile_is_no_silence(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(0, "我帮您查一下", 1), customer(2, "我上个礼拜买的那台洗衣机一直没有送来", 14),
        agent(16.5, "您的订单是昨天下午发出的", 2.5), until_s=22,
    )  # fmt: skip
    assert hints(call) == []


def test_a_promise_of_a_quarter_of_an_hour(handbook: Rulebook) -> None:
    """Half a minute before it is over, and at its end with the time as people say it."""
    call = after_opening(
        handbook, agent(0, "麻烦您等大约十五分钟，您看可以吗", 3), customer(4, "可以", 0.6), until_s=910
    )
    assert hints(call) == [("hold-just-a-moment-30s", 873.0), ("hold-just-a-moment-30s", 903.0)]
    near, over = (event for event in call.events if isinstance(event, HintRaised))
    assert (near.say, near.form) == ("说好的时间快到了，还有30秒", "do")
    assert (over.say, over.form) == ("还在查，再等__分钟，可以吗？", "speak")
    assert over.why == "客户已等15分钟"


def test_back_before_the_promise_is_over_is_no_fault(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(0, "请您等三分钟", 2), agent(160, "让您久等了，已经查到了", 2), until_s=164
    )  # fmt: skip
    assert [rule for rule, _ in hints(call)] == ["hold-just-a-moment-30s"]  # 快到了
    assert call.verdict("hold-just-a-moment-30s") is Verdict.MET


def test_a_bare_request_takes_nothing_from_a_promise(handbook: Rulebook) -> None:
    """坐“请您等三分钟可以吗” … “还在查呢” “请您再稍等一下” … 坐 at 162 back: in time."""
    call = after_opening(
        handbook, agent(0, "请您等三分钟可以吗", 2), customer(2.5, "好的", 0.5), agent(100, "还在查呢", 1),
        agent(150, "请您再稍等一下", 1.5), agent(175, "让您久等了，已经查到了", 2), until_s=179,
    )  # fmt: skip
    assert hints(call) == [("hold-just-a-moment-30s", 152.5)]  # 快到了, once somebody has been silent for a second
    assert call.verdict("hold-just-a-moment-30s") is Verdict.MET


def test_the_customer_has_waited_since_the_first_request(handbook: Rulebook) -> None:
    call = after_opening(handbook, agent(0, "请稍等", 1), agent(25, "请您再稍等一下", 2), until_s=60)
    (over,) = (event for event in call.events if isinstance(event, HintRaised))
    assert (over.rule, over.at_ms, over.why) == ("hold-just-a-moment-30s", 67_000, "客户已等56秒")


def test_a_customer_who_calls_out_when_the_time_is_up_is_answered_first(handbook: Rulebook) -> None:
    """The hint does not return with every word of the customer's: 5 s to answer, 15 s between two, one fault."""
    call = after_opening(
        handbook, agent(0, "请稍等", 1), customer(34, "喂", 0.4), customer(37, "有人吗", 0.8), until_s=48
    )
    assert hints(call) == [("hold-just-a-moment-30s", 31.0), ("hold-just-a-moment-30s", 46.0)]
    scored = call.events[-1]
    assert isinstance(scored, CallScored)
    assert [len(item.evidence) for item in scored.items if item.rule == "hold-just-a-moment-30s"] == [1]


def test_an_answer_and_the_goodbye_end_a_wait(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(0, "请稍等", 1), customer(4, "明天能来吗", 1.2), agent(6, "能的明天上午来", 2),
        customer(9, "好的好的谢谢你啊我知道了", 20), agent(30, "不客气", 1), until_s=35,
    )  # fmt: skip
    assert hints(call) == []
    call = after_opening(
        handbook, agent(0, "请稍等", 1), agent(4, "好的没有问题了，感谢您的来电，再见", 3), customer(8, "再见", 0.6),
        agent(10, "请稍等", 1), until_s=60,
    )  # fmt: skip
    assert hints(call) == []


def test_after_the_goodbye_a_new_question_can_be_waited_for(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(2, "祝您周末愉快，拜拜", 2), customer(5, "诶稍等，发票抬头能改吗", 2.6),
        agent(9, "我帮您查一下", 1), until_s=45,
    )  # fmt: skip
    assert hints(call) == [("hold-just-a-moment-30s", 40.0)]


# --- questions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    [
        "请问您的订单号是多少",
        "对不起，您的电话声音太小，请您换一部电话再打过来，好吗",
        "非常抱歉，听不明白您说的话，请您叫身边的其他人帮您说一下，好吗",
    ],
)
def test_a_customer_may_look_for_the_number_of_the_order(handbook: Rulebook, question: str) -> None:
    """客户翻订单号: fifteen seconds after the agent's own question, five after anything else."""
    call = after_opening(handbook, agent(0, question, 3), customer(14, "找到了，八零二一", 2), until_s=18)
    assert hints(call) == []
    call = after_opening(handbook, agent(0, question, 3), until_s=20)
    assert hints(call) == [("midcall-dead-air", 18.0)]


@pytest.mark.parametrize(("said", "at_s"), [("嗯", 19.6), ("呃，那个", 19.6), ("", 19.6), ("三栋", 9.6)])
def test_a_hesitation_does_not_use_up_the_time_to_answer(handbook: Rulebook, said: str, at_s: float) -> None:
    call = after_opening(handbook, agent(0, "请问您的订单号是多少", 3), customer(4, said, 0.6), until_s=24)
    assert hints(call) == [("midcall-dead-air", at_s)]


def test_the_steps_of_a_silent_call_come_in_five_seconds_for_all_that_they_ask(handbook: Rulebook) -> None:
    call = Played(handbook, [agent(0.5, "您好，请问有什么可以帮您", 2.5)], 12)
    assert [event.at_ms for event in call.events if isinstance(event, SilenceReached)] == [8_000]


# --- interruptions -----------------------------------------------------------------------------------------------


def test_a_back_channel_built_of_parts_is_no_interruption(handbook: Rulebook) -> None:
    """Its words come after the hint, which then leaves and counts for nothing."""
    story = customer(0, "我上个礼拜买的那台洗衣机一直没有送来", 4)
    call = after_opening(handbook, story, agent(3.2, "嗯嗯我明白您的意思", 2), until_s=9)
    assert [(e.hint, e.reason) for e in call.events if isinstance(e, HintCleared)] == [(1, "cause_gone")]
    assert call.verdict("no-interrupt") is Verdict.MET


def test_when_the_customer_has_answered_nobody_is_asked_to_speak(handbook: Rulebook) -> None:
    story = customer(0, "我上个礼拜买的那台洗衣机一直没有送来", 4)
    call = after_opening(
        handbook, story, agent(3.2, "您的订单号给我一下我来看看", 2.6), customer(7, "八零二一", 1),
        agent(9, "好的我看到您的订单了", 6), until_s=16,
    )  # fmt: skip
    assert hints(call)[:1] == [("no-interrupt", 4.8)]
    (gone,) = (event for event in call.events if isinstance(event, HintCleared) and event.hint == 1)
    assert (round(gone.at_ms / 1000 - 10, 1), gone.reason) == (8.3, "cause_gone")


def test_a_click_is_no_customer(handbook: Rulebook) -> None:
    """No phase, no dead air and no merit of listening: nobody has spoken."""
    click = (TurnStarted(5_620, CUSTOMER, 5_500), TurnEnded(5_980, CUSTOMER, 5_500, 5_660))
    call = Played(handbook, [agent(0.9, "您好，请问有什么可以帮您", 4), agent(7, "喂您好", 1)], 20, told=click)
    assert [phase for phase, _ in call.phases] == ["opening"]
    assert call.verdict("midcall-dead-air") is Verdict.NOT_APPLICABLE
    assert call.verdict("no-interrupt") is Verdict.NOT_APPLICABLE


def test_who_spoke_before_the_customer_alone_had_nobody_to_listen_to(handbook: Rulebook) -> None:
    call = Played(handbook, [agent(0.9, "您好，请问有什么可以帮您", 4), customer(5.5, "你好，我想查订单", 4)], 12)
    assert call.verdict("no-interrupt") is Verdict.NOT_APPLICABLE


# --- phases ------------------------------------------------------------------------------------------------------


def test_after_a_goodbye_the_call_can_go_on(handbook: Rulebook) -> None:
    """坐12“祝您周末愉快，拜拜” 客15“诶稍等，发票抬头能改吗”: closing, then body."""
    call = after_opening(
        handbook, agent(2, "祝您周末愉快，拜拜", 2), customer(5, "诶稍等，发票抬头能改吗", 2.6),
        agent(9, "可以改的", 1), agent(12, "祝您周末愉快，再见", 2), until_s=17,
    )  # fmt: skip
    assert [(phase, round(at_s - 10, 1)) for phase, at_s in call.phases][2:] == [
        ("closing", 4.6), ("body", 8.2), ("closing", 14.6),
    ]  # fmt: skip


def test_a_customer_who_says_goodbye_too_does_not_go_on(handbook: Rulebook) -> None:
    call = after_opening(
        handbook, agent(2, "祝您周末愉快，拜拜", 2), customer(5, "好的好的谢谢你啊，再见再见", 2.8), until_s=10
    )  # fmt: skip
    assert [phase for phase, _ in call.phases] == ["opening", "body", "closing"]


def test_seeing_somebody_again_is_no_goodbye(handbook: Rulebook) -> None:
    """坐“等您再见到保安的时候问问他”: stays body."""
    call = after_opening(handbook, agent(2, "等您再见到保安的时候问问他", 3), until_s=8)
    assert [phase for phase, _ in call.phases] == ["opening", "body"]
    assert "hold-just-a-moment-30s" not in [rule for rule, _ in call.hints]


def test_after_the_goodbye_the_customer_hangs_up_in_peace(handbook: Rulebook) -> None:
    call = after_opening(handbook, customer(0, "没有了", 0.8), agent(1.5, "好的，谢谢您的来电，再见", 2), until_s=14)
    assert hints(call) == []
    assert call.verdict("midcall-dead-air") is Verdict.MET


def test_a_time_after_a_pause_for_breath_belongs_to_the_request(handbook: Rulebook) -> None:
    """The recogniser cuts where people breathe."""
    call = after_opening(
        handbook,
        agent(0, "我马上帮您问一下核保的", 2), agent(2.4, "同事", 0.5), agent(3.3, "一分钟可以吗", 1.4),
        customer(5.3, "可以", 0.4), agent(50, "谢谢您的等待，问到了，可以赔", 3), until_s=56,
    )  # fmt: skip
    assert hints(call) == []
