"""Characters estimated from sound with a known number of syllables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pipeline.audio.measures.pitch import PitchSettings, PitchTracker
from pipeline.audio.measures.syllables import CELL_MS, SyllableCounter, SyllableSettings
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from tests.sound import speech

SETTINGS = SyllableSettings()
PLAIN = SyllableSettings(found_share=1.0, false_per_s=0.0)  # no correction for misses and false nuclei
FRAME, HOP = 800, 160


def syllables(per_second: float, seconds: float = 4.0, level: float = 0.2, depth: float = 1.0) -> Pcm:
    """24 harmonics of 150 Hz with `per_second` syllables a second, beginning in a dip."""
    time_s = np.arange(int(SAMPLE_RATE_HZ * seconds)) / SAMPLE_RATE_HZ
    wave = sum(np.sin(2 * np.pi * 150 * k * time_s + k * k) for k in range(1, 25)) / 24
    swell = 1 - depth + depth * np.sin(np.pi * per_second * time_s) ** 2
    return (wave * swell * level * 32767).astype(np.int16)


def counted(pcm: Pcm, chosen: SyllableSettings = PLAIN, voiced: bool = True) -> float:
    counter = SyllableCounter(chosen)
    cells = counter.feed(pcm, np.full((len(pcm) - FRAME) // HOP + 1, 150.0 if voiced else 0.0)) + counter.finish()
    return sum(characters for _, characters in cells)


def fed_in_pieces(counter: SyllableCounter, pcm: Pcm, f0_hz: np.ndarray, cuts: list[int]) -> list[tuple[int, float]]:
    """Feeds each piece of audio with the frames of f0 that it completes, as the pitch tracker would."""
    cells, begin, known = [], 0, 0
    for end in [*np.minimum(np.cumsum(cuts), len(pcm)).tolist(), len(pcm)]:
        frames = max(known, (end - FRAME) // HOP + 1)
        cells += counter.feed(pcm[begin:end], f0_hz[known:frames])
        begin, known = end, frames
    return cells + counter.finish()


@pytest.mark.parametrize("per_second", [2, 3, 4, 5, 6])
def test_syllables_are_counted_exactly_from_slow_to_fast(per_second: int) -> None:
    assert counted(syllables(per_second)) == pytest.approx(4 * per_second)


@pytest.mark.parametrize("level", [0.003, 0.03, 0.9])
def test_loudness_does_not_matter(level: float) -> None:
    assert counted(syllables(4, level=level)) == pytest.approx(16, abs=0.5)


def test_white_noise_15_db_under_the_voice_does_not_change_the_count() -> None:
    voice = syllables(4)
    noise = np.random.default_rng(1).standard_normal(len(voice))
    noisy = voice + noise * np.sqrt(np.mean(voice.astype(float) ** 2)) * 10 ** (-15 / 20)
    assert counted(noisy.astype(np.int16)) == pytest.approx(16, rel=0.1)


def test_a_steady_voice_is_one_nucleus_and_silence_none() -> None:
    assert counted(syllables(4, depth=0.0)) == pytest.approx(1)
    assert counted(np.zeros(2 * SAMPLE_RATE_HZ, np.int16)) <= 1  # a turn begins in a dip


def test_misses_and_false_nuclei_are_corrected() -> None:
    """nuclei = found_share x characters + false_per_s x seconds."""
    pcm = syllables(4)
    assert counted(pcm, SyllableSettings(found_share=0.5, false_per_s=0.0)) == pytest.approx(32)
    half = np.concatenate([syllables(4, seconds=2.0, depth=0.0), np.zeros(2 * SAMPLE_RATE_HZ, np.int16)])
    spoken_s = counted(half) - counted(half, SyllableSettings(found_share=1.0, false_per_s=1.0))
    assert spoken_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("variant", ["f3", "m4"])
def test_synthetic_mandarin_is_counted_and_twice_the_tempo_is_twice_the_rate(variant: str) -> None:
    text = "您好很高兴为您服务请问您今天想咨询哪方面的业务我这边马上帮您查询一下请您稍等"
    slow, fast = (speech(text, variant, speed) for speed in (150, 250))
    rates = []
    for pcm in (slow, fast):
        counter = SyllableCounter(SETTINGS)
        cells = counter.feed(pcm, PitchTracker(PitchSettings()).feed(pcm)) + counter.finish()
        rates.append(sum(characters for _, characters in cells) * SAMPLE_RATE_HZ / len(pcm))
        assert rates[-1] == pytest.approx(len(text) * SAMPLE_RATE_HZ / len(pcm), rel=0.15)
    assert rates[1] / rates[0] == pytest.approx(len(slow) / len(fast), rel=0.12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12), st.integers(0, 150))
def test_counts_are_the_same_however_the_audio_is_cut(cuts: list[int], unvoiced: int) -> None:
    pcm = syllables(4, seconds=3.0)
    f0_hz = np.full((len(pcm) - FRAME) // HOP + 1, 150.0)
    f0_hz[:unvoiced] = 0.0  # the level is known early, late, or only when the wait is over
    whole = fed_in_pieces(SyllableCounter(SETTINGS), pcm, f0_hz, [])
    assert fed_in_pieces(SyllableCounter(SETTINGS), pcm, f0_hz, cuts) == whole


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 20_000), max_size=12))
def test_an_unvoiced_turn_is_counted_the_same_however_it_is_cut(cuts: list[int]) -> None:
    pcm = syllables(4, seconds=3.0)
    f0_hz = np.zeros((len(pcm) - FRAME) // HOP + 1)
    whole = fed_in_pieces(SyllableCounter(PLAIN), pcm, f0_hz, [])
    assert sum(characters for _, characters in whole) == pytest.approx(12)
    assert fed_in_pieces(SyllableCounter(PLAIN), pcm, f0_hz, cuts) == whole


def test_a_turn_after_a_turn_is_counted_at_once_and_as_if_alone() -> None:
    pcm = syllables(4, seconds=2.0)
    f0_hz = np.full((len(pcm) - FRAME) // HOP + 1, 150.0)
    counter = SyllableCounter(PLAIN)
    first = counter.feed(pcm, f0_hz) + counter.finish()
    counter.new_turn()
    piece = counter.feed(pcm[:8000], f0_hz[:46])
    assert sum(characters for _, characters in piece) == pytest.approx(2)  # the level is known, so nothing is held back
    second = piece + counter.feed(pcm[8000:], f0_hz[46:]) + counter.finish()
    assert sum(c for _, c in second) == pytest.approx(sum(c for _, c in first)) == pytest.approx(8)


def test_cells_lie_in_order_a_tenth_of_a_second_apart() -> None:
    pcm = syllables(4, seconds=2.0)
    counter = SyllableCounter(SETTINGS)
    cells = counter.feed(pcm, np.full((len(pcm) - FRAME) // HOP + 1, 150.0)) + counter.finish()
    assert [at for at, _ in cells] == list(range(0, 2000, CELL_MS))


def test_a_turn_shorter_than_a_frame_is_nothing() -> None:
    counter = SyllableCounter(SETTINGS)
    assert counter.feed(np.zeros(100, np.int16), np.zeros(0)) == []
    assert counter.finish() == []


def test_a_minute_of_a_turn_keeps_no_more_than_five_seconds_do() -> None:
    pcm = syllables(4, seconds=60.0)
    f0_hz = np.full((len(pcm) - FRAME) // HOP + 1, 150.0)
    counter = SyllableCounter(SETTINGS)

    def kept() -> int:
        return sum(v.nbytes for v in vars(counter).values() if isinstance(v, np.ndarray))

    counter.feed(pcm[:80_000], f0_hz[:496])
    early = kept()
    counter.feed(pcm[80_000:], f0_hz[496:])
    assert kept() <= early + FRAME * 4
