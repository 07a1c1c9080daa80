"""Levels, telephone channels, and synthetic noises that are known not to be speech."""

from __future__ import annotations

import numpy as np
import soxr
from scipy.signal import butter, lfilter, sosfilt, sosfiltfilt

from benchmarks.accuracy.corpus import Samples
from pipeline.audio.resample import saturate
from pipeline.ports import SAMPLE_RATE_HZ, Pcm


def dbfs(samples: Samples) -> float:
    """RMS against a full-scale square wave."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


def at_dbfs(samples: Samples, level: float) -> Samples:
    return np.asarray(samples * 10 ** ((level - dbfs(samples)) / 20))


def pcm(samples: Samples) -> Pcm:
    return saturate(samples.astype(np.float32))


def _at_8_khz(samples: Samples) -> Samples:
    """In a telephone's band: Butterworth of 6th order, 300-3400 Hz."""
    narrow = soxr.resample(samples, SAMPLE_RATE_HZ, 8_000, quality="HQ")
    return np.asarray(sosfilt(butter(6, [300, 3400], "bandpass", fs=8_000, output="sos"), narrow))


def _back_at_16_khz(narrow: Samples) -> Samples:
    return np.asarray(soxr.resample(narrow, 8_000, SAMPLE_RATE_HZ, quality="HQ"))


def telephone_band(samples: Samples) -> Samples:
    """A narrow-band telephone channel without codec."""
    return _back_at_16_khz(_at_8_khz(samples))


def telephone(samples: Samples) -> Samples:
    """A narrow-band telephone channel with G.711 µ-law."""
    narrow = np.clip(_at_8_khz(samples), -1, 1)
    coded = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded = np.rint((coded + 1) * 127.5) / 127.5 - 1
    return _back_at_16_khz(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255)


def white(seconds: float, level: float, seed: int = 1) -> Samples:
    return at_dbfs(np.random.default_rng(seed).standard_normal(int(seconds * SAMPLE_RATE_HZ)), level)


def looped(bed: Samples, length: int, begin: int = 0) -> Samples:
    """`length` samples of a bed from `begin` on, repeated as often as needed."""
    return np.resize(np.roll(bed, -begin), length)


