"""Synthetic voices whose f0 is known exactly: glottal pulses through a vocal tract.

A phrase is a row of Mandarin syllables: a fricative or an aspiration of noise (unvoiced), then a rime whose f0
follows the shape of a tone (Chao 1930: 55, 35, 214, 51) on the phrase's falling line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from scipy.signal import lfilter

from benchmarks.accuracy.corpus import Samples
from benchmarks.accuracy.sound import at_dbfs
from pipeline.ports import SAMPLE_RATE_HZ

_RATE_HZ = 48_000  # sample rate of the pulses, so that their harmonics do not alias
_TONES = {1: (5, 5, 5), 2: (3, 3.5, 5), 3: (2, 1, 3), 4: (5, 4, 1)}  # Chao's levels at begin, middle, end
_VOWELS_HZ = (  # first four formants of a man; a woman's lie a sixth higher (Fant 1960)
    (750, 1250, 2600, 3500),  # a
    (500, 1150, 2450, 3400),  # e
    (300, 2250, 3000, 3600),  # i
    (350, 700, 2400, 3300),  # u
    (300, 1900, 2250, 3300),  # ü
    (550, 850, 2450, 3300),  # o
)
_WIDTHS_HZ = (80, 100, 140, 200)


@dataclass(frozen=True)
class Voice:
    """`samples` at 16 kHz; `f0_hz` of frames centred at 25 + 10 k ms, 0.0 where unvoiced."""

    samples: Samples
    f0_hz: Samples


def pulses(f0_hz: Samples, open_quotient: float = 0.6) -> Samples:
    """Glottal flow, differentiated, for an f0 per sample of 48 kHz (0: none). Rosenberg's pulse C (1971)."""
    phase = np.cumsum(f0_hz) / _RATE_HZ % 1.0
    rise, fall = open_quotient * 2 / 3, open_quotient / 3
    opening = 0.5 * (1 - np.cos(np.pi * phase / rise))
    closing = np.cos(0.5 * np.pi * (phase - rise) / fall)
    flow = np.where(phase < rise, opening, np.where(phase < open_quotient, closing, 0.0)) * (f0_hz > 0)
    return np.diff(flow, prepend=0.0)


def tract(source: Samples, formants_hz: tuple[float, ...]) -> Samples:
    """Through a cascade of resonators."""
    for hz, width in zip(formants_hz, _WIDTHS_HZ, strict=True):
        radius = np.exp(-np.pi * width / _RATE_HZ)
        pole = [1, -2 * radius * np.cos(2 * np.pi * hz / _RATE_HZ), radius**2]
        source = lfilter([sum(pole)], pole, source)
    return source


def spoken(base_hz: float, seconds: float = 10.0, seed: int = 1) -> Voice:
    """A speaker with f0 around `base_hz`: at 150 Hz and above with a woman's formants."""
    random = np.random.default_rng(seed)
    scale = 1.17 if base_hz >= 150 else 1.0
    parts: list[Samples] = []
    contours: list[Samples] = []
    length = 0
    while length < seconds * _RATE_HZ:
        for place in range(count := int(random.integers(4, 9))):
            vowel = tuple(scale * hz for hz in _VOWELS_HZ[random.integers(len(_VOWELS_HZ))])
            noise_s = random.choice([0.0, 0.04, 0.09])
            rime = _rime(random, base_hz * 2 ** (-2 * place / count / 12))
            contour = np.concatenate([np.zeros(int(noise_s * _RATE_HZ)), rime])
            ramp = np.minimum(1.0, np.minimum(np.arange(len(rime)), np.arange(len(rime))[::-1]) / (0.012 * _RATE_HZ))
            voiced = at_dbfs(tract(pulses(rime), vowel), -20 - random.uniform(0, 8)) * ramp
            hiss = 0.014 * np.diff(
                random.standard_normal(len(contour) - len(rime) + 1)
            )  # -34 dBFS, rising by 6 dB/octave
            parts.append(np.concatenate([hiss, voiced]))
            contours.append(contour)
        pause = np.zeros(int(random.uniform(0.1, 0.25) * _RATE_HZ))
        parts.append(pause)
        contours.append(pause)
        length = sum(map(len, parts))
    samples = soxr.resample(np.concatenate(parts), _RATE_HZ, SAMPLE_RATE_HZ, quality="HQ")
    samples = samples + 10 ** (-65 / 20) * random.standard_normal(len(samples))
    middles = np.arange(0.025, len(samples) / SAMPLE_RATE_HZ - 0.025, 0.01) * _RATE_HZ
    return Voice(samples, np.concatenate(contours)[middles.astype(int)])


def _rime(random: np.random.Generator, base_hz: float) -> Samples:
    """f0 of one syllable's rime: a tone of eight semitones' span, one step of Chao's being two."""
    levels = _TONES[int(random.integers(1, 5))]
    at = np.linspace(0, 1, int(random.uniform(0.12, 0.26) * _RATE_HZ))
    return np.asarray(base_hz * 2 ** (2 * (np.interp(at, (0, 0.5, 1), levels) - 3) / 12))


def creak(hz: float, seconds: float = 1.0, jitter: float = 0.15, seed: int = 1) -> Samples:
    """A creaky vowel: pulses at `hz` whose periods are drawn with a spread of `jitter`, through the tract of an a."""
    random = np.random.default_rng(seed)
    periods = _RATE_HZ / hz * (1 + jitter * random.uniform(-1, 1, int(2 * hz * seconds)))
    contour = np.concatenate([np.full(round(period), _RATE_HZ / round(period)) for period in periods])
    wave = tract(pulses(contour[: int(seconds * _RATE_HZ)], 0.4), _VOWELS_HZ[0])
    return at_dbfs(soxr.resample(wave, _RATE_HZ, SAMPLE_RATE_HZ, quality="HQ"), -23)
