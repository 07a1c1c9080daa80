"""A leaky headset: the customer's voice in the microphone is no agent who speaks, and the page is told once."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.events.channels import BleedNoted, Channel
from pipeline.events.record import Event
from pipeline.events.turns import OverlapNoted, TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from tests.conftest import Hear
from tests.sound import Played, ms, speech, stereo


@pytest.fixture(scope="module")
def talk() -> Pcm:
    """Agent, customer, agent, customer: no one at once."""
    agent, customer = speech("您好，请问有什么可以帮您？", "f2"), speech("我想查一下昨天买的订单，怎么还没有到？", "m3")
    at, sides = 500, ([], [])  # type: tuple[int, tuple[list[tuple[int, Pcm]], list[tuple[int, Pcm]]]]
    for turn in range(6):
        spoken = (agent, customer)[turn % 2]
        sides[turn % 2].append((at, spoken))
        at += ms(spoken) + 700
    return stereo(*sides, at + 500)


def leaking(call: Pcm, gain_db: float, lag_ms: int) -> Pcm:
    lag = lag_ms * SAMPLE_RATE_HZ // 1000
    out = call.astype(np.float64) + np.random.default_rng(1).standard_normal(call.shape) * 10
    out[lag:, 0] += call[: len(call) - lag, 1] * 10 ** (gain_db / 20)
    return np.clip(out, -32768, 32767).astype(np.int16)


def agent_turns(events: list[Event]) -> list[TurnEnded]:
    return [e for e in events if isinstance(e, TurnEnded) and e.channel is Channel.AGENT]


def test_the_customer_in_the_microphone_is_no_agent(hear: Hear, talk: Pcm) -> None:
    clean, events = hear(leaking(talk, -200, 0)), hear(leaking(talk, -18, 30))
    [noted] = [e for e in events if isinstance(e, BleedNoted)]
    assert (noted.channel, noted.is_copy) == (Channel.AGENT, False)
    assert noted.lag_ms == pytest.approx(30, abs=2)
    assert noted.gain_db == pytest.approx(-18, abs=4)
    assert not [e for e in clean if isinstance(e, BleedNoted)]
    after = [t for t in agent_turns(events) if t.start_ms > noted.at_ms]
    wanted = [t for t in agent_turns(clean) if t.start_ms > noted.at_ms]
    assert [(t.start_ms, t.end_ms) for t in after] == [
        (pytest.approx(t.start_ms, abs=60), pytest.approx(t.end_ms, abs=160)) for t in wanted
    ]
    assert len(after) == 2
    assert not [e for e in events if isinstance(e, OverlapNoted) and e.interrupter is Channel.AGENT]


def test_a_recording_doubled_into_both_channels_loses_nobody(hear: Hear, talk: Pcm) -> None:
    mixed = talk.sum(axis=1).astype(np.int16)
    events = hear(Played(np.stack([mixed, mixed], axis=1)))  # as a file it would be one mixed channel
    assert {e.is_copy for e in events if isinstance(e, BleedNoted)} <= {True}
    sides = [[(t.start_ms, t.end_ms) for t in events if isinstance(t, TurnEnded) and t.channel is side]
             for side in (Channel.AGENT, Channel.CUSTOMER)]  # fmt: skip
    assert sides[0] == sides[1]
    assert len(sides[0]) >= 6
