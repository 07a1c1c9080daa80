"""Bleed of known lag and gain is detected, nothing else is, and its level is never underestimated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from pipeline.audio.bleed import BleedMeter, BleedSettings, Crosstalk, RecentSlices
from pipeline.events.channels import BleedNoted, Channel, Heard
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Slice

Signal = NDArray[np.float64]
SIDES = (Channel.AGENT, Channel.CUSTOMER)
HEARD = dict.fromkeys(SIDES, Heard.YES)
SECONDS = 16


def voice(seed: int, dbfs: float = -26.0, share: float = 0.6) -> Signal:
    """Noise with spectrum, syllables and pauses of a voice: 2.4 s of every four, at `dbfs` without the pauses."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal(SECONDS * SAMPLE_RATE_HZ)
    noise = np.convolve(noise, 0.9 ** np.arange(40), "same")  # falls towards high frequencies
    time_s = np.arange(len(noise)) / SAMPLE_RATE_HZ + random.uniform(0, 0.3)
    rate_hz = random.uniform(3, 5)
    spoken = (0.1 + np.sin(np.pi * rate_hz * time_s) ** 2) * ((time_s % 4) < 4 * share)
    out = noise * spoken
    return np.asarray(out / np.sqrt(np.mean(out[spoken > 0] ** 2)) * 10 ** (dbfs / 20))


def room_noise(dbfs: float, seed: int = 99) -> Signal:
    return np.random.default_rng(seed).standard_normal(SECONDS * SAMPLE_RATE_HZ) * 10 ** (dbfs / 20)


