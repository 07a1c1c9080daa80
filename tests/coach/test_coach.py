"""Small calls told in events: what is said to the agent, when, and when it goes."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook import Rulebook
from pipeline.events import (
    CallFacts,
    Channel,
    ChannelLost,
    Event,
    FactsNoted,
    HintCleared,
    HintDismissed,
    HintDone,
    HintRaised,
    HintShown,
    OverlapNoted,
    PaceMeasured,
    Phase,
    PhaseChanged,
    PitchMeasured,
    Severity,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
    Verdict,
)
from tests.coach.story import AGENT, CUSTOMER, Story, item, words

# --- dead air ---------------------------------------------------------------------------------------


def test_dead_air_is_raised_while_it_lasts(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000)
    hint = talk.all(HintRaised)[0]
    assert (hint.rule, hint.at_ms, hint.say) == ("midcall-dead-air", 12_000, "静默5秒，回应客户")
    assert (hint.start_ms, hint.severity) == (7_000, Severity.WARNING)


def test_dead_air_answered_is_done(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(13_000)
    talk.feed(SilenceEnded(13_000, 7_000, 12_880, SilenceKind.BOTH), TurnStarted(13_000, AGENT, 12_880))
    assert [(e.at_ms, e.by, e.note) for e in talk.all(HintDone)] == [(13_000, "coach", "静默 5.9 秒后回应")]
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
    assert (hint.rule, hint.say) == ("hold-just-a-moment-30s", "已等30秒，回应客户并说明时间")
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
    assert item(scored, "hold-return-thanks").verdict is Verdict.MISSED


def test_thanks_spare_the_tip_not_the_score(talk: Story) -> None:
    _wait(talk, 12_000).speaks(AGENT, 1_500, "感谢您的耐心等待").speaks(AGENT, 1_500, "您的订单是昨天发的")
    assert talk.hints == []
    assert item(talk.finish(), "hold-return-apology").verdict is Verdict.MISSED


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
    talk.speaks(AGENT, 1_000, "我不知道").speaks(AGENT, 1_000, "我帮您查询后回复您")
    assert [done.note for done in talk.all(HintDone)] == ["已换说法"]
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


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
    assert [hint.say for hint in story.all(HintRaised)] == ["请报公司"]
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
    assert [hint.say for hint in talk.all(HintRaised)] == ["不要打断客户"]
    talk.speaks(AGENT, 1_000, "不好意思您先说")
    assert len(talk.all(HintDone)) == 1
    assert item(talk.finish(), "no-interrupt").verdict is Verdict.MISSED


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


# --- pace and pitch ---------------------------------------------------------------------------------


def _pace(
    story: Story, rate: float, articulation: float, seconds: float, basis: str = "words", spoken_ms: int = 20_000
) -> Story:
    begin = story.now
    story.feed(TurnStarted(begin, AGENT, begin))
    for _ in range(int(seconds * 2)):
        story.until(story.now + 500)
        start = max(0, story.now - spoken_ms)
        story.feed(
            PaceMeasured(story.now, AGENT, start, story.now, rate, articulation, 80.0, spoken_ms, spoken_ms, basis)  # type: ignore[arg-type]
        )
    story.feed(TurnEnded(story.now, AGENT, begin, story.now))
    return story


def test_articulation_over_the_limit_and_back(talk: Story) -> None:
    _pace(talk, 250, 300, 2)
    assert talk.hints == []
    _pace(talk, 260, 345, 2)
    (hint,) = talk.all(HintRaised)
    assert (hint.say, hint.why) == ("放慢语速", "近 8 秒 345 字/分，目标 120–180")
    _pace(talk, 175, 182, 4)
    assert [done.note for done in talk.all(HintDone)] == ["345 → 182 字/分"]
    assert talk.cleared == [(1, "done")]
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.MISSED


def test_acoustic_estimates_have_more_room(talk: Story) -> None:
    _pace(talk, 260, 370, 3, basis="acoustic")
    assert talk.hints == []
    _pace(talk, 260, 390, 1, basis="acoustic")
    assert talk.hints == ["speech-rate-150"]


def test_estimates_do_not_undo_what_words_have_shown(talk: Story) -> None:
    _pace(talk, 260, 345, 1)
    _pace(talk, 200, 340, 4, basis="acoustic")
    assert talk.all(HintDone) == []
    assert talk.cleared == []


def test_words_may_refute_an_estimate(talk: Story) -> None:
    _pace(talk, 260, 390, 1, basis="acoustic")
    _pace(talk, 170, 260, 4)
    assert talk.cleared == [(1, "cause_gone")]
    assert talk.all(HintDone) == []
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.MET


def test_little_speech_says_nothing(talk: Story) -> None:
    _pace(talk, 400, 500, 3, spoken_ms=2_500)
    assert talk.hints == []
    assert item(talk.finish(), "speech-rate-150").verdict is Verdict.NOT_APPLICABLE


def test_outside_the_band_needs_a_baseline_and_twenty_seconds(talk: Story) -> None:
    _pace(talk, 230, 260, 90)  # quick, but the agent's own pace
    assert talk.hints == []
    _pace(talk, 170, 200, 1)
    _pace(talk, 280, 310, 19)
    assert talk.hints == []
    _pace(talk, 280, 310, 2)
    assert talk.hints == ["speech-rate-150"]


def test_slow_speech_has_its_own_words(talk: Story) -> None:
    _pace(talk, 160, 200, 90)
    _pace(talk, 100, 150, 22)
    assert [hint.say for hint in talk.all(HintRaised)] == ["语速偏慢，可以快一点"]


def test_pace_cools_down_two_minutes(talk: Story) -> None:
    _pace(talk, 260, 345, 119)
    assert len(talk.hints) == 1
    _pace(talk, 260, 345, 3)
    assert len(talk.hints) == 2


def _pitch(story: Story, sd: float, count: int, baseline: float | None = 3.0, voiced_ms: int = 6_000) -> Story:
    for _ in range(count):
        story.until(story.now + 500)
        start = max(0, story.now - 20_000)
        story.feed(PitchMeasured(story.now, AGENT, start, story.now, 180, sd, 5, voiced_ms, baseline, 60_000))
    return story


def test_monotone_against_the_own_baseline(talk: Story) -> None:
    _pitch(talk, 2.0, 4)
    _pitch(talk, 1.7, 1)
    assert talk.hints == []
    _pitch(talk, 1.7, 1)
    assert [hint.say for hint in talk.all(HintRaised)] == ["语调有起伏，别平淡"]
    _pitch(talk, 2.4, 7)
    assert [done.note for done in talk.all(HintDone)] == ["1.7 → 2.4 半音"]


def test_without_a_baseline_only_the_floor_counts(talk: Story) -> None:
    _pitch(talk, 1.5, 4, baseline=None)
    assert talk.hints == []
    _pitch(talk, 1.1, 2, baseline=None)
    assert talk.hints == ["pitch-variation"]


def test_little_voice_is_never_monotone(talk: Story) -> None:
    _pitch(talk, 0.5, 6, voiced_ms=3_900)
    assert talk.hints == []


# --- one hint at a time -----------------------------------------------------------------------------


def test_a_higher_severity_replaces_at_once(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").speaks(AGENT, 1_000, "这不关我的事")
    assert talk.hints == ["ban-i-dont-know", "ban-none-of-my-business"]
    assert talk.cleared == [(1, "replaced")]


def test_the_gravest_of_one_moment_wins(talk: Story) -> None:
    talk.speaks(AGENT, 2_000, "我不知道，这不关我的事")
    assert talk.hints == ["ban-none-of-my-business"]
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


def test_a_lower_one_is_dropped_not_queued(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "这不关我的事").speaks(AGENT, 1_000, "我不知道").until(40_000)
    assert talk.hints == ["ban-none-of-my-business"]


def test_a_silence_goes_before_its_equals(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").silent(5_000, since=7_000)
    assert talk.hints == ["ban-i-dont-know", "midcall-dead-air"]
    assert talk.cleared == [(1, "replaced")]


def test_a_silence_still_there_is_told_once_the_page_is_free(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "这不关我的事").silent(5_000, since=7_000).until(30_000)
    assert [(h.rule, h.at_ms) for h in talk.all(HintRaised)][1:] == [("midcall-dead-air", 19_600)]


def test_a_dismissed_silence_does_not_come_back(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).feed(HintDismissed(talk.now, 1))
    talk.until(30_000)
    assert talk.hints == ["midcall-dead-air"]
    assert talk.cleared == [(1, "dismissed")]


def test_eight_seconds_between_hints(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 1))
    raised_ms = talk.all(HintRaised)[0].at_ms
    talk.speaks(AGENT, 1_000, "你弄混了")
    assert len(talk.hints) == 1
    talk.until(raised_ms + 7_000).speaks(AGENT, 500, "你弄混了")
    assert talk.hints == ["ban-i-dont-know", "ban-you-are-confused"]


def test_an_equal_one_waits_eight_seconds_then_replaces(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道")
    raised_ms = talk.all(HintRaised)[0].at_ms
    talk.until(raised_ms + 6_000).speaks(AGENT, 400, "你弄混了")
    assert len(talk.hints) == 1
    talk.until(raised_ms + 8_000).speaks(AGENT, 400, "你弄混了")
    assert talk.hints == ["ban-i-dont-know", "ban-you-are-confused"]
    assert talk.cleared == [(1, "replaced")]


def test_a_silence_makes_no_other_hint_wait(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).silent(5_000, since=7_000).until(12_500).speaks(AGENT, 2_000, "我不知道")
    assert [(h.rule, h.at_ms) for h in talk.all(HintRaised)] == [
        ("midcall-dead-air", 12_000),
        ("ban-i-dont-know", 15_100),
    ]


def test_the_same_rule_cools_down(talk: Story) -> None:
    for _ in range(5):
        talk.speaks(AGENT, 1_000, "这不关我的事").feed(HintDismissed(talk.now, len(talk.hints)))
        talk.until(talk.now + 2_400)
    assert len(talk.hints) == 1
    talk.until(30_000).speaks(AGENT, 1_000, "这不关我的事")
    assert len(talk.hints) == 2


@pytest.mark.parametrize(
    ("answer", "reason"), [(HintDone(0, 1, "agent"), "done"), (HintDismissed(0, 1, False), "dismissed")]
)
def test_the_agent_answers_at_once(talk: Story, answer: Event, reason: str) -> None:
    talk.speaks(AGENT, 1_000, "我不知道")
    talk.feed(HintShown(talk.now, 1, 40.0))
    talk.until(talk.now + 200).feed(answer)
    assert talk.cleared == [(1, reason)]
    assert talk.all(HintDone) == []  # the agent's own stands in the log already


def test_answers_to_another_hint_are_ignored(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").feed(HintDismissed(talk.now, 7), HintDone(talk.now, 9, "agent"))
    assert talk.cleared == []


# --- phases -----------------------------------------------------------------------------------------


def test_phases_of_a_call(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "请稍等").feed(SilenceStarted(talk.now, 7_000, SilenceKind.ANNOUNCED, 30_000))
    talk.until(12_000).feed(SilenceEnded(12_000, 7_000, 12_000, SilenceKind.ANNOUNCED))
    talk.speaks(AGENT, 1_000, "感谢您的来电，再见")
    phases = [event.phase for event in talk.all(PhaseChanged)]
    assert phases == [Phase.OPENING, Phase.BODY, Phase.HOLD, Phase.BODY, Phase.CLOSING]


def test_the_opening_lasts_thirty_seconds_at_most(story: Story) -> None:
    story.until(40_000)
    assert [(e.at_ms, e.phase) for e in story.all(PhaseChanged)] == [(0, Phase.OPENING), (30_000, Phase.BODY)]


def test_the_openings_time_may_run_out_in_a_hold(story: Story) -> None:
    story.until(20_000).feed(SilenceStarted(20_000, 19_000, SilenceKind.HOLD, None))
    story.until(40_000).feed(SilenceEnded(40_000, 19_000, 40_000, SilenceKind.HOLD))
    assert [e.phase for e in story.all(PhaseChanged)] == [Phase.OPENING, Phase.HOLD, Phase.BODY]


def test_hold_told_by_the_adapter_is_no_dead_air(talk: Story) -> None:
    talk.feed(SilenceStarted(talk.now, 5_000, SilenceKind.HOLD, None))
    talk.until(60_000)
    assert talk.hints == []


def test_silence_whose_kind_changes_is_gone(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).until(12_000)
    talk.feed(SilenceReached(12_000, 7_000, 5_000, SilenceKind.BOTH))
    talk.until(16_000).feed(SilenceStarted(16_000, 7_000, SilenceKind.ANNOUNCED, 30_000))
    assert talk.cleared == [(1, "cause_gone")]
