"""Whatever is heard, the page never shows two hints and none is left behind."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings, strategies as st

from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel, ChannelLost
from pipeline.events.hints import HintCleared, HintDismissed, HintDone, HintRaised
from pipeline.events.measures import LevelMeasured, PaceMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import (
    OverlapNoted,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
)
from tests.coach.story import Story, words

_TEXTS = [
    "我不知道",
    "这不关我的事",
    "请稍等",
    "让您久等了",
    "您好华安服务中心",
    "嗯好的",
    "你应该看看",
    "请您大声一点",
    "再见",
    "",
]
_NAMES = ["started", "ended", "silence", "reached", "broken", "overlap", "words", "pace", "pitch", "lost"]
_NAMES += ["dismissed", "done", "level", "level"]
_CHANNELS = st.sampled_from([Channel.AGENT, Channel.CUSTOMER])
_KINDS = st.sampled_from(list(SilenceKind))
_BACK = st.integers(0, 6_000)


def _event(now: int, draw: tuple[str, Channel, SilenceKind, int, str, float]) -> Event:
    name, channel, kind, back, text, rate = draw
    start, hint = max(0, now - back), back % 7 + 1
    return {
        "started": TurnStarted(now, channel, start),
        "ended": TurnEnded(now, channel, start, now),
        "silence": SilenceStarted(now, start, kind, 5_000),
        "reached": SilenceReached(now, start, 5_000, kind),
        "broken": SilenceEnded(now, start, now, kind),
        "overlap": OverlapNoted(now, start, now, channel),
        "words": words(now, channel, start, now, text),
        "pace": PaceMeasured(now, channel, start, now, rate, rate * 1.2, 50, back, back, "words"),
        "pitch": PitchMeasured(now, channel, start, now, 200, rate / 100, 4, back, 3.0, 60_000),
        "level": LevelMeasured(now, channel, start, now, -rate / 8, rate / 20, 0.0),
        "lost": ChannelLost(now, channel, start),
        "dismissed": HintDismissed(now, hint, None if back % 2 else False),
        "done": HintDone(now, hint, "agent"),
    }[name]


_DRAWS = st.tuples(
    st.sampled_from(_NAMES),
    _CHANNELS, _KINDS, _BACK, st.sampled_from(_TEXTS), st.floats(60, 400),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 300), st.lists(_DRAWS, min_size=1, max_size=3)), max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_hint_at_a_time_and_none_left(handbook: Rulebook, moments: list[tuple[int, list[object]]]) -> None:
    story = Story(handbook)
    for slices, draws in moments:
        story.until(story.now + 20 * slices)
        story.feed(*(_event(story.now, draw) for draw in draws))  # type: ignore[arg-type]
    story.finish()

    shown: int | None = None
    raised_ms: dict[int, int] = {}
    for event in story.said:
        if isinstance(event, HintRaised):
            assert shown is None, "two hints at once"
            assert event.hint == len(raised_ms) + 1
            assert "{" not in event.say + event.why
            shown, raised_ms[event.hint] = event.hint, event.at_ms
        elif isinstance(event, HintDone):
            assert event.hint == shown
        elif isinstance(event, HintCleared):
            assert event.hint == shown
            if event.reason in ("cause_gone", "expired"):
                assert event.at_ms - raised_ms[event.hint] >= 3_000
            shown = None
    assert shown is None, "a hint was left behind"
    times = [event.at_ms for event in story.said]
    assert times == sorted(times)
    scored = story.said[-1]
    assert isinstance(scored, CallScored)
    assert (scored.total is None) == bool(scored.unscored_reason)
    assert scored.total is None or 0 <= scored.total <= 100
    assert 0 <= (scored.assessed or 0) <= (scored.offered or 0) <= sum(i.weight for i in scored.items)
    assert all(0 <= group.points <= group.weight for group in scored.groups)
    assert 0 <= scored.lost_share <= 1
