"""Audio lost at any moment: the call goes on, and no five seconds are counted in which nobody was heard."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.asr.engine.transcribers import NoTranscriber
from pipeline.call import listen
from pipeline.coach.rulebook.schema import Rulebook
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.events.turns import SilenceReached, TurnEnded
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm
from pipeline.settings import CallSettings
from tests.sound import Played, ms, silence, speech, stereo

SIDES = (Channel.AGENT, Channel.CUSTOMER)


@pytest.fixture(scope="module")
def talk() -> Pcm:
    agent, customer = speech("您好，请问有什么可以帮您", speed=170), speech("我想查一下订单，谢谢", speed=170)
    second, third = 500 + ms(agent) + 400, 500 + ms(agent) + 400 + ms(customer) + 700
    return stereo([(500, agent), (third, agent)], [(second, customer)], third + ms(agent) + 7_000)


def holes(seed: int, count: int) -> np.ndarray:
    """Stretches of 20 ms to 2.5 s, on either side."""
    random = np.random.default_rng(seed)
    lost = np.zeros((count, 2), bool)
    for side in (0, 1):
        at = 0
        while at < count:
            at += int(random.integers(1, 150))
            length = int(random.integers(1, 125))
            lost[at : at + length, side] = True
            at += length
    return lost


@pytest.mark.parametrize("seed", range(12))
def test_holes_anywhere_break_nothing(talk: Pcm, rulebook: Rulebook, seed: int) -> None:
    lost = holes(seed, len(talk) // SLICE_SAMPLES)
    source = Played(talk, lost=lost)
    events: list[Event] = []
    for told in listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="c", started_at="t"):
        events += told
    assert isinstance(events[-1], CallScored)
    assert [e.at_ms for e in events] == sorted(e.at_ms for e in events)
    for side in SIDES:
        told_lost = [e for e in events if isinstance(e, ChannelLost | ChannelBack) and e.channel is side]
        assert [type(e) for e in told_lost] == [ChannelLost, ChannelBack] * (len(told_lost) // 2) + [ChannelLost] * (
            len(told_lost) % 2
        )
    for reached in (e for e in events if isinstance(e, SilenceReached) and e.kind == "both"):
        within = lost[reached.start_ms // SLICE_MS : reached.at_ms // SLICE_MS].any(axis=1)
        heard_ms = int((~within).sum()) * SLICE_MS
        assert heard_ms >= reached.limit_ms - SLICE_MS  # five seconds in which both sides were heard


def customer_talks(rulebook: Rulebook, pcm: Pcm, lost_ms: list[tuple[int, int]]) -> list[Event]:
    """The events of a call in which the customer's side is lost from and to these times."""
    lost = np.zeros((len(pcm) // SLICE_SAMPLES, 2), bool)
    for start_ms, end_ms in lost_ms:
        lost[start_ms // SLICE_MS : end_ms // SLICE_MS, 1] = True
    source = Played(np.stack([np.zeros_like(pcm), pcm], axis=1), lost=lost)
    told = listen(source, NoTranscriber(), rulebook, CallSettings(), call_id="c", started_at="t")
    return [event for events in told for event in events]


@pytest.mark.parametrize("hole_ms", [20, 100, 200, 300, 500, 860, 2_000])
@pytest.mark.parametrize("heard_ms", [400, 960])
def test_a_voice_between_holes_is_heard_where_it_is(rulebook: Rulebook, hole_ms: int, heard_ms: int) -> None:
    """Without a pause, so that the first gate of the voice detector stays open as long as anything is heard."""
    voice = speech("我想查一下我上个星期在你们那里买的那台洗衣机的订单", speed=110)
    pcm = np.concatenate([silence(100), voice, silence(1_000)])
    holes_ms = [(at, at + hole_ms) for at in range(840, 6_000, heard_ms + hole_ms)]
    events = customer_talks(rulebook, pcm, holes_ms)
    assert not [e for e in events if isinstance(e, SilenceReached)]
    told, whole = slices_of_turns(events), slices_of_turns(customer_talks(rulebook, pcm, []))
    lost = {at_ms for start_ms, end_ms in holes_ms for at_ms in range(start_ms, end_ms, SLICE_MS)}
    assert len(whole - lost - told) <= 2 * len(holes_ms)  # a syllable that fades into a hole
    assert len(told - whole) <= 2
    if hole_ms > CallSettings().turns.gap_ms:
        assert len(told & lost) <= 2 * len(holes_ms)


def slices_of_turns(events: list[Event]) -> set[int]:
    turns = [event for event in events if isinstance(event, TurnEnded)]
    return {at_ms for turn in turns for at_ms in range(turn.start_ms, turn.end_ms, SLICE_MS)}


@pytest.mark.parametrize("hole_ms", [100, 500, 940])
def test_what_was_lost_at_the_end_of_a_turn_is_no_silence(rulebook: Rulebook, hole_ms: int) -> None:
    """That the turn has ended shows only after the hole."""
    voice = speech("我想查一下我的订单", speed=150)
    lost_ms = (ms(voice) - 100) // SLICE_MS * SLICE_MS
    pcm = np.concatenate([voice, silence(8_000)])
    events = customer_talks(rulebook, pcm, [(lost_ms, lost_ms + hole_ms)])
    reached = [e for e in events if isinstance(e, SilenceReached)]
    assert len(reached) == 1
    assert 0 <= reached[0].at_ms - reached[0].start_ms - hole_ms - reached[0].limit_ms <= 120
