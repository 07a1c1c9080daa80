"""DC offset, rumble and mains hum are found, told and removed; what is none of them passes unchanged."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.audio.line.cleaning import CleanLine
from pipeline.audio.line.filters import LineFilter
from pipeline.audio.line.survey import LineSettings
from pipeline.events.channels import LineNoiseKind
from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm

Signal = NDArray[np.float64]
SECONDS = 12
TIME_S = np.arange(SECONDS * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ


def voice(f0_hz: float = 180.0, dbfs: float = -26.0) -> Signal:
    """Harmonics of a gliding fundamental, two seconds of every three."""
    hz = f0_hz * 2 ** (0.25 * np.sin(2 * np.pi * 0.7 * TIME_S))
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ
    out = sum(np.sin(k * phase) / k for k in range(1, 12)) * ((TIME_S % 3) < 2)
    return np.asarray(out / np.sqrt(np.mean(out[(TIME_S % 3) < 2] ** 2)) * 10 ** (dbfs / 20))


def room_noise(dbfs: float = -70.0) -> Signal:
    return np.random.default_rng(1).standard_normal(len(TIME_S)) * 10 ** (dbfs / 20)


def low_noise(from_hz: float, to_hz: float, dbfs: float) -> Signal:
    spectrum = np.fft.rfft(np.random.default_rng(2).standard_normal(len(TIME_S)))
    hz = np.fft.rfftfreq(len(TIME_S), 1 / SAMPLE_RATE_HZ)
    out = np.fft.irfft(np.where((hz >= from_hz) & (hz <= to_hz), spectrum, 0))
    return np.asarray(out / np.std(out) * 10 ** (dbfs / 20))


def hum(mains_hz: float, harmonics: tuple[int, ...], dbfs: float) -> Signal:
    return np.asarray(
        sum(np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * k * mains_hz * TIME_S) for k in harmonics)
    )


def slices(x: Signal) -> list[Pcm]:
    return list(np.clip(np.rint(x * 32768), -32768, 32767).astype(np.int16).reshape(-1, SLICE_SAMPLES))


def cleaned(x: Signal, from_s: int = 0) -> tuple[Signal, dict[LineNoiseKind, float]]:
    line, out = CleanLine(LineSettings()), []
    found: dict[LineNoiseKind, float] = {}
    for pcm in slices(x):
        out.append(line.feed(pcm))
        found.update(line.new)
    return np.concatenate(out)[from_s * SAMPLE_RATE_HZ :] / 32768, found


def dbfs(x: Signal) -> float:
    return float(10 * np.log10(np.mean(x**2) + 1e-12))


def test_a_clean_line_passes_unchanged() -> None:
    line = CleanLine(LineSettings())
    for pcm in slices(voice() + room_noise()):
        assert line.feed(pcm) is pcm
        assert not line.new


@pytest.mark.parametrize("f0_hz", [75.0, 100.0, 120.0, 180.0, 250.0])
@pytest.mark.parametrize("noise_dbfs", [-70.0, -50.0])
def test_a_voice_is_neither_rumble_nor_hum(f0_hz: float, noise_dbfs: float) -> None:
    assert cleaned(voice(f0_hz) + room_noise(noise_dbfs))[1] == {}


@pytest.mark.parametrize("hz", [350.0, 425.0, 450.0])
def test_a_signal_tone_is_no_hum(hz: float) -> None:
    assert cleaned(0.05 * np.sin(2 * np.pi * hz * TIME_S) + room_noise())[1] == {}
    dialling = 0.05 * (np.sin(2 * np.pi * 350 * TIME_S) + np.sin(2 * np.pi * 450 * TIME_S))
    assert cleaned(dialling + room_noise())[1] == {}


@pytest.mark.parametrize("offset", [-0.04, 0.001, 0.04, 0.25])
def test_an_offset_is_removed_from_the_first_slice_on(offset: float) -> None:
    speech = voice() + room_noise()
    speech[:1600] = room_noise()[:1600]
    out, found = cleaned(speech + offset)
    assert found == {"offset": pytest.approx(20 * np.log10(abs(offset)), abs=0.5)}
    means = out.reshape(-1, SAMPLE_RATE_HZ // 5).mean(axis=1)
    assert np.abs(means).max() < 0.002
    assert dbfs(out) == pytest.approx(dbfs(speech), abs=0.05)


@pytest.mark.parametrize("level", [-30.0, -25.0])
def test_rumble_is_removed_and_the_voice_is_not(level: float) -> None:
    rumble, speech = low_noise(20, 120, level), voice(195)
    out, found = cleaned(speech + rumble + room_noise(), from_s=3)
    assert list(found) == ["rumble"]
    pauses = (TIME_S[3 * SAMPLE_RATE_HZ :] % 3) > 2.3
    assert dbfs(out[pauses]) < level - 24
    assert dbfs(out) == pytest.approx(dbfs(speech[3 * SAMPLE_RATE_HZ :]), abs=0.3)


def test_rumble_below_the_voice_leaves_a_low_voice_whole() -> None:
    speech = voice(85)
    out, found = cleaned(speech + low_noise(15, 55, -30) + room_noise(), from_s=3)
    assert list(found) == ["rumble"]
    assert dbfs(out) == pytest.approx(dbfs(speech[3 * SAMPLE_RATE_HZ :]), abs=0.3)


@pytest.mark.parametrize(
    ("mains_hz", "harmonics"),
    [(50.0, (2,)), (50.0, (1, 2, 3, 4, 6)), (60.0, (1, 2, 3)), (49.93, (1, 2, 5)), (60.06, (2, 4))],
)  # fmt: skip
def test_hum_is_removed_and_the_voice_is_not(mains_hz: float, harmonics: tuple[int, ...]) -> None:
    noise, speech = hum(mains_hz, harmonics, -43), voice()
    out, found = cleaned(speech + noise + room_noise(), from_s=4)
    assert list(found) == ["hum"]
    pauses = (TIME_S[4 * SAMPLE_RATE_HZ :] % 3) > 2.5
    assert dbfs(out[pauses]) < dbfs(noise) - 15
    assert dbfs(out) == pytest.approx(dbfs(speech[4 * SAMPLE_RATE_HZ :]), abs=0.3)


def test_all_at_once_are_told_once_each() -> None:
    noises = hum(50, (2, 4), -45) + low_noise(20, 50, -35) + 0.1
    assert set(cleaned(voice() + noises + room_noise())[1]) == {"offset", "rumble", "hum"}


def test_the_filter_passes_what_is_above_its_edge_without_delay() -> None:
    sound = room_noise(-20)
    line = LineFilter(62.0, (100.0,))
    line.settle(500.0)
    out = np.concatenate([line.feed(piece) for piece in slices(sound + 500 / 32768)]) / 32768
    correlation = np.fft.irfft(np.fft.rfft(out) * np.conj(np.fft.rfft(sound)))
    assert np.argmax(correlation) == 0
    assert dbfs(out) == pytest.approx(dbfs(sound), abs=0.1)


def test_the_first_digital_silence_tells_nothing() -> None:
    silent = np.zeros(len(TIME_S))
    assert cleaned(silent)[1] == {}