def keyboard(seconds: float, level: float = -40.0, seed: int = 2) -> Samples:
    """A mechanical keyboard: bursts of clicks, each a press and a release of 5 ms in 2-5 kHz."""
    random = np.random.default_rng(seed)
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    at = 0.2
    while at < seconds - 0.2:
        for offset_s, gain in ((0.0, 1.0), (random.uniform(0.06, 0.12), 0.5)):
            begin = int((at + offset_s) * SAMPLE_RATE_HZ)
            click = random.standard_normal(480) * np.exp(-np.arange(480) / 60)
            out[begin : begin + 480] += gain * random.uniform(0.5, 1) * click[: max(0, len(out) - begin)]
        at += random.choice([0.12, 0.16, 0.22, 0.7])
    band = butter(2, [1500, 6000], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return at_dbfs(sosfilt(band, out), level)


def mouse(seconds: float, level: float = -45.0, seed: int = 3) -> Samples:
    """Clicks of a mouse, pairs 90 ms apart, every second or two."""
    random = np.random.default_rng(seed)
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    at = 0.4
    while at < seconds - 0.3:
        for offset_s in (0.0, 0.09):
            begin = int((at + offset_s) * SAMPLE_RATE_HZ)
            out[begin : begin + 160] += random.standard_normal(160) * np.exp(-np.arange(160) / 25)
        at += random.uniform(0.8, 2.0)
    return at_dbfs(out, level)


def breathing(seconds: float, level: float = -42.0, seed: int = 4) -> Samples:
    """Breath into a microphone: noise in 300-2500 Hz, in for 1 s and out for 1.4 s."""
    random = np.random.default_rng(seed)
    time_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    swell = (
        np.maximum(0, np.sin(2 * np.pi * time_s / 2.4)) ** 2
        + 0.7 * np.maximum(0, -np.sin(2 * np.pi * time_s / 2.4)) ** 2
    )
    band = butter(2, [300, 2500], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return at_dbfs(swell * sosfilt(band, random.standard_normal(len(time_s))), level)


def cough(seconds: float, level: float = -30.0, seed: int = 5) -> Samples:
    """A cough every three seconds: a burst of 60 ms and a decaying one of 250 ms, shaped by two resonances."""
    random = np.random.default_rng(seed)
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    for at in np.arange(0.8, seconds - 0.5, 3.0):
        begin = int(at * SAMPLE_RATE_HZ)
        for offset_s, length_s, gain in ((0.0, 0.06, 1.0), (0.09, 0.25, 0.6)):
            count = int(length_s * SAMPLE_RATE_HZ)
            burst = random.standard_normal(count) * np.exp(-np.arange(count) / (count / 3))
            first = begin + int(offset_s * SAMPLE_RATE_HZ)
            out[first : first + count] += gain * burst
    for hz in (600.0, 1500.0):
        radius = 0.97
        out = out + 0.5 * lfilter(
            [1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE_HZ), radius**2], out
        )
    return at_dbfs(out, level)


def ring_back(seconds: float, level: float = -24.0) -> Samples:
    """450 Hz, one second in five: ring-back in China (YD/T 729)."""
    time_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return at_dbfs(np.sin(2 * np.pi * 450 * time_s) * (time_s % 5 < 1), level)


def dtmf(seconds: float, level: float = -20.0, seed: int = 6) -> Samples:
    """Keys of 100 ms, 150 ms apart (ITU-T Q.23)."""
    random = np.random.default_rng(seed)
    time_s = np.arange(int(0.1 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    for at in np.arange(0.1, seconds - 0.2, 0.25):
        low, high = random.choice([697, 770, 852, 941]), random.choice([1209, 1336, 1477])
        begin = int(at * SAMPLE_RATE_HZ)
        out[begin : begin + len(time_s)] = np.sin(2 * np.pi * low * time_s) + np.sin(2 * np.pi * high * time_s)
    return at_dbfs(out, level)


def chords(seconds: float, level: float = -26.0, decay_s: float = 8.0, vibrato: float = 0.0, seed: int = 7) -> Samples:
    """Chords of three notes with eight harmonics each, a new one every 1.5 s; short `decay_s` is a piano."""
    random = np.random.default_rng(seed)
    out = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    for at in np.arange(0, seconds, 1.5):
        begin = int(at * SAMPLE_RATE_HZ)
        time_s = np.arange(min(int(1.5 * SAMPLE_RATE_HZ), len(out) - begin)) / SAMPLE_RATE_HZ
        root = 110 * 2 ** (random.integers(0, 13) / 12)
        for step in (0, 4, 7):
            hz = root * 2 ** (step / 12)
            phase = 2 * np.pi * (hz * time_s + vibrato * hz / 35 * np.sin(2 * np.pi * 5.5 * time_s))
            for k in range(1, 9):
                out[begin : begin + len(time_s)] += np.sin(k * phase) / k * np.exp(-time_s * k / decay_s)
    return at_dbfs(out, level)


def singing(seconds: float, level: float = -26.0, seed: int = 8) -> Samples:
    """Sung vowels without words: a vibrato glottal pulse train through three formants, over soft chords."""
    random = np.random.default_rng(seed)
    length = int(seconds * SAMPLE_RATE_HZ)
    time_s = np.arange(length) / SAMPLE_RATE_HZ
    notes = np.repeat(
        220 * 2 ** (random.choice([0, 2, 4, 7, 9, 12], int(seconds / 0.6) + 1) / 12), int(0.6 * SAMPLE_RATE_HZ)
    )[:length]
    phase = np.cumsum(notes * (1 + 0.015 * np.sin(2 * np.pi * 5.5 * time_s))) / SAMPLE_RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    out = np.zeros(length)
    for hz, width, gain in ((700, 90, 1.0), (1150, 110, 0.6), (2700, 160, 0.3)):
        radius = np.exp(-np.pi * width / SAMPLE_RATE_HZ)
        out += gain * lfilter(
            [1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE_HZ), radius**2], pulses
        )
    return at_dbfs(out, level) + chords(seconds, level - 8, seed=seed)


def low_passed(samples: Samples, hz: float) -> Samples:
    return np.asarray(sosfiltfilt(butter(4, hz, fs=SAMPLE_RATE_HZ, output="sos"), samples))