def shifted(x: Signal, lag_ms: int) -> Signal:
    return np.roll(x, lag_ms * SAMPLE_RATE_HZ // 1000)


def leak(x: Signal, lag_ms: int, gain_db: float) -> Signal:
    return shifted(x, lag_ms) * 10 ** (gain_db / 20)


def slices(x: Signal) -> list[NDArray[np.int16]]:
    return list(np.clip(x * 32768, -32768, 32767).astype(np.int16).reshape(-1, SLICE_SAMPLES))


class Meter(BleedMeter):
    """One direction by itself."""

    def __init__(self) -> None:
        self.own, self.other = RecentSlices(), RecentSlices()
        super().__init__(BleedSettings(), self.own, self.other)


def fed(own: Signal, other: Signal, meter: Meter) -> list[float]:
    levels_dbfs = []
    for number, (a, b) in enumerate(zip(slices(own), slices(other), strict=True), start=1):
        meter.own.pcm.append(a)
        meter.other.pcm.append(b)
        if number % 25 == 0:
            meter.own.measure()
            meter.other.measure()
            meter.learn()
        levels_dbfs.append(meter.level_dbfs())
    return levels_dbfs


def told(agent: Signal, customer: Signal, heard: Heard = Heard.YES) -> tuple[list[BleedNoted], Crosstalk]:
    crosstalk = Crosstalk(SIDES, BleedSettings())
    events: list[BleedNoted] = []
    for number, (a, b) in enumerate(zip(slices(agent), slices(customer), strict=True)):
        lines = {Channel.AGENT: Heard.YES, Channel.CUSTOMER: heard}
        events += crosstalk.feed(Slice(number * SLICE_MS, dict(zip(SIDES, (a, b), strict=True)), lines))
    return events, crosstalk


@pytest.mark.parametrize("lag_ms", [-30, 0, 5, 30, 120, 390])
@pytest.mark.parametrize("gain_db", [-12.0, -25.0])
def test_lag_and_gain_are_found_and_the_level_is_not_underestimated(lag_ms: int, gain_db: float) -> None:
    far, near = voice(1), shifted(voice(2, share=0.3), 2_500)
    meter = Meter()
    bleed = leak(far, lag_ms, gain_db)
    levels_dbfs = fed(near + bleed + room_noise(-66), far, meter)
    assert meter.leak is not None
    assert meter.leak.lag_ms == pytest.approx(lag_ms, abs=1)
    assert meter.leak.gain_db == pytest.approx(gain_db, abs=3)
    known = np.isfinite(levels_dbfs)
    assert not known[:50].any()  # nothing is detected in the first second
    levels = [10 * math.log10(np.mean((x / 32768.0) ** 2) + 1e-12) for x in slices(bleed)]
    from_s = 5 if lag_ms >= 0 else 11  # with a negative lag, this side must have been heard alone first
    heard = (np.array(levels) > -60) & (np.arange(len(levels)) >= from_s * 50)
    assert known[heard].mean() > (0.99 if lag_ms >= 0 else 0.9)
    above = np.array(levels)[heard] > np.array(levels_dbfs)[heard] + 3  # what the voice detector would let through
    assert above.mean() < (0.05 if lag_ms >= 0 else 0.1)


def test_bleed_both_ways_is_not_taken_for_copies() -> None:
    """Each direction sees the other one as a louder, earlier copy of what bleeds in; its own is what counts."""
    agent, customer = np.tile(voice(1), 3), np.tile(shifted(voice(2, share=0.3), 2_500), 3)
    noise = np.tile(room_noise(-66), 3)
    sides = RecentSlices(), RecentSlices()
    meters = BleedMeter(BleedSettings(), *sides), BleedMeter(BleedSettings(), *sides[::-1])
    left, right = agent + leak(customer, 30, -9) + noise, customer + leak(agent, 30, -9) + noise[::-1]
    kept = []
    for number, pieces in enumerate(zip(slices(left), slices(right), strict=True), start=1):
        for side, pcm in zip(sides, pieces, strict=True):
            side.pcm.append(pcm)
        for part in (*sides, *meters) if number % 25 == 0 else ():
            part.measure() if isinstance(part, RecentSlices) else part.learn()
        kept.append([meter.leak for meter in meters])
    assert not any(one is not None and one.is_copy for found in kept for one in found)
    ours = [found[0] for found in kept[-20 * 50 :]]
    assert all(one is not None and one.lag_ms == pytest.approx(30, abs=2) for one in ours)


@given(lag_ms=st.integers(0, 390), gain_db=st.floats(-24, -8), seed=st.integers(3, 50), sign=st.sampled_from([1, -1]))
@settings(max_examples=12, deadline=None)
def test_any_lag_and_gain(lag_ms: int, gain_db: float, seed: int, sign: int) -> None:
    far = voice(seed)
    meter = Meter()
    fed(sign * leak(far, lag_ms, gain_db) + room_noise(-66), far, meter)
    assert meter.leak is not None
    assert meter.leak.lag_ms == pytest.approx(lag_ms, abs=1)
    assert meter.leak.gain_db == pytest.approx(gain_db, abs=3)


@given(first=st.integers(0, 1_000), second=st.integers(2_000, 3_000), lag_ms=st.integers(0, 2_000))
@settings(max_examples=12, deadline=None)
def test_double_talk_is_never_bleed(first: int, second: int, lag_ms: int) -> None:
    events, _ = told(voice(first) + room_noise(-60, 1), shifted(voice(second), lag_ms) + room_noise(-60, 2))
    assert events == []


@pytest.mark.parametrize("noise_dbfs", [-60.0, -50.0, -40.0])
def test_one_noise_in_both_channels_is_no_bleed(noise_dbfs: float) -> None:
    noise = room_noise(noise_dbfs)
    events, _ = told(shifted(voice(1), 2_000) + noise, voice(2) + noise)
    assert events == []


def test_a_tone_in_both_channels_is_no_bleed() -> None:
    tone = 0.05 * np.sin(2 * np.pi * 450 * np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    events, _ = told(leak(tone, 7, -20) + room_noise(-66, 1), tone + room_noise(-66, 2))
    assert events == []


def test_talking_over_the_bleed_does_not_raise_it() -> None:
    far = voice(1)
    meter = Meter()
    quiet, busy = leak(far, 30, -25), leak(far, 30, -25) + voice(2)
    fed(quiet + room_noise(-66), far, meter)
    before = meter.leak
    levels_dbfs = fed(busy + room_noise(-66), far, meter)
    assert before is not None
    assert meter.leak is not None
    assert meter.leak.gain_db == pytest.approx(before.gain_db, abs=3)
    assert max(levels_dbfs) < -26  # a voice on this channel is far louder


def test_two_copies_of_one_signal_are_noted_and_nothing_is_left_out() -> None:
    both = voice(1) + shifted(voice(2), 2_400)
    events, crosstalk = told(both, both)
    assert [(e.channel, e.lag_ms, e.is_copy) for e in events] == [(side, 0, True) for side in SIDES]
    assert set(crosstalk.level_dbfs.values()) == {-math.inf}


def test_bleed_as_loud_as_its_source_is_no_copy_if_this_side_was_heard_alone() -> None:
    far, near = voice(1, -35), shifted(voice(2, -20, share=0.35), 2_450)
    events, crosstalk = told(near + leak(far, 20, -2) + room_noise(-66), far)
    assert [(e.channel, e.lag_ms, e.is_copy) for e in events] == [(Channel.AGENT, 20, False)]
    assert crosstalk.level_dbfs[Channel.CUSTOMER] == -math.inf


@pytest.mark.parametrize("lag_ms", [0, 20, 35])
@pytest.mark.parametrize("gain_db", [-6.5, -9.0, -11.0])
@pytest.mark.parametrize("is_muted", [False, True])
def test_the_source_of_the_bleed_is_never_taken_for_the_copy(lag_ms: int, gain_db: float, is_muted: bool) -> None:
    """Also where the microphone was muted at first, so that the source was heard without its copy."""
    agent = np.concatenate([shifted(voice(seed, share=0.4), 2_400) for seed in (2, 3)])
    customer = np.concatenate([voice(seed, share=0.5) for seed in (1, 4)])
    echo = leak(np.convolve(customer, [1.0, *np.zeros(40), 0.6, *np.zeros(60), -0.4])[: len(customer)], lag_ms, gain_db)
    microphone = agent + echo
    if is_muted:
        microphone[: 6 * SAMPLE_RATE_HZ] = 0.0
    heard = [slices(x + np.tile(room_noise(-66, seed), 2)) for seed, x in enumerate((microphone, customer))]
    crosstalk, events = Crosstalk(SIDES, BleedSettings()), []
    for number, pair in enumerate(zip(*heard, strict=True)):
        events += crosstalk.feed(Slice(number * SLICE_MS, dict(zip(SIDES, pair, strict=True)), HEARD))
        assert crosstalk.level_dbfs[Channel.CUSTOMER] == -math.inf
    assert [(e.channel, e.is_copy) for e in events] == [(Channel.AGENT, False)]


def test_bleed_in_both_directions_is_noted_once_per_channel() -> None:
    agent, customer = shifted(voice(1, share=0.4), 2_300), voice(2, share=0.5)
    events, _ = told(agent + leak(customer, 20, -18) + room_noise(-66, 1),
                     customer + leak(agent, 250, -22) + room_noise(-66, 2))  # fmt: skip
    assert {(e.channel, e.is_copy) for e in events} == {(side, False) for side in SIDES}
    assert len(events) == 2
    assert {e.lag_ms for e in events} == {20, 250}


def test_bleed_that_ends_is_no_longer_left_out() -> None:
    far, meter = voice(1), Meter()
    fed(leak(far, 30, -20) + room_noise(-66), far, meter)
    assert meter.leak is not None
    for _ in range(6):  # another headset: 90 s without bleed
        fed(room_noise(-60), far, meter)
    assert meter.leak is None


def test_nothing_is_learned_from_a_lost_channel() -> None:
    far = voice(1)
    events, crosstalk = told(leak(far, 30, -15), far, Heard.LOST)
    assert events == []
    assert set(crosstalk.level_dbfs.values()) == {-math.inf}


def test_one_channel_alone_has_no_other_side() -> None:
    crosstalk = Crosstalk((Channel.MIXED,), BleedSettings())
    for number, pcm in enumerate(slices(voice(1))):
        assert crosstalk.feed(Slice(number * SLICE_MS, {Channel.MIXED: pcm}, {Channel.MIXED: Heard.YES})) == []
    assert crosstalk.level_dbfs == {Channel.MIXED: -math.inf}


def test_digital_silence_is_no_bleed() -> None:
    silent = np.zeros(SECONDS * SAMPLE_RATE_HZ)
    assert told(silent, silent)[0] == told(silent, voice(1))[0] == []


def test_bleed_without_low_frequencies_is_found() -> None:
    far, meter = voice(1), Meter()
    thin = np.diff(far, prepend=0.0)  # a small loudspeaker: 6 dB an octave
    fed(leak(thin / np.std(thin) * np.std(far), 30, -18) + room_noise(-66), far, meter)
    assert meter.leak is not None
    assert meter.leak.lag_ms == pytest.approx(30, abs=1)
