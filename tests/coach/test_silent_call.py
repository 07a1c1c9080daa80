"""The silent-call procedure (document 002): steps, countdown, and what ends it."""

from __future__ import annotations

import pytest

from pipeline.coach.prompts import PromptWordings
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import CallFacts, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.hints import SilentCallStep
from pipeline.events.prompts import PromptPlayed
from pipeline.events.score import Verdict
from pipeline.events.turns import SilenceKind, SilenceReached, TurnEnded, TurnStarted
from tests.coach.story import AGENT, CUSTOMER, Call, Story, item


@pytest.fixture
def story(handbook: Rulebook) -> Story:
    return Call(handbook)


def _two_silences(story: Story) -> Story:
    story.until(400).speaks(AGENT, 3_000).silent(5_000, since=3_400)
    return story.until(9_000).speaks(AGENT, 2_000).silent(5_000, since=11_000)


def test_steps_come_five_seconds_after_the_agents_words(story: Story) -> None:
    _two_silences(story).until(17_000).speaks(AGENT, 4_000).silent(6_000, since=21_000)
    assert story.steps == [
        (0, 1, "say"), (3_720, 1, "wait"),
        (8_400, 2, "say"), (11_320, 2, "wait"),
        (16_000, 3, "say"), (21_320, 3, "wait"),
        (26_000, 4, "say"),
    ]  # fmt: skip
    waits = [step.wait_from_ms for step in story.all(SilentCallStep) if step.state == "wait"]
    assert waits == [3_400, 11_000, 21_000]
    assert story.all(SilentCallStep)[-1].say == "仍无声，可以挂机"
    assert story.hints == []
    assert item(story.finish(), "silent-call-sequence").verdict is Verdict.MET


@pytest.mark.parametrize(
    ("company", "words"),
    [
        ("华安", "您好，华安客服中心，欢迎您的来电。请问有什么可以帮您？"),
        ("华安客服中心", "您好，华安客服中心，欢迎您的来电。请问有什么可以帮您？"),
        (None, "您好，__客服中心，欢迎您的来电。请问有什么可以帮您？"),
    ],
)
def test_opening_names_the_company_where_known(handbook: Rulebook, company: str | None, words: str) -> None:
    assert Call(handbook, CallFacts(company=company)).all(SilentCallStep)[0].say == words


def test_company_told_later_renews_the_words(story: Story) -> None:
    story.until(200).feed(FactsNoted(200, CallFacts(company="华安")))
    assert "华安客服中心" in story.all(SilentCallStep)[-1].say


