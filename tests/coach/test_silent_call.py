"""The silent-call procedure (document 002): steps, countdown, and what ends it."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook import Rulebook
from pipeline.events import (
    CallFacts,
    Channel,
    FactsNoted,
    SilenceKind,
    SilenceReached,
    SilentCallStep,
    TurnEnded,
    TurnStarted,
    Verdict,
)
from tests.coach.story import AGENT, CUSTOMER, Story, item


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
        (None, "您好，欢迎您的来电。请问有什么可以帮您？"),
    ],
)
def test_opening_names_the_company_where_known(handbook: Rulebook, company: str | None, words: str) -> None:
    assert Story(handbook, CallFacts(company=company)).all(SilentCallStep)[0].say == words


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


def test_a_click_of_the_line_does_not(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(5_000).speaks(CUSTOMER, 140).silent(5_000, since=5_140)
    assert story.steps[-1] == (10_140, 2, "say")


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
    assert Story(handbook, channels=channels).until(1_000).steps == []


def test_outbound_calls_have_none(handbook: Rulebook) -> None:
    assert Story(handbook, CallFacts(direction="outbound")).until(1_000).steps == []


def test_direction_told_late_stops_it(story: Story) -> None:
    story.until(200).feed(FactsNoted(200, CallFacts(direction="outbound")))
    assert story.steps[-1] == (200, 0, "over")


def test_announced_silence_is_no_step(story: Story) -> None:
    story.until(400).speaks(AGENT, 3_000).until(33_400)
    story.feed(SilenceReached(33_400, 3_400, 30_000, SilenceKind.ANNOUNCED))
    assert story.steps[-1] == (3_720, 1, "wait")
