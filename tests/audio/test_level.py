"""Level, SNR and clipping on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings, strategies as st

from pipeline.audio.measures.clipping import PeakHistogram
from pipeline.audio.measures.level import Level, LevelMeter
from pipeline.audio.resample import saturate
from pipeline.events.channels import Channel
from pipeline.events.measures import LevelMeasured
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm
from tests.conftest import Hear
from tests.sound import speech

Samples = np.ndarray
SECOND = SAMPLE_RATE_HZ


def pcm(samples: Samples) -> Pcm:
    return saturate(samples.astype(np.float32))


def dbfs(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


def at(samples: Samples, level: float) -> Samples:
    return np.asarray(samples * 10 ** ((level - dbfs(samples)) / 20))


def white(seconds: float, level: float, seed: int = 1) -> Samples:
    return at(np.random.default_rng(seed).standard_normal(int(seconds * SECOND)), level)


def voice(level: float) -> Samples:
    """2.4 s of a voice-like buzz with four syllables a second."""
    time_s = np.arange(int(2.4 * SECOND)) / SECOND
    buzz = sum(np.sin(2 * np.pi * 140 * k * time_s) / k for k in range(1, 20))
    return at(buzz * (1.2 + np.sin(2 * np.pi * 4 * time_s)), level)


def metered(parts: list[tuple[str, Samples]], cut: int = SLICE_SAMPLES) -> LevelMeter:
    """A meter fed with parts in order, each `turn` or `quiet`; turns in pieces of `cut` samples."""
    meter, now = LevelMeter(), 0
    for kind, samples in parts:
        heard = pcm(samples)
        if kind == "turn":
            meter.new_turn(now)
            for begin in range(0, len(heard), cut):
                meter.speech(heard[begin : begin + cut])
            now += len(heard) * 1000 // SECOND
            meter.end_turn(now)
        else:
            for begin in range(0, len(heard), SLICE_SAMPLES):
                meter.quiet(now, heard[begin : begin + SLICE_SAMPLES])
                now += SLICE_MS
    return meter


def told(level: Level | None) -> Level:
    assert level is not None
    return level


def test_full_scale_is_a_square_wave() -> None:
    square = np.where(np.arange(SECOND) // 40 % 2, 32767, -32768).astype(np.int16)
    meter = LevelMeter()
    meter.speech(square)
    assert told(meter.turn()) == Level(0.0, None, 1.0)
    sine = np.sin(2 * np.pi * 200 * np.arange(SECOND) / SECOND)
    assert told(metered([("turn", sine * 0.5)]).turn()) == Level(-9.0, None, 0.0)


@pytest.mark.parametrize("snr_db", [5, 10, 20, 40])
@pytest.mark.parametrize("speech_dbfs", [-18.0, -38.0])
def test_level_and_snr_of_a_known_mixture(speech_dbfs: float, snr_db: int) -> None:
    noise = white(8.4, speech_dbfs - snr_db)
    said = noise[3 * SECOND : 3 * SECOND + int(2.4 * SECOND)] + voice(speech_dbfs)
    found = told(
        metered([("quiet", noise[: 3 * SECOND]), ("turn", said), ("quiet", noise[int(5.4 * SECOND) :])]).call()
    )
    assert found.speech_dbfs == pytest.approx(speech_dbfs, abs=0.25)
    assert found.snr_db == pytest.approx(snr_db, abs=0.3)


def test_a_long_pause_inside_a_turn_is_no_speech() -> None:
    for floor in (-60.0, -34.0):  # without noise measured so far, or with it
        noise = white(6, floor)
        pause = noise[3 * SECOND : 3 * SECOND + SECOND // 2]
        turn = np.concatenate([voice(-26) + noise[: int(2.4 * SECOND)], pause, voice(-26) + noise[: int(2.4 * SECOND)]])
        before = [] if floor == -60 else [("quiet", noise[: 3 * SECOND])]
        assert told(metered([*before, ("turn", turn)]).turn()).speech_dbfs == pytest.approx(-26, abs=0.2)


def test_without_noise_there_is_no_snr() -> None:
    zeros = np.zeros(3 * SECOND)
    assert told(metered([("quiet", zeros), ("turn", voice(-26))]).call()).snr_db is None
    idle = np.full(3 * SECOND, 8 / 32768)  # silence in A-law: a DC offset
    assert told(metered([("quiet", idle), ("turn", voice(-26))]).call()).snr_db is None


def test_comfort_noise_between_digital_silence_is_the_noise() -> None:
    noise = white(6, -52)
    gated = noise * (np.arange(len(noise)) // SECOND % 2)
    assert told(metered([("quiet", gated), ("turn", voice(-26))]).call()).snr_db == pytest.approx(26, abs=0.3)


def test_a_constant_offset_is_neither_speech_nor_noise() -> None:
    noise, offset = white(6, -56), 0.01
    said = voice(-30) + noise[: int(2.4 * SECOND)] + offset
    found = told(metered([("quiet", noise + offset), ("turn", said)]).call())
    assert (found.speech_dbfs, found.snr_db) == (pytest.approx(-30, abs=0.2), pytest.approx(26, abs=0.3))


def test_sound_next_to_a_turn_is_not_noise() -> None:
    noise, breath = white(3, -60), white(0.18, -30, seed=2)
    turn = ("turn", voice(-26) + noise[: int(2.4 * SECOND)])
    parts = [("quiet", noise), ("quiet", breath), turn, ("quiet", breath), ("quiet", noise), turn]
    assert told(metered(parts).call()).snr_db == pytest.approx(34, abs=0.5)


def test_noise_that_rises_counts_once_it_is_measured() -> None:
    quiet, loud = white(12, -66), white(12, -46)
    turn = ("turn", voice(-26))
    meter = metered([("quiet", quiet), turn, ("quiet", loud), turn])
    assert told(meter.turn()).snr_db == pytest.approx(20, abs=0.3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9_000))
def test_figures_do_not_depend_on_how_the_turn_is_cut(cut: int) -> None:
    noise = white(3, -50)
    parts = [("quiet", noise), ("turn", voice(-26) + noise[: int(2.4 * SECOND)])]
    assert metered(parts, cut).turn() == metered(parts).turn()


@settings(max_examples=20, deadline=None)
@given(st.floats(-18, 14))
def test_gain_moves_the_level_and_leaves_the_snr(gain_db: float) -> None:
    noise, gain = white(3, -50), 10 ** (gain_db / 20)
    found = told(metered([("quiet", noise * gain), ("turn", (voice(-26) + noise[: int(2.4 * SECOND)]) * gain)]).turn())
    assert found.speech_dbfs == pytest.approx(-26 + gain_db, abs=0.15)
    assert found.snr_db == pytest.approx(24, abs=0.25)
    assert found.clipped_share == 0.0


# --- clipping -----------------------------------------------------------------------------------------


def share(samples: Samples) -> float:
    peaks = PeakHistogram()
    peaks.feed(pcm(samples))
    return peaks.clipped_share()


def said() -> Samples:
    samples = speech("维修师傅今天下午三点到五点到您家里，到之前会先给您打电话。", "m3").astype(float)
    return samples / np.abs(samples).max()


@pytest.mark.parametrize("truth", [0.003, 0.01, 0.05])
@pytest.mark.parametrize("limit_dbfs", [0.0, -3.0, -12.0])
def test_samples_cut_off_are_counted(truth: float, limit_dbfs: float) -> None:
    loud = said() / np.quantile(np.abs(said()), 1 - truth)
    limit = 10 ** (limit_dbfs / 20)
    assert share(np.clip(loud, -1, 1) * limit) == pytest.approx(truth, rel=0.1)


def test_clipping_is_detected_after_resampling() -> None:
    narrow = soxr.resample(said(), SAMPLE_RATE_HZ, 8_000)
    narrow = np.clip(narrow / np.quantile(np.abs(narrow), 0.97), -1, 1) * 0.7
    assert share(soxr.resample(narrow, 8_000, SAMPLE_RATE_HZ)) == pytest.approx(0.03, rel=0.25)


def test_what_is_not_cut_off_is_not_clipped() -> None:
    time_s = np.arange(4 * SECOND) / SECOND
    tones = [np.sin(2 * np.pi * hz * time_s) * 0.6 for hz in (200, 210, 440.3, 1000)]
    for samples in (said(), said() * 0.1, white(4, -20), *tones):
        assert share(samples * 0.99) == 0.0


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=6))
def test_clipping_does_not_depend_on_how_the_sound_is_cut(cuts: list[int]) -> None:
    whole = pcm(np.clip(said() * 2, -0.5, 0.5))
    peaks, begin = PeakHistogram(), 0
    for cut in (*cuts, len(whole)):
        peaks.feed(whole[begin : begin + cut])
        begin += cut
    assert peaks.clipped_share() == share(np.clip(said() * 2, -0.5, 0.5))


# --- through the whole chain --------------------------------------------------------------------------


@pytest.mark.parametrize("level", [-20.0, -32.0])
def test_a_call_tells_the_level_of_its_speech(hear: Hear, level: float) -> None:
    call = white(22, level - 20)
    for begin, text in ((2, "我家的水管漏水了，你们什么时候能来看看？"), (10, "昨天已经打过一次电话了。")):
        samples = at(speech(text, "f4").astype(float), level)
        call[begin * SECOND : begin * SECOND + len(samples)] += samples
    events = hear(pcm(np.stack([np.zeros(len(call)), call], axis=1)))
    found = [e for e in events if isinstance(e, LevelMeasured) and e.channel is Channel.CUSTOMER][-1]
    assert found.speech_dbfs == pytest.approx(level, abs=0.5)
    assert found.snr_db == pytest.approx(20, abs=0.5)
