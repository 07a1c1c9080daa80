"""Silence and overlap from sequences of turn events."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pipeline.audio.turn_taking import TurnTaking, TurnTakingSettings
from pipeline.events.channels import Channel, ChannelBack, ChannelLost, GapEnded, GapStarted
from pipeline.events.record import Event
from pipeline.events.turns import (
    AnswerAwaited,
    OnsetPending,
    OverlapNoted,
    SilenceEnded,
    SilenceKind,
    SilenceReached,
    SilenceStarted,
    TurnEnded,
    TurnStarted,
    WaitEnded,
    WaitNearsEnd,
    WaitRequested,
)
from pipeline.events.words import WordsHeard

BOTH = (Channel.AGENT, Channel.CUSTOMER)
Turns = list[tuple[Channel, int, int]]


def story(
    turns: Turns,
    until_ms: int,
    *,
    channels: tuple[Channel, ...] = BOTH,
    gap: range = range(0),
    lost: dict[Channel, range] | None = None,
    announce: tuple[Channel, int, int] | None = None,
    late_ms: int = 320,
    words: Sequence[Event] = (),
) -> list[Event]:
    """The events for these turns, known 100 ms after their start and `late_ms` after their end."""
    turn_taking = TurnTaking(channels, TurnTakingSettings())
    out: list[Event] = []
    for now in range(20, until_ms + 20, 20):
        told: list[Event] = []
        for channel, start, end in turns:
            if now == start + 100:
                told.append(TurnStarted(now, channel, start))
            if now == end + late_ms:
                told.append(TurnEnded(now, channel, start, end))
        if announce and now == announce[1] + 600:
            by, end, limit = announce
            told.append(WaitRequested(now, by, end - 1_000, end, "请稍等", None, limit))
        told += [event for event in words if event.at_ms == now]
        told += _lost(now, lost or {}) + _gap(now, gap)
        out += turn_taking.feed(now, told)
    return out


def _gap(now: int, gap: range) -> list[Event]:
    if gap and now == gap.start:
        return [GapStarted(now, Channel.CUSTOMER, now - 20)]
    if gap and now == gap.stop:
        return [GapEnded(now, Channel.CUSTOMER, gap.start - 20, now - 20)]
    return []


def _lost(now: int, lost: dict[Channel, range]) -> list[Event]:
    told: list[Event] = []
    for channel, when in lost.items():
        if now == when.start:
            told.append(ChannelLost(now, channel, now - 1_000))
        if now - 20 == when[-1]:
            told.append(ChannelBack(now, channel, when.start, now - 20))
    return told


def test_the_limit_is_reported_in_the_slice_in_which_it_is_full() -> None:
    events = story([(Channel.AGENT, 1000, 3000)], 9000)
    reached = [e for e in events if isinstance(e, SilenceReached)]
    assert reached == [SilenceReached(8000, 3000, 5000, SilenceKind.BOTH)]


def test_a_silence_starts_at_the_true_end_and_ends_at_the_true_start() -> None:
    events = story([(Channel.AGENT, 1000, 3000), (Channel.CUSTOMER, 6000, 7000)], 7200)
    silences = [e for e in events if isinstance(e, SilenceStarted | SilenceEnded)]
    assert silences == [
        SilenceStarted(1000, 0, SilenceKind.BOTH, 5000),
        SilenceEnded(1100, 0, 1000, SilenceKind.BOTH),
        SilenceStarted(4000, 3000, SilenceKind.BOTH, 5000),
        SilenceEnded(6100, 3000, 6000, SilenceKind.BOTH),
    ]


def test_a_pending_onset_delays_the_limit_by_100_ms_at_most() -> None:
    turn_taking = TurnTaking(BOTH, TurnTakingSettings())
    reached = [e.at_ms for now in range(20, 6000, 20) for e in turn_taking.feed(now, [OnsetPending(now, Channel.AGENT)])
               if isinstance(e, SilenceReached)]  # fmt: skip
    assert reached == [5100]


def test_an_announced_wait_has_a_limit_of_its_own() -> None:
    events = story([(Channel.AGENT, 1000, 2000)], 40_000, announce=(Channel.AGENT, 2000, 30_000))
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.ANNOUNCED, 32_000)]


def test_a_wait_of_the_agent_lasts_until_words_say_that_they_are_back() -> None:
    turns = [(Channel.AGENT, 1000, 2000), (Channel.CUSTOMER, 4000, 4400), (Channel.AGENT, 20_000, 21_000)]
    asked = (Channel.AGENT, 2000, 30_000)
    back = WaitEnded(21_600, Channel.AGENT, 2_000, 20_000)
    events = story(turns, 40_000, announce=asked)
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.ANNOUNCED, 32_000)]
    events = story(turns, 40_000, announce=asked, words=[back])
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.BOTH, 26_000)]


def test_when_the_time_is_up_any_turn_of_the_agent_ends_the_wait() -> None:
    events = story(
        [(Channel.AGENT, 1000, 2000), (Channel.AGENT, 33_000, 34_000)], 40_000, announce=(Channel.AGENT, 2000, 30_000)
    )
    reached = [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)]
    assert reached == [(SilenceKind.ANNOUNCED, 32_000), (SilenceKind.BOTH, 39_000)]


@pytest.mark.parametrize(
    ("said_ms", "heard", "kind"),
    [
        (15_000, "", SilenceKind.BOTH),  # the recogniser is away: whoever speaks for so long is back
        (15_000, "正在查，请您再等一下", SilenceKind.ANNOUNCED),
        (1_500, "", SilenceKind.ANNOUNCED),  # 好的，马上
    ],
)
def test_of_an_agent_whose_words_nobody_knows_it_is_not_said_that_the_customer_waits(
    said_ms: int, heard: str, kind: SilenceKind
) -> None:
    words = [WordsHeard(8_000 + said_ms, Channel.AGENT, 6_100, 6_000 + said_ms, heard, (), 0)] if heard else []
    turns: Turns = [(Channel.CUSTOMER, 0, 400), (Channel.AGENT, 500, 2_000), (Channel.AGENT, 6_000, 6_000 + said_ms)]
    events = story(turns, 34_000, announce=(Channel.AGENT, 2_000, 30_000), words=words)
    reached = [event for event in events if isinstance(event, SilenceReached)]
    assert [event.kind for event in reached] == [kind]
    assert reached[0].at_ms == 32_000


def test_a_wait_of_the_customer_ends_with_the_customers_next_turn() -> None:
    turns = [(Channel.CUSTOMER, 1000, 2000), (Channel.AGENT, 4000, 4400), (Channel.CUSTOMER, 20_000, 21_000)]
    events = story(turns, 28_000, announce=(Channel.CUSTOMER, 2000, 30_000))
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.BOTH, 26_000)]


def test_the_end_of_a_long_wait_is_told_half_a_minute_before() -> None:
    for limit_ms, near in ((130_000, [102_000]), (120_000, [])):
        events = story([(Channel.AGENT, 1000, 2000)], 140_000, announce=(Channel.AGENT, 2000, limit_ms))
        assert [e.at_ms for e in events if isinstance(e, WaitNearsEnd)] == near


def test_a_customer_who_was_asked_something_has_more_time() -> None:
    turns = [(Channel.CUSTOMER, 1000, 2000), (Channel.AGENT, 3000, 5000)]
    asked = AnswerAwaited(5_600, Channel.AGENT, 3000, 5000, 15_000)
    for told, at_ms in (((asked,), 20_000), ((), 10_000)):
        events = story(turns, 30_000, words=told)
        assert [e.at_ms for e in events if isinstance(e, SilenceReached)] == [at_ms]
    assert SilenceStarted(6_000, 5_000, SilenceKind.BOTH, 15_000) in story(turns, 30_000, words=[asked])
    spoke_since = story([*turns, (Channel.CUSTOMER, 7000, 8000)], 30_000, words=[asked])
    assert [e.at_ms for e in spoke_since if isinstance(e, SilenceReached)] == [13_000]
    opening = story(
        [(Channel.AGENT, 3000, 5000)], 30_000, words=[asked]
    )  # the silent call's steps come in five seconds
    assert [e.at_ms for e in opening if isinstance(e, SilenceReached)] == [10_000]


def test_lost_audio_pauses_the_clock() -> None:
    events = story([(Channel.AGENT, 1000, 3000)], 9000, gap=range(5000, 5500, 20))
    assert [e.at_ms for e in events if isinstance(e, SilenceReached)] == [8500]


def test_without_the_customer_the_agents_own_silence_has_the_longer_limit() -> None:
    events = story([(Channel.AGENT, 1000, 3000)], 20_000, channels=(Channel.AGENT,))
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.AGENT, 18_000)]
    events = story([(Channel.AGENT, 1000, 3000)], 20_000, lost={Channel.CUSTOMER: range(3500, 20_020, 20)})
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.AGENT, 18_000)]


def test_there_is_no_silence_while_the_agents_channel_is_lost() -> None:
    events = story([(Channel.AGENT, 1000, 3000)], 20_000, lost={Channel.AGENT: range(3500, 20_020, 20)})
    assert not [e for e in events if isinstance(e, SilenceReached)]


def test_silence_with_a_side_that_was_lost_counts_from_its_return() -> None:
    # The channel is lost from 5 s to 9 s.
    events = story([(Channel.AGENT, 1000, 3000)], 20_000, lost={Channel.CUSTOMER: range(5000, 9001, 20)})
    assert [(e.kind, e.at_ms) for e in events if isinstance(e, SilenceReached)] == [(SilenceKind.BOTH, 14_000)]
    told = [e for e in events if isinstance(e, SilenceStarted | SilenceEnded)]
    assert [(type(e).__name__, e.start_ms, e.kind) for e in told[2:]] == [
        ("SilenceStarted", 3000, SilenceKind.BOTH),
        ("SilenceStarted", 3000, SilenceKind.AGENT),
        ("SilenceEnded", 3000, SilenceKind.AGENT),
        ("SilenceStarted", 9000, SilenceKind.BOTH),
    ]


def overlaps(turns: Turns, late_ms: int = 320) -> list[Channel | None]:
    return [e.interrupter for e in story(turns, 12_000, late_ms=late_ms) if isinstance(e, OverlapNoted)]


def test_cutting_in_until_the_customer_falls_silent_is_an_interruption() -> None:
    assert overlaps([(Channel.CUSTOMER, 1000, 4800), (Channel.AGENT, 4000, 6000)]) == [Channel.AGENT]


def test_a_customer_who_talks_on_was_not_interrupted() -> None:
    assert overlaps([(Channel.CUSTOMER, 1000, 9000), (Channel.AGENT, 4000, 6000)]) == [None]


def test_a_short_back_channel_is_no_interruption() -> None:
    assert overlaps([(Channel.CUSTOMER, 1000, 4600), (Channel.AGENT, 4000, 4900)]) == [None]


def test_starting_together_is_no_interruption() -> None:
    assert overlaps([(Channel.CUSTOMER, 1000, 2400), (Channel.AGENT, 1300, 4000)]) == [None]


def test_a_short_overlap_at_the_end_of_a_turn_is_not_noted() -> None:
    assert overlaps([(Channel.CUSTOMER, 1000, 4300), (Channel.AGENT, 4000, 6000)]) == []


@pytest.mark.parametrize("late_ms", [320, 540])
@pytest.mark.parametrize(("overlap_ms", "interrupter"), [(1_480, Channel.AGENT), (1_520, None)])
def test_up_to_a_second_and_a_half_it_is_one_however_late_the_end_is_known(
    late_ms: int, overlap_ms: int, interrupter: Channel | None
) -> None:
    turns = [(Channel.CUSTOMER, 1_000, 4_000 + overlap_ms), (Channel.AGENT, 4_000, 6_500)]
    assert overlaps(turns, late_ms) == [interrupter]


def chatter(seed: int, until_ms: int) -> list[list[Event]]:
    """Whatever may be heard, at random, in each slice."""
    chance = random.Random(seed)
    speaking: dict[Channel, int] = {}
    ended: dict[Channel, int] = dict.fromkeys(BOTH, 0)
    away: dict[Channel, int] = {}
    slices: list[list[Event]] = []
    for now in range(20, until_ms + 20, 20):
        told: list[Event] = []
        for side in BOTH:
            if side in speaking and chance.random() < 0.01:
                told.append(TurnEnded(now, side, speaking.pop(side), now - 320))
                ended[side] = now - 320
                if chance.random() < 0.2:
                    told.append(
                        WaitRequested(now, side, now - 900, now - 320, "请稍等", None, chance.choice([5, 130]) * 1000)
                    )
                elif side is Channel.AGENT and chance.random() < 0.3:
                    told.append(AnswerAwaited(now, side, now - 900, now - 320, 15_000))
            elif side not in speaking and side not in away and chance.random() < chance.choice([0.0005, 0.01]):
                speaking[side] = max(ended[side], now - 100)
                told.append(TurnStarted(now, side, speaking[side]))
            if side in away and chance.random() < 0.02:
                start = away.pop(side)
                told += [GapEnded(now, side, start, now - 20), ChannelBack(now, side, start, now - 20)]
            elif side not in away and side not in speaking and chance.random() < 0.0003:
                away[side] = now - 20
                told.append(GapStarted(now, side, now - 20))
            if side in away and now - away[side] == 1_000:
                told.append(ChannelLost(now, side, away[side]))
        slices.append(told)
    return slices


@pytest.mark.parametrize("seed", range(6))
def test_slices_left_out_until_something_is_due_would_have_told_nothing(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[list[Event], list[bool], int]:
        turn_taking, out, due, asleep = TurnTaking(BOTH, TurnTakingSettings()), list[Event](), list[bool](), 0
        for number, heard in enumerate(chatter(seed, 600_000), start=1):
            due.append(turn_taking.due(20 * number))
            asleep += not heard and 20 * number < turn_taking.wake_ms
            out += turn_taking.feed(20 * number, heard)
        return out, due, asleep

    out, due, asleep = told()
    monkeypatch.setattr(TurnTaking, "_next_ms", lambda _, at_ms: at_ms)
    assert told() == (out, due, 0)
    assert asleep > 10_000
