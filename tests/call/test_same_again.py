"""Same facts, same rulebook, same result: whatever was said and lost in a call, its replay says the same again."""

from __future__ import annotations

from hypothesis import example, given, settings, strategies as st

from pipeline.coach.rulebook.loading import load_rulebook
from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted
from pipeline.events.hints import HintDismissed
from pipeline.events.record import Event
from pipeline.events.turns import OnsetPending
from pipeline.events.words import WordsGuessed
from pipeline.folders import bundled
from pipeline.replay import replay
from tests.coach.dialogue import SETTINGS, Line, Played

RULEBOOK = load_rulebook(bundled("rules", "handbook.yaml"))
SIDES = st.sampled_from([Channel.AGENT, Channel.CUSTOMER])
TEXTS = st.sampled_from(
    ["您好，华安客服中心", "请稍等", "还在查，请再等两分钟", "让您久等了", "谢谢您的等待", "嗯", "我不知道",
     "这不关我的事", "您拨打的电话正在通话中，请稍后再拨", "我帮您查到了，订单已经发货", "再见", "请您大声一点",
     "等一下我找找订单号", "请等三分钟", "请问您的订单号是多少", "您那边下雨了没", "诶稍等，发票抬头能改吗", ""]
)  # fmt: skip
PAUSES = st.sampled_from([0, 20, 200, 700, 1_000, 2_500, 4_980, 5_000, 5_060, 12_000, 31_000])
LINES = st.lists(st.tuples(SIDES, TEXTS, st.sampled_from([140, 300, 900, 2_400]), PAUSES, st.booleans()), max_size=12)
GAPS = st.lists(st.tuples(SIDES, st.integers(1, 2_000), st.sampled_from([1, 5, 49, 50, 51, 300])), max_size=3)


def _lines(drawn: list[tuple[Channel, str, int, int, bool]]) -> list[Line]:
    """One after the other, or over the last one; a side never over itself."""
    lines: list[Line] = []
    now = 0
    free: dict[Channel, int] = {}
    for who, text, length_ms, pause_ms, cuts_in in drawn:
        start_ms = max(now - 300 * cuts_in + pause_ms, free.get(who, 0))
        lines.append(Line(who, start_ms, text, length_ms))
        free[who] = start_ms + length_ms + 400
        now = start_ms + length_ms
    return lines


def _gaps(drawn: list[tuple[Channel, int, int]]) -> list[Event]:
    told: list[Event] = []
    free: dict[Channel, int] = {}
    for channel, first, slices in drawn:
        at = max(first * 20, free.get(channel, 0))
        end = at + slices * 20
        told += [GapStarted(at, channel, at - 20), GapEnded(end, channel, at - 20, end - 20)]
        if slices >= 50:
            told += [ChannelLost(at + 980, channel, at - 20), ChannelBack(end, channel, at - 20, end - 20)]
        free[channel] = end + 20
    return told


@example([], [(Channel.AGENT, 1, 300)], [], 0)  # something follows from the last slice, in which nothing is heard
@example([(Channel.AGENT, "", 900, 0, False)], [], [295], 0)  # an onset in the slice in which five seconds are full
@given(LINES, GAPS, st.lists(st.integers(1, 2_000), max_size=5), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_replay_says_the_same_again(
    drawn: list[tuple[Channel, str, int, int, bool]],
    gaps: list[tuple[Channel, int, int]],
    onsets: list[int],
    hint: int,
) -> None:
    lines = _lines(drawn)
    end_ms = max([line.end_ms for line in lines], default=0) + 7_000
    told = [event for event in _gaps(gaps) if event.at_ms <= end_ms]
    told += [OnsetPending(at * 20, Channel.CUSTOMER) for at in onsets if at * 20 <= end_ms]
    told.append(HintDismissed(end_ms - 3_000, hint, useful=False))
    told += [WordsGuessed(at, Channel.AGENT, 0, "您", 1) for at in range(1_000, end_ms, 700)]  # shown, never kept
    call = Played(RULEBOOK, lines, end_ms / 1000, told)
    kept = [event for event in call.events if not isinstance(event, WordsGuessed)]
    again = [event for events in replay(RULEBOOK, SETTINGS, kept) for event in events]
    assert again == kept
