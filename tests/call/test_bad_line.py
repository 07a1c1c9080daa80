"""A DC offset, rumble and hum change neither who speaks, nor how loud, nor how high; each is told once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.events.channels import Channel, LineNoiseRemoved
from pipeline.events.measures import LevelMeasured, PitchMeasured
from pipeline.events.record import Event
from pipeline.events.turns import TurnEnded
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from tests.conftest import Hear
from tests.sound import ms, speech, stereo

SIDES = (Channel.AGENT, Channel.CUSTOMER)


@pytest.fixture(scope="module")
def talk() -> Pcm:
    """Agent, customer, agent, customer, with the noise of a room."""
    agent, customer = speech("您好，请问有什么可以帮您？", "f2"), speech("我想查一下昨天买的订单，怎么还没有到？", "m3")
    at, sides = 3_000, ([], [])  # type: tuple[int, tuple[list[tuple[int, Pcm]], list[tuple[int, Pcm]]]]
    for turn in range(6):
        spoken = (agent, customer)[turn % 2] // 2
        sides[turn % 2].append((at, spoken))
        at += ms(spoken) + 900
    call = stereo(*sides, at + 500)
    return (call + np.random.default_rng(1).standard_normal(call.shape) * 12).astype(np.int16)


def noise_of(kind: str, count: int) -> NDArray[np.float64]:
    time_s = np.arange(count) / SAMPLE_RATE_HZ
    if kind == "offset":
        return np.full(count, 0.04)
    if kind == "hum":
        return np.asarray(0.01 * np.sin(2 * np.pi * 100 * time_s) + 0.004 * np.sin(2 * np.pi * 150 * time_s))
    spectrum, hz = (
        np.fft.rfft(np.random.default_rng(2).standard_normal(count)),
        np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ),
    )
    rumble = np.fft.irfft(np.where((hz > 20) & (hz < 120), spectrum, 0), count)
    return np.asarray(rumble / np.std(rumble) * 10 ** (-30 / 20))


def turns(events: list[Event], channel: Channel) -> list[tuple[int, int]]:
    """Starts and ends, with pauses for breath joined: whether one is 300 ms long hangs on a slice."""
    joined: list[tuple[int, int]] = []
    for turn in (e for e in events if isinstance(e, TurnEnded) and e.channel is channel):
        start_ms = joined.pop()[0] if joined and turn.start_ms - joined[-1][1] < 450 else turn.start_ms
        joined.append((start_ms, turn.end_ms))
    return joined


def figures(events: list[Event], channel: Channel) -> tuple[float, float]:
    """Level in dBFS and median f0 in Hz of the whole call."""
    [level] = [e for e in events if isinstance(e, LevelMeasured) and e.channel is channel and e.start_ms == 0]
    [pitch] = [e for e in events if isinstance(e, PitchMeasured) and e.channel is channel and e.start_ms == 0]
    return level.speech_dbfs, pitch.median_hz


@pytest.mark.parametrize("kind", ["offset", "hum", "rumble"])
def test_nothing_that_is_measured_changes(hear: Hear, talk: Pcm, kind: str) -> None:
    noise = noise_of(kind, len(talk))[:, None] * 32768
    clean, noisy = hear(talk), hear(np.clip(talk + noise, -32768, 32767).astype(np.int16))
    assert [e for e in clean if isinstance(e, LineNoiseRemoved)] == []
    assert [(e.channel, e.noise) for e in noisy if isinstance(e, LineNoiseRemoved)] == [(side, kind) for side in SIDES]
    for side in SIDES:
        wanted = [(pytest.approx(start, abs=40), pytest.approx(end, abs=100)) for start, end in turns(clean, side)]
        assert wanted == turns(noisy, side)
        was, now = figures(clean, side), figures(noisy, side)
        assert now[0] == pytest.approx(was[0], abs=0.3)
        assert now[1] == pytest.approx(was[1], rel=0.01)
