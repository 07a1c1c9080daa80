"""Pitch on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio.pitch import PitchSettings, PitchTracker
from pipeline.audio.variation import variation
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

SETTINGS = PitchSettings()


def voice(f0_hz: np.ndarray, level: float = 0.2) -> Pcm:
    """A pulse-like voice with eleven harmonics, f0 given for each sample."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / SAMPLE_RATE_HZ
    wave = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (wave / np.abs(wave).max() * level * 32767).astype(np.int16)


def tone(hz: float, seconds: float = 1.0) -> Pcm:
    return voice(np.full(int(SAMPLE_RATE_HZ * seconds), hz))


@pytest.mark.parametrize("hz", [80, 110, 150, 220, 320, 400])
def test_a_steady_voice_has_its_pitch(hz: int) -> None:
    f0 = PitchTracker(SETTINGS).feed(tone(hz))
    assert (f0 > 0).mean() > 0.95
    assert np.median(f0) == pytest.approx(hz, rel=0.005)


def test_silence_and_noise_are_unvoiced() -> None:
    noise = (np.random.default_rng(1).standard_normal(2 * SAMPLE_RATE_HZ) * 3000).astype(np.int16)
    assert (PitchTracker(SETTINGS).feed(noise) > 0).mean() < 0.05
    assert not PitchTracker(SETTINGS).feed(np.zeros(SAMPLE_RATE_HZ, np.int16)).any()


def test_the_spread_of_a_known_glide_is_measured_in_semitones() -> None:
    seconds = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    f0 = PitchTracker(SETTINGS).feed(voice(180 * 2 ** (3 * np.sin(2 * np.pi * 0.5 * seconds) / 12)))
    found = variation(f0)
    assert found is not None
    assert found.sd_semitones == pytest.approx(3 / np.sqrt(2), rel=0.05)
    assert found.median_hz == pytest.approx(180, rel=0.03)


def test_a_telephone_band_without_the_fundamental_keeps_the_pitch() -> None:
    from scipy.signal import butter, sosfiltfilt

    band = butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    cut = sosfiltfilt(band, tone(130, 2.0).astype(float)).astype(np.int16)
    f0 = PitchTracker(SETTINGS).feed(cut)
    assert np.median(f0[f0 > 0]) == pytest.approx(130, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=12))
def test_frames_are_the_same_however_the_audio_is_cut(cuts: list[int]) -> None:
    """All frames; voicing at a piece's border may differ, for the path is decided piece by piece."""
    pcm = tone(150)
    whole = PitchTracker(SETTINGS).feed(pcm)
    tracker, pieces, begin = PitchTracker(SETTINGS), [], 0
    for cut in cuts:
        pieces.append(tracker.feed(pcm[begin : begin + cut]))
        begin += cut
    pieces.append(tracker.feed(pcm[begin:]))
    assert len(np.concatenate(pieces)) == len(whole)
