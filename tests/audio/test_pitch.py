"""Pitch on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.signal import butter, sosfilt, sosfiltfilt

from benchmarks.accuracy import glottal
from benchmarks.accuracy.sound import pcm as saturated, telephone
from pipeline.audio.measures.pitch import FRAME, FRAME_MS, HOP_MS, Floats, PitchSettings, PitchTracker
from pipeline.audio.measures.variation import variation
from pipeline.ports import SAMPLE_RATE_HZ, Pcm

SETTINGS = PitchSettings()
DELAY_MS = 465


def track(pcm: Pcm, tracker: PitchTracker | None = None) -> Floats:
    """The track of a whole turn."""
    tracker = tracker or PitchTracker(SETTINGS)
    tracker.new_turn()
    return np.concatenate([tracker.feed(pcm), tracker.finish()])


def voice(f0_hz: np.ndarray, level: float = 0.2) -> Pcm:
    """A pulse-like voice with eleven harmonics, f0 given for each sample."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / SAMPLE_RATE_HZ
    wave = sum(np.sin(k * phase) / k for k in range(1, 12))
    return (wave / np.abs(wave).max() * level * 32767).astype(np.int16)


def tone(hz: float, seconds: float = 1.0) -> Pcm:
    return voice(np.full(int(SAMPLE_RATE_HZ * seconds), hz))


def noise(seconds: float = 2.0) -> np.ndarray:
    return np.random.default_rng(1).standard_normal(int(seconds * SAMPLE_RATE_HZ)) * 3000


@pytest.mark.parametrize("hz", [65, 80, 110, 150, 220, 320, 400, 480])
def test_a_steady_voice_has_its_pitch(hz: int) -> None:
    f0 = track(tone(hz))
    assert (f0 > 0).mean() > 0.95
    assert np.median(f0) == pytest.approx(hz, rel=0.007)  # 12 cents: accuracy of the interpolated lag


@pytest.mark.parametrize("hz", [100, 200, 350, 480])
def test_a_bare_sine_has_its_pitch(hz: int) -> None:
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    f0 = track((6000 * np.sin(2 * np.pi * hz * time_s)).astype(np.int16))
    assert np.median(f0) == pytest.approx(hz, rel=0.005)


def test_there_is_one_frame_every_hop() -> None:
    for length in (0, 1, FRAME - 1, FRAME, FRAME + 159, FRAME + 160, 16_000, 31_999):
        assert len(track(tone(150, 2.0)[:length])) == max(0, (length - FRAME) // 160 + 1)


def test_the_time_of_a_frame_is_its_middle() -> None:
    """On a glide a constant offset in time would be a constant error in frequency."""
    seconds = np.arange(2 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    f0 = track(voice(120 * 2**seconds))
    truth = 120 * 2 ** (0.025 + HOP_MS / 1000 * np.arange(len(f0)))
    assert np.median(1200 * np.log2(f0[5:-5] / truth[5:-5])) == pytest.approx(0.0, abs=3.0)  # 3 cents are 2.5 ms


def test_silence_and_noise_are_unvoiced() -> None:
    assert (track(noise().astype(np.int16)) > 0).mean() < 0.05
    assert not track(np.zeros(SAMPLE_RATE_HZ, np.int16)).any()
    assert not track(np.full(SAMPLE_RATE_HZ, 500, np.int16)).any()  # a constant offset is no voice


def test_noise_on_a_telephone_is_mostly_unvoiced() -> None:
    hiss = sosfilt(butter(6, [300, 3400], "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), noise())
    assert (track(hiss.astype(np.int16)) > 0).mean() < 0.15


def test_the_spread_of_a_known_glide_is_measured_in_semitones() -> None:
    seconds = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    f0 = track(voice(180 * 2 ** (3 * np.sin(2 * np.pi * 0.5 * seconds) / 12)))
    found = variation(f0)
    assert found is not None
    assert found.sd_semitones == pytest.approx(3 / np.sqrt(2), rel=0.05)
    assert found.median_hz == pytest.approx(180, rel=0.03)


def test_a_telephone_band_without_the_fundamental_keeps_the_pitch() -> None:
    band = butter(4, [300, 3400], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    cut = sosfiltfilt(band, tone(130, 2.0).astype(float)).astype(np.int16)
    f0 = track(cut)
    assert np.median(f0[f0 > 0]) == pytest.approx(130, rel=0.02)


@pytest.mark.parametrize("base_hz", [90, 130, 200, 260, 320])
@pytest.mark.parametrize("line", [lambda samples: samples, telephone], ids=["clean", "telephone"])
def test_mandarin_syllables_of_a_known_glottis_are_followed(base_hz: int, line) -> None:  # type: ignore[no-untyped-def]
    spoken = glottal.spoken(base_hz, 5.0, seed=base_hz + 1)
    f0 = track(saturated(line(spoken.samples)))
    truth = spoken.f0_hz[: len(f0)]
    both = (f0 > 0) & (truth > 0)
    assert np.mean(np.abs(f0[both] / truth[both] - 1) > 0.2) < 0.06
    assert np.mean((f0 > 0) != (truth > 0)) < 0.14


@pytest.mark.parametrize("hz", [62, 70, 80])
@pytest.mark.parametrize("line", [lambda samples: samples, telephone], ids=["clean", "telephone"])
def test_creak_is_right_or_unvoiced(hz: int, line) -> None:  # type: ignore[no-untyped-def]
    """Periods vary at random by 15 %: all but a few voiced frames lie within their range."""
    f0 = track(saturated(line(glottal.creak(hz, 2.0))))
    voiced = f0[f0 > 0]
    assert np.mean(np.abs(voiced / hz - 1) > 0.2) < 0.06


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9000), max_size=12), st.sampled_from(["voice", "noise", "line"]))
def test_the_track_is_the_same_however_the_audio_is_cut(cuts: list[int], sound: str) -> None:
    pcm = SOUNDS[sound]
    tracker, pieces, begin = PitchTracker(SETTINGS), [], 0
    for cut in [*cuts, len(pcm)]:
        pieces.append(tracker.feed(pcm[begin : begin + cut]))
        begin += cut
        frames_due = (min(begin, len(pcm)) * 1000 // SAMPLE_RATE_HZ - DELAY_MS - FRAME_MS // 2) // HOP_MS
        assert sum(map(len, pieces)) >= frames_due
    pieces.append(tracker.finish())
    np.testing.assert_array_equal(np.concatenate(pieces), track(pcm))


def test_an_unfinished_turn_does_not_affect_the_next() -> None:
    tracker = PitchTracker(SETTINGS)
    tracker.feed(tone(300)[:12_345])
    f0 = track(tone(110), tracker)
    assert len(f0) == 96
    assert np.median(f0) == pytest.approx(110, rel=0.005)


SOUNDS = {
    "voice": saturated(glottal.spoken(180, 2.0).samples),
    "noise": noise(1.5).astype(np.int16),
    "line": saturated(telephone(glottal.spoken(110, 2.0).samples)),
}