def test_agent_speaking_again_restarts_the_wait(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(6_000).speaks(AGENT, 1_000).silent(5_000, since=7_000)
    assert story.steps[1:] == [(3_720, 1, "wait"), (7_320, 1, "wait"), (12_000, 2, "say")]


def test_silence_before_the_opening_does_not_advance(story: Story) -> None:
    story.silent(7_000, since=0)
    assert story.steps == [(0, 1, "say")]
    missed = item(story.finish(), "silent-call-sequence")
    assert missed.verdict is Verdict.MISSED
    assert missed.evidence[0].quote == "未说开头语"


def test_without_an_agent_turn_the_step_stays(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).silent(9_000, since=3_400).until(30_000)
    assert story.steps[-1] == (8_400, 2, "say")


def test_a_customer_turn_of_300_ms_ends_it_for_good(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(5_000).speaks(CUSTOMER, 300)
    assert story.steps[-1] == (5_620, 0, "over")
    story.until(7_000).speaks(AGENT, 1_000).silent(5_000, since=8_000)
    assert story.steps[-1][2] == "over"
    assert item(story.finish(), "silent-call-sequence").verdict is Verdict.NOT_APPLICABLE


def test_a_click_of_the_line_does_not_nor_does_it_move_the_five_seconds(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(5_000).speaks(CUSTOMER, 140).silent(5_000, since=5_140)
    assert story.steps[2:] == [(8_400, 2, "say")]


def test_a_long_open_customer_turn_ends_it_while_it_lasts(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(5_120)
    story.feed(TurnStarted(5_120, CUSTOMER, 5_000))
    story.until(6_000)
    assert story.steps[-1] == (5_620, 0, "over")
    story.until(7_000).feed(TurnEnded(7_000, CUSTOMER, 5_000, 6_700))
    assert len(story.steps) == 3


def test_hanging_up_early_is_missed(story: Story) -> None:
    _two_silences(story)
    assert item(story.finish(), "silent-call-sequence").verdict is Verdict.MISSED


@pytest.mark.parametrize("channels", [(Channel.MIXED,), (AGENT,)])
def test_one_channel_has_no_silent_call(handbook: Rulebook, channels: tuple[Channel, ...]) -> None:
    assert Call(handbook, channels=channels).until(1_000).steps == []


def test_outbound_calls_have_none(handbook: Rulebook) -> None:
    assert Call(handbook, CallFacts(direction="outbound")).until(1_000).steps == []


def test_direction_told_late_stops_it(story: Story) -> None:
    story.until(200).feed(FactsNoted(200, CallFacts(direction="outbound")))
    assert story.steps[-1] == (200, 0, "over")


def test_announced_silence_is_no_step(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000, "您好，请稍等").until(33_400)
    assert [(one.kind, one.at_ms) for one in story.all(SilenceReached)] == [(SilenceKind.ANNOUNCED, 33_400)]
    assert story.steps[-1] == (3_720, 1, "wait")


def _prompt(story: Story, start_ms: int, end_ms: int) -> PromptPlayed:
    return PromptPlayed(story.now, CUSTOMER, start_ms, end_ms, "queue-busy", "fingerprint")


def test_a_prompt_does_not_end_it_nor_move_its_five_seconds(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(4_500)
    story.feed(TurnStarted(4_500, CUSTOMER, 4_400))
    story.until(4_960).feed(_prompt(story, 4_400, 7_400))
    story.until(7_700).feed(TurnEnded(7_700, CUSTOMER, 4_400, 7_380))
    assert story.until(9_000).steps == [(0, 1, "say"), (3_720, 1, "wait"), (8_400, 2, "say")]


def test_five_seconds_are_full_while_a_prompt_plays(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(7_500)
    story.feed(TurnStarted(7_500, CUSTOMER, 7_400))
    story.until(7_960).feed(_prompt(story, 7_400, 12_400))
    assert story.until(9_000).steps[-1] == (8_400, 2, "say")


def test_a_turn_not_yet_known_for_a_prompt_holds_the_step_back(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(8_300)
    story.feed(_prompt(story, 4_000, 5_000), TurnStarted(8_300, CUSTOMER, 8_200))
    assert story.until(8_600).steps[-1] == (3_720, 1, "wait")
    story.feed(_prompt(story, 8_200, 12_000))
    assert story.steps[-1] == (8_600, 2, "say")


def test_recognised_too_late_it_is_taken_up_again(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(4_000).speaks(CUSTOMER, 2_000, "您好，坐席全忙，请稍候")
    heard = story.all(PromptPlayed)
    assert [(a.start_ms, a.end_ms, a.name, a.by) for a in heard] == [(4_000, 6_000, "坐席全忙", "words")]
    assert story.until(9_000).steps[2:] == [(4_620, 0, "over"), (6_600, 1, "wait"), (8_400, 2, "say")]
    assert [step.wait_from_ms for step in story.all(SilentCallStep) if step.state == "wait"] == [3_400, 3_400]


def test_an_agent_turn_meanwhile_is_what_the_wait_counts_from(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(4_000)
    story.feed(TurnStarted(4_000, CUSTOMER, 3_900))
    story.until(6_000).feed(TurnStarted(6_000, AGENT, 5_900))
    story.until(7_320).feed(TurnEnded(7_320, AGENT, 5_900, 7_000), TurnEnded(7_320, CUSTOMER, 3_900, 7_000))
    story.until(7_600).feed(_prompt(story, 3_900, 7_100))
    assert story.until(13_000).steps[-2:] == [(7_600, 1, "wait"), (12_000, 2, "say")]


@pytest.mark.parametrize("said_at", [4_000, 9_000])
def test_who_spoke_live_before_or_after_the_prompt_is_a_customer(story: Story, said_at: int) -> None:
    story.until(400).speaks(AGENT, 3_000)
    if said_at < 6_000:
        story.until(said_at).speaks(CUSTOMER, 600)
    story.until(6_000).feed(TurnStarted(6_000, CUSTOMER, 6_000), _prompt(story, 6_000, 7_000))
    story.until(7_320).feed(TurnEnded(7_320, CUSTOMER, 6_000, 7_000))
    if said_at > 6_000:
        story.until(said_at).speaks(CUSTOMER, 600)
    assert story.until(40_000).steps[-1][2] == "over"


def test_a_voice_that_goes_on_after_the_prompt_is_a_customer(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(4_000)
    story.feed(TurnStarted(4_000, CUSTOMER, 4_000), _prompt(story, 4_000, 6_000))
    assert story.until(8_000).steps[-1] == (6_620, 0, "over")


def test_silence_after_a_prompt_is_no_dead_air(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(4_000).speaks(CUSTOMER, 2_000, "您好，坐席全忙，请稍候")
    story.speaks(AGENT, 1_000).silent(5_000, since=story.now - 320)
    assert "midcall-dead-air" not in story.hints
    assert item(story.finish(), "midcall-dead-air").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    "said",
    [
        "您好，坐席忙，请稍候", "座席全忙请不要挂机", "您所拨打的电话正在通话中，请稍后再拨",
        "作息忙，您拨打的电话正在通话中",
        "正在为您转接人工客服，请稍候", "为了保证服务质量，您的通话将被录音", "现在是非工作时间，请按一留言",
        "我是您的智能客服，正在为您转接人工，请稍候", "我们将尽快为您服务，人工服务繁忙，请耐心等待",
        "现在不在服务时间", "您拨打的号码是空号，请查证后再拨",
        "Sorry, the number you have dialed is not available",
    ],
)  # fmt: skip
def test_what_machines_say(handbook: Rulebook, said: str) -> None:
    assert PromptWordings(handbook.announcements).known(said)


@pytest.mark.parametrize(
    "heard",
    [
        "抱歉，当前做洗忙，请稍后再试。", "作习暂时无人借听，请稍后再播。", "当前非工作时间，请在工作时间播打。",
        "克服以皆通，为您服务。", "您波打的电话无人借听",
    ],
)  # fmt: skip
def test_what_machines_say_is_known_as_a_recogniser_writes_it(handbook: Rulebook, heard: str) -> None:
    assert PromptWordings(handbook.announcements).known(heard)


@pytest.mark.parametrize(
    "said",
    [
        "请稍等", "请稍等一下我在开车", "喂你好", "请稍候，我正在通话中", "我打过去一直说坐席忙我等了半个小时了",
        "你们的坐席忙不忙啊", "我刚才按一，再按二，转了半天",
        "欢迎致电是什么意思啊我要投诉你们", "帮我转人工客服",
        "我拨打的电话说无法接通", "是不是非工作时间打不通", "", "你们人工服务繁忙啊",
        "您拨打的号码是空号，这是你们给我的号码啊", "现在不在服务时间吗", "人工服务请按几",
        "打过去一直说您拨打的电话已关机",
        "您拨打的电话已关机是吧", "怎么不在服务时间",
    ],
)  # fmt: skip
def test_what_people_say(handbook: Rulebook, said: str) -> None:
    assert not PromptWordings(handbook.announcements).known(said)
