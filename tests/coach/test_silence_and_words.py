"""Dead air, waiting, words and interruptions, told as small calls in events."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel, ChannelLost
from pipeline.events.hints import HintCleared, HintDone, HintRaised, Severity
from pipeline.events.measures import LevelMeasured
from pipeline.events.score import Verdict
from pipeline.events.turns import OverlapNoted, SilenceEnded, SilenceKind, TurnEnded, TurnStarted
from tests.coach.story import AGENT, CUSTOMER, Story, item, words

# --- dead air ---------------------------------------------------------------------------------------


def test_dead_air_is_raised_while_it_lasts(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000)
    hint = talk.all(HintRaised)[0]
    assert (hint.rule, hint.at_ms, hint.say) == ("midcall-dead-air", 12_000, "说说您正在做什么")
    assert (hint.start_ms, hint.severity) == (7_000, Severity.WARNING)


def test_dead_air_answered_is_done(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(13_000)
    talk.feed(SilenceEnded(13_000, 7_000, 12_880, SilenceKind.BOTH), TurnStarted(13_000, AGENT, 12_880))
    (done,) = talk.all(HintDone)
    assert (done.at_ms, done.by, done.note) == (13_000, "coach", "静默 5.9 秒后回应")
    assert done.note_en == "answered after 5.9 s of silence"
    assert talk.cleared == []  # it stays three seconds
    talk.until(20_000)
    assert [(e.at_ms, e.reason) for e in talk.all(HintCleared)] == [(15_000, "done")]


def test_dead_air_broken_by_the_customer_is_gone(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(16_000)
    talk.feed(TurnStarted(16_000, CUSTOMER, 15_900), SilenceEnded(16_000, 7_000, 15_900, SilenceKind.BOTH))
    assert talk.cleared == [(1, "cause_gone")]
    assert talk.all(HintDone) == []


def test_answer_after_ten_seconds_is_no_obedience(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(23_000).speaks(AGENT, 500)
    assert talk.all(HintDone) == []
    assert talk.cleared == [(1, "cause_gone")]


def test_every_dead_air_speaks_however_close(talk: Story) -> None:
    for _ in range(3):
        talk.speaks(AGENT, 1_000).silent(5_500, since=talk.now - 320)
    assert talk.hints == ["midcall-dead-air"] * 3
    missed = item(talk.finish(), "midcall-dead-air")
    assert (missed.verdict, len(missed.evidence), missed.points) == (Verdict.MISSED, 3, 0.0)


def test_lost_audio_takes_the_hint_away(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(16_000).feed(ChannelLost(16_000, CUSTOMER, 15_000))
    assert talk.cleared == [(1, "cause_gone")]


def test_only_a_microphone_has_its_own_silence(handbook: Rulebook) -> None:
    story = Story(handbook, channels=(AGENT,))
    story.silent(15_000, SilenceKind.AGENT, 15_000, since=0)
    assert story.hints == []  # nobody has spoken yet
    story.speaks(AGENT, 1_000).silent(15_000, SilenceKind.AGENT, 15_000, since=16_000)
    assert story.hints == ["midcall-dead-air"]


def test_mixed_recordings_hear_dead_air_but_no_bans(handbook: Rulebook) -> None:
    story = Story(handbook, channels=(Channel.MIXED,))
    story.speaks(Channel.MIXED, 1_000, "这不关我的事").silent(5_000, since=1_600)
    assert story.hints == ["midcall-dead-air"]
    scored = story.finish()
    for rule in ("ban-none-of-my-business", "no-interrupt", "self-identify"):
        assert item(scored, rule).verdict is Verdict.NOT_APPLICABLE


# --- waiting ----------------------------------------------------------------------------------------


def _wait(story: Story, ms: int, text: str = "请稍等，我帮您查一下") -> Story:
    story.speaks(AGENT, 1_000, text)
    return story.silent(ms, SilenceKind.ANNOUNCED, 30_000, since=story.now - 600)


def test_thirty_seconds_after_please_wait(talk: Story) -> None:
    _wait(talk, 30_000)
    hint = talk.all(HintRaised)[0]
    assert (hint.rule, hint.say) == ("hold-just-a-moment-30s", "还在查，再等__分钟，可以吗？")
    talk.speaks(AGENT, 1_000, "对不起，让您久等了")
    assert talk.all(HintDone)[0].hint == 1
    scored = talk.finish()
    assert item(scored, "hold-just-a-moment-30s").verdict is Verdict.MISSED
    assert item(scored, "hold-return-apology").verdict is Verdict.MET


def test_back_in_time_with_an_apology(talk: Story) -> None:
    _wait(talk, 12_000).speaks(AGENT, 1_500, "不好意思让您久等了感谢您的等待")
    assert talk.hints == []
    scored = talk.finish()
    kept = ("hold-just-a-moment-30s", "hold-return-apology", "hold-return-thanks")
    assert [item(scored, rule).verdict for rule in kept] == [Verdict.MET] * 3


def test_back_without_an_apology_gets_a_tip_and_may_mend(talk: Story) -> None:
    _wait(talk, 12_000).speaks(AGENT, 1_500, "查到了您的订单是昨天发的")
    assert talk.hints == ["hold-return-apology"]
    talk.speaks(AGENT, 1_000, "抱歉让您久等了")
    assert [done.by for done in talk.all(HintDone)] == ["coach"]
    scored = talk.finish()
    assert item(scored, "hold-return-apology").verdict is Verdict.MET
    assert item(scored, "hold-return-thanks").verdict is Verdict.MET  # one or the other will do


def test_thanks_will_do_for_an_apology(talk: Story) -> None:
    _wait(talk, 12_000).speaks(AGENT, 1_500, "感谢您的耐心等待").speaks(AGENT, 1_500, "您的订单是昨天发的")
    assert talk.hints == []
    assert item(talk.finish(), "hold-return-apology").verdict is Verdict.MET


def test_short_waits_and_repeated_ones_ask_for_nothing(talk: Story) -> None:
    _wait(talk, 8_000).speaks(AGENT, 1_000, "查到了")
    _wait(talk, 12_000).speaks(AGENT, 1_000, "还在查，请再稍等一下")
    assert talk.hints == []
    assert item(talk.finish(), "hold-return-apology").verdict is Verdict.NOT_APPLICABLE


def test_a_wait_the_customer_asked_for_is_dead_air_in_the_end(talk: Story) -> None:
    talk.speaks(CUSTOMER, 1_000, "你等我找一下").silent(30_000, SilenceKind.ANNOUNCED, 30_000, since=7_000)
    assert talk.hints == ["midcall-dead-air"]
    talk.speaks(AGENT, 1_000, "您找到了吗")
    assert item(talk.finish(), "hold-return-apology").verdict is Verdict.NOT_APPLICABLE


# --- words ------------------------------------------------------------------------------------------


def test_a_ban_carries_its_evidence(talk: Story) -> None:
    talk.speaks(AGENT, 2_000, "您好，你应该先看说明书")
    hint = talk.all(HintRaised)[0]
    assert (hint.rule, hint.why, hint.cite.quote) == ("ban-you-should", "禁语“你应该”", "*你應該……")
    (span,) = hint.evidence
    assert (span.channel, span.quote) == (AGENT, "你应该")
    assert 6_000 <= span.start_ms < span.end_ms <= 8_000


def test_a_ban_mended_is_done(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").until(9_000).speaks(AGENT, 1_000, "我帮您查询后回复您")
    assert [done.note for done in talk.all(HintDone)] == ["已换说法"]
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


def test_a_ban_mended_after_a_pause_for_breath_is_none(talk: Story) -> None:
    """The recogniser has cut the sentence in two; the hint may have come, and goes."""
    talk.speaks(AGENT, 1_000, "这个我不太清楚").speaks(AGENT, 1_800, "我马上帮您问，五点前回复您").until(14_000)
    assert talk.all(HintDone) == []
    assert [reason for _, reason in talk.cleared] == ["cause_gone"] * len(talk.hints)
    assert item(talk.finish(), "ban-bu-qingchu").verdict is not Verdict.MISSED


def test_a_ban_expires(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").until(30_000)
    assert [(e.at_ms, e.reason) for e in talk.all(HintCleared)] == [(7_600 + 12_000, "expired")]


def test_customers_may_say_what_they_like(talk: Story) -> None:
    talk.speaks(CUSTOMER, 1_000, "这不关我的事")
    assert talk.hints == []


def test_opening_without_a_company_gets_a_tip(story: Story) -> None:
    story.until(500).speaks(AGENT, 1_000, "喂您好").speaks(CUSTOMER, 1_000, "你好")
    assert story.hints == []
    story.speaks(AGENT, 1_000, "请问有什么可以帮您")
    assert [hint.say for hint in story.all(HintRaised)] == ["这里是__"]
    story.speaks(AGENT, 1_000, "这里是客服中心")
    assert len(story.all(HintDone)) == 1
    assert item(story.finish(), "self-identify").verdict is Verdict.MISSED  # said too late


def test_an_opening_in_pieces_is_one(story: Story) -> None:
    story.until(500).speaks(AGENT, 500).speaks(AGENT, 1_000)
    for text, start, end in (("您好", 500, 1_000), ("欢迎您的来电", 1_500, 2_500), ("这里是客服中心", 3_000, 4_000)):
        story.feed(words(story.now, AGENT, start, end, text))
    assert story.hints == []
    assert item(story.finish(), "self-identify").verdict is Verdict.MET


@pytest.mark.parametrize(
    ("facts", "text", "verdict"),
    [
        (CallFacts(company="华安物业"), "您好花案物业，请问有什么可以帮您", Verdict.MET),  # heard by sound
        (CallFacts(company="华安物业有限公司"), "您好华安物业，请问有什么可以帮您", Verdict.MET),
        (CallFacts(company="华安物业"), "您好客服中心，请问有什么可以帮您", Verdict.MISSED),
        (CallFacts(agent_name="王小明"), "您好客服中心，请问有什么可以帮您", Verdict.MISSED),
        (CallFacts(agent_name="王小明"), "您好客服中心，王晓明，请问有什么可以帮您", Verdict.MET),
        (CallFacts(agent_name="王小明"), "您好客服中心，工号二十一", Verdict.MET),
        (CallFacts(direction="outbound"), "您好", Verdict.NOT_APPLICABLE),
    ],
)
def test_self_identify(handbook: Rulebook, facts: CallFacts, text: str, verdict: Verdict) -> None:
    story = Story(handbook, facts).until(500).speaks(AGENT, 3_000, text).speaks(CUSTOMER, 1_000, "我要查订单")
    story.speaks(AGENT, 1_000, "好的")
    assert item(story.finish(), "self-identify").verdict is verdict


def test_facts_told_late_count(story: Story) -> None:
    story.feed(FactsNoted(0, CallFacts(company="华安")))
    story.until(500).speaks(AGENT, 3_000, "您好华安，请问有什么可以帮您")
    assert item(story.finish(), "self-identify").verdict is Verdict.MET


# --- interruptions ----------------------------------------------------------------------------------


def _interrupts(story: Story) -> Story:
    story.speaks(CUSTOMER, 3_000, "我昨天买的东西")
    story.feed(OverlapNoted(story.now, story.now - 1_500, story.now - 600, AGENT))
    return story


def test_interrupting_is_told_and_mended(talk: Story) -> None:
    _interrupts(talk)
    assert [hint.say for hint in talk.all(HintRaised)] == ["您请讲"]
    talk.speaks(AGENT, 1_000, "不好意思您先说")
    assert len(talk.all(HintDone)) == 1
    assert item(talk.finish(), "no-interrupt").verdict is Verdict.MISSED


def test_the_hint_leaves_when_the_agent_listens(talk: Story) -> None:
    _interrupts(talk).speaks(CUSTOMER, 2_900)
    assert [done.note for done in talk.all(HintDone)] == ["已停下来听"]
    assert talk.cleared == [(1, "done")]
    assert item(talk.finish(), "no-interrupt").verdict is Verdict.MISSED


def test_it_leaves_while_the_customer_is_still_speaking(talk: Story) -> None:
    _interrupts(talk)
    begin = talk.now
    talk.until(begin + 120).feed(TurnStarted(talk.now, CUSTOMER, begin))
    for end in (begin + 1_500, begin + 2_000):
        talk.until(end + 540).feed(LevelMeasured(talk.now, CUSTOMER, begin, end, -22.0, 30.0, 0.0))
    assert [(done.at_ms, done.note) for done in talk.all(HintDone)] == [(begin + 2_540, "已停下来听")]


def test_an_agent_who_speaks_into_it_again_does_not_listen(talk: Story) -> None:
    _interrupts(talk)
    begin = talk.now
    talk.until(begin + 1_000).feed(TurnStarted(talk.now, AGENT, begin + 900))
    talk.until(begin + 3_000).feed(TurnEnded(talk.now, CUSTOMER, begin, begin + 2_700))
    assert talk.all(HintDone) == []


def test_back_channel_words_take_it_back(talk: Story) -> None:
    _interrupts(talk)
    noted = talk.now
    talk.until(noted + 500).feed(words(talk.now, AGENT, noted - 1_500, noted - 300, "嗯，好的，明白。"))
    talk.until(noted + 4_000)
    assert talk.cleared == [(1, "cause_gone")]
    assert item(talk.finish(), "no-interrupt").verdict is Verdict.MET


def test_interruption_by_the_customer_is_none(talk: Story) -> None:
    talk.feed(OverlapNoted(talk.now, 5_000, 5_800, CUSTOMER), OverlapNoted(talk.now, 5_000, 5_800, None))
    assert talk.hints == []
