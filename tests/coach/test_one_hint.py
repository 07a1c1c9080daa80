"""One hint at a time: severity, spacing, cool-down, answers; and the phases of a call."""

from __future__ import annotations

import pytest

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.call import PhaseChanged
from pipeline.events.hints import HintDismissed, HintDone, HintRaised, HintShown
from pipeline.events.record import Event
from pipeline.events.score import Verdict
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceReached, SilenceStarted
from tests.coach.story import AGENT, CUSTOMER, Story, item

# --- one hint at a time -----------------------------------------------------------------------------


def test_a_higher_severity_replaces_at_once(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "我不知道").speaks(AGENT, 1_000, "这不关我的事")
    assert talk.hints == ["ban-i-dont-know", "ban-none-of-my-business"]
    assert talk.cleared == [(1, "replaced")]


def test_the_gravest_of_one_moment_wins(talk: Story) -> None:
    talk.speaks(AGENT, 2_000, "我不知道，这不关我的事")
    assert talk.hints == ["ban-none-of-my-business"]
    assert item(talk.finish(), "ban-i-dont-know").verdict is Verdict.MISSED


def test_a_fatal_one_goes_before_its_equals(handbook: Rulebook) -> None:
    """An equal one that came first must not keep it off the page."""
    story = Story(handbook).until(10_500)
    story.speaks(AGENT, 2_500, "这是你的事，你自己做决定").until(15_000).speaks(AGENT, 2_000, "这不关我的事")
    assert story.hints == ["ban-your-own-matter", "ban-none-of-my-business"]
    assert story.cleared == [(1, "replaced")]
    story.speaks(AGENT, 2_500, "这是你的事，你自己做决定").until(60_000)
    assert story.hints == ["ban-your-own-matter", "ban-none-of-my-business"]


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


def test_a_silence_that_was_broken_keeps_no_ban_off_the_page(talk: Story) -> None:
    """Seen in the demo call: the words came 40 ms before the broken silence would have left."""
    talk.silent(5_000).speaks(AGENT, 1_000, "这个我不清楚").until(40_000)
    first, second = talk.all(HintRaised)
    assert (first.rule, second.rule) == ("midcall-dead-air", "ban-bu-qingchu")
    assert second.at_ms - first.at_ms < 3_000  # the first was to be read for so long
    assert talk.cleared[0] == (1, "done")


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


def _unnamed(story: Story, first: str = "喂您好") -> Story:
    """The customer has spoken, and the agent's second utterance ends at 5 s without the company's name."""
    story.until(500).speaks(AGENT, 800, first).speaks(CUSTOMER, 800, "你好")
    return story.until(4_000).speaks(AGENT, 1_000, "请问有什么可以帮您")


def test_a_tip_that_was_just_shown_holds_back_no_warning(story: Story) -> None:
    _unnamed(story).until(7_000).speaks(AGENT, 1_000, "我不知道").speaks(AGENT, 1_000, "这不关我的事")
    assert [(h.rule, h.at_ms) for h in story.all(HintRaised)] == [
        ("self-identify", 5_600),
        ("ban-i-dont-know", 8_600),
        ("ban-none-of-my-business", 10_200),
    ]


def test_a_warning_that_was_just_shown_holds_back_a_tip(story: Story) -> None:
    story.until(500).speaks(AGENT, 200, "我不知道").feed(HintDismissed(story.now, 1))
    _unnamed(story)
    assert story.hints == ["ban-i-dont-know"]


def test_a_hint_that_was_due_and_not_shown_is_told_on_the_card(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "这不关我的事").speaks(AGENT, 1_000, "我不知道").speaks(AGENT, 1_000, "我不知道")
    assert talk.hints == ["ban-none-of-my-business"]
    scored = talk.finish()
    assert (item(scored, "ban-none-of-my-business").withheld, item(scored, "ban-i-dont-know").withheld) == (0, 2)


def test_a_silence_that_was_told_later_was_not_withheld(talk: Story) -> None:
    talk.speaks(AGENT, 1_000, "这不关我的事").silent(5_000, since=7_000).until(30_000)
    assert item(talk.finish(), "midcall-dead-air").withheld == 0


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
    assert phases == ["opening", "body", "hold", "body", "closing"]


def test_the_opening_lasts_thirty_seconds_at_most(story: Story) -> None:
    story.until(40_000)
    assert [(e.at_ms, e.phase) for e in story.all(PhaseChanged)] == [(0, "opening"), (30_000, "body")]


def test_the_openings_time_may_run_out_in_a_hold(story: Story) -> None:
    story.until(20_000).feed(SilenceStarted(20_000, 19_000, SilenceKind.HOLD, None))
    story.until(40_000).feed(SilenceEnded(40_000, 19_000, 40_000, SilenceKind.HOLD))
    assert [e.phase for e in story.all(PhaseChanged)] == ["opening", "hold", "body"]


def test_hold_told_by_the_adapter_is_no_dead_air(talk: Story) -> None:
    talk.feed(SilenceStarted(talk.now, 5_000, SilenceKind.HOLD, None))
    talk.until(60_000)
    assert talk.hints == []


def test_silence_whose_kind_changes_is_gone(talk: Story) -> None:
    talk.speaks(AGENT, 1_000).until(12_000)
    talk.feed(SilenceReached(12_000, 7_000, 5_000, SilenceKind.BOTH))
    talk.until(16_000).feed(SilenceStarted(16_000, 7_000, SilenceKind.ANNOUNCED, 30_000))
    assert talk.cleared == [(1, "cause_gone")]
