"""Variation of pitch, on tracks whose answer is known."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pipeline.audio.measures.variation import PitchMeter, Variation, VariationSettings, variation

SECOND = 100  # frames


def of(f0_hz: np.ndarray) -> Variation:
    found = variation(f0_hz)
    assert found is not None
    return found


def track(seed: int, spread: float = 2.5, frames: int = 2_000) -> np.ndarray:
    """f0 between `spread` semitones below and above 180 Hz."""
    return 180 * 2 ** (np.random.default_rng(seed).uniform(-spread, spread, frames) / 12)


def test_octave_errors_do_not_raise_the_variation() -> None:
    steady = np.full(1000, 200.0)
    steady[::20] = 400.0
    assert of(steady).sd_semitones < 0.1


def test_the_deviation_is_from_the_median_not_from_the_mean() -> None:
    """Three frames at 0, one at 4 semitones: 2 about the median, √3 about the mean."""
    f0 = 150 * 2 ** (np.tile([0.0, 0.0, 0.0, 4.0], 100) / 12)
    assert of(f0).sd_semitones == pytest.approx(2.0)


def test_unvoiced_frames_do_not_count() -> None:
    f0 = track(1)
    gaps = np.zeros(2 * f0.size)
    gaps[::2] = f0
    assert of(gaps) == of(f0)
    assert variation(np.zeros(500)) is None


@given(seed=st.integers(0, 999), factor=st.floats(0.5, 2.0))
@settings(max_examples=50, deadline=None)
def test_a_higher_voice_varies_no_more_than_a_lower_one(seed: int, factor: float) -> None:
    plain, moved = of(track(seed)), of(track(seed) * factor)
    assert moved.sd_semitones == pytest.approx(plain.sd_semitones, abs=0.0011)
    assert moved.range_semitones == pytest.approx(plain.range_semitones, abs=0.011)
    assert moved.median_hz == pytest.approx(factor * plain.median_hz, rel=0.001)


@given(seed=st.integers(0, 999), share=st.floats(0, 0.19), octave=st.sampled_from([0.5, 2.0]))
@settings(max_examples=100, deadline=None)
def test_a_fifth_of_octave_errors_to_one_side_changes_nothing(seed: int, share: float, octave: float) -> None:
    clean = track(seed)
    slipped = clean.copy()
    slipped[np.random.default_rng(seed + 1).random(clean.size) < share] *= octave
    assert of(slipped).sd_semitones == pytest.approx(of(clean).sd_semitones, rel=0.05)
    assert of(slipped).median_hz == pytest.approx(of(clean).median_hz, rel=0.02)


@given(blocks=st.lists(st.integers(1, 700), min_size=1, max_size=30), seed=st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_the_window_is_the_last_twenty_seconds_of_own_speech(blocks: list[int], seed: int) -> None:
    """Independent of how the frames are cut, and of the time between them."""
    f0, times = track(seed, frames=sum(blocks)), []
    meter, now = PitchMeter(VariationSettings(least_voiced_ms=0)), 0
    for number, (block, end) in enumerate(zip(blocks, np.cumsum(blocks), strict=True)):
        now += 7_000 * (number % 3)
        meter.feed(f0[end - block : end], now)
        times += range(now, now + 10 * block, 10)
        now += 10 * block
    assert meter.window() == variation(f0[-20 * SECOND :])
    assert meter.window_start_ms == times[-20 * SECOND :][0]


def test_the_whole_call_is_the_same_measure() -> None:
    f0 = track(3, frames=20_000)
    f0[::10] *= 2
    meter = PitchMeter(VariationSettings())
    for at in range(0, f0.size, 50):
        meter.feed(f0[at : at + 50], 10 * at)
    call, exact = meter.call(), of(f0)
    assert call is not None
    assert call.median_hz == pytest.approx(exact.median_hz, rel=0.002)
    assert call.sd_semitones == pytest.approx(exact.sd_semitones, abs=0.02)
    assert call.range_semitones == pytest.approx(exact.range_semitones, abs=0.05)
    assert call.voiced_ms == exact.voiced_ms


def test_memory_does_not_grow_with_the_call() -> None:
    meter = PitchMeter(VariationSettings())
    for n in range(80):
        meter.feed(np.full(100 * SECOND, 210.0), 100_000 * n)
    tracemalloc.start()
    call = meter.call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert call is not None
    assert call.median_hz == pytest.approx(210, rel=0.002)
    assert call.voiced_ms == 8_000_000
    assert peak < 500_000  # two hours of frames would be 6.4 MB
