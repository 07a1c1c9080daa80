"""Audio lost at any moment: the call goes on, and no five seconds are counted in which nobody was heard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.asr.whisper import NoTranscriber
from pipeline.call import listen
from pipeline.coach.rulebook import Rulebook
from pipeline.events import CallFacts, CallScored, Channel, ChannelBack, ChannelLost, Event, Heard, SilenceReached
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice
from pipeline.settings import CallSettings
from tests.sound import ms, speech, stereo

SIDES = (Channel.AGENT, Channel.CUSTOMER)


class Holey:
    """A call in which `lost` says whether a side is lost in a slice."""

    can_wait = True
    channels = SIDES
    facts = CallFacts()

    def __init__(self, samples: Pcm, lost: np.ndarray) -> None:
        self._samples, self._lost = samples, lost

    def __iter__(self) -> Iterator[Slice]:
        for number, (agent_lost, customer_lost) in enumerate(self._lost):
            block = self._samples[number * SLICE_SAMPLES : (number + 1) * SLICE_SAMPLES]
            heard = {side: Heard.LOST if lost else Heard.YES
                     for side, lost in zip(SIDES, (agent_lost, customer_lost), strict=True)}  # fmt: skip
            pcm = {side: block[:, column] * (heard[side] is Heard.YES) for column, side in enumerate(SIDES)}
            yield Slice(number * SLICE_MS, pcm, heard)


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
    source = Holey(talk, lost)
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
