"""Sounds in which nobody says anything: the demo model must write nothing to them.

Levels are set by the caller; every sound here is float32 at 16 kHz with RMS 1 (digital silence: 0).
"""

from __future__ import annotations

import random
from collections.abc import Callable

import everyday
import numpy as np
from synth import SAMPLE_RATE_HZ, TRAIN_VARIANTS, speak

Sound = Callable[[np.random.Generator, int], np.ndarray]


def noise(rng: np.random.Generator, size: int) -> np.ndarray:
    """White or coloured noise of RMS 1."""
    white = rng.normal(0, 1, size)
    slope = rng.choice((0.0, 0.5, 1.0))
    if slope:
        spectrum = np.fft.rfft(white)
        spectrum /= np.maximum(np.arange(len(spectrum)), 20.0) ** slope
        white = np.fft.irfft(spectrum, n=size)
    return _level(white)


def silence(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.zeros(size)


def _tones(rng: np.random.Generator, size: int, hz: np.ndarray, beat_s: float, rest: float) -> np.ndarray:
    """Notes one after another, each a few harmonics that fade, with rests between."""
    out, beat = np.zeros(size), max(1, int(beat_s * SAMPLE_RATE_HZ))
    at = np.arange(beat) / SAMPLE_RATE_HZ
    for begin in range(0, size, beat):
        if rng.random() < rest:
            continue
        tone = np.zeros(beat)
        for note in np.atleast_1d(rng.permutation(hz)[: rng.integers(1, 5)]):
            for harmonic in range(1, 5):
                tone += np.sin(2 * np.pi * note * harmonic * at) / harmonic ** rng.uniform(1, 2)
        piece = (tone * np.exp(-at * rng.uniform(0, 4)))[: size - begin]
        out[begin : begin + len(piece)] = piece
    return out


def music(rng: np.random.Generator, size: int) -> np.ndarray:
    """Chords or a melody on a scale."""
    scale = 110 * 2 ** (rng.integers(0, 24) / 12) * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
    return _level(_tones(rng, size, scale, rng.uniform(0.15, 2.5), rng.choice((0.0, 0.2))))


def ring_back(rng: np.random.Generator, size: int) -> np.ndarray:
    """The 450 Hz tone of Chinese exchanges, 1 s on and 4 s off or quicker; sometimes two tones."""
    at = np.arange(size) / SAMPLE_RATE_HZ
    on, off = (1.0, 4.0) if rng.random() < 0.5 else rng.uniform(0.2, 1.0, 2)
    tone = np.sin(2 * np.pi * rng.choice((450.0, 440.0, 425.0, 400.0)) * at)
    if rng.random() < 0.3:
        tone += np.sin(2 * np.pi * rng.choice((480.0, 350.0, 620.0, 1336.0)) * at)
    return _level(tone * ((at + rng.uniform(0, on + off)) % (on + off) < on))


def hum(rng: np.random.Generator, size: int) -> np.ndarray:
    at = np.arange(size) / SAMPLE_RATE_HZ
    return _level(sum(np.sin(2 * np.pi * 50 * h * at + h) / h for h in range(1, rng.integers(3, 20))))


def clicks(rng: np.random.Generator, size: int) -> np.ndarray:
    """Keys and knocks: short bursts of shaped noise."""
    out = np.zeros(size)
    for begin in rng.integers(0, max(1, size - 800), max(1, int(size / SAMPLE_RATE_HZ * rng.uniform(1, 8)))):
        length = int(rng.integers(40, 800))
        burst = rng.normal(0, 1, length) * np.exp(-np.arange(length) / rng.uniform(10, 200))
        out[begin : begin + length] += burst[: len(out[begin : begin + length])]
    return _level(out)


def breath(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise in a mouth's band, swelling and ebbing."""
    spectrum = np.fft.rfft(rng.normal(0, 1, size))
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    spectrum *= np.exp(-(((hz - rng.uniform(600, 2_500)) / rng.uniform(400, 1_800)) ** 2))
    swell = np.maximum(
        0, np.sin(2 * np.pi * np.arange(size) / SAMPLE_RATE_HZ / rng.uniform(1.2, 5) + rng.uniform(0, 6))
    )
    return _level(np.fft.irfft(spectrum, n=size) * swell ** rng.uniform(0.5, 3))


def babble(rng: np.random.Generator, size: int) -> np.ndarray:
    """Six voices at once, of which none can be followed."""
    out = np.zeros(size)
    for _ in range(6):
        said = everyday.salad(random.Random(int(rng.integers(1 << 30))))
        voice = speak(said, variant=str(rng.choice(TRAIN_VARIANTS)), speed=int(rng.integers(150, 220))).pcm
        out += np.roll(np.resize(voice, size), int(rng.integers(0, size)))
    return _level(out)


SOUNDS: tuple[Sound, ...] = (silence, noise, noise, music, music, ring_back, hum, clicks, breath, breath, babble)


def _level(sound: np.ndarray) -> np.ndarray:
    return np.asarray(sound / (np.std(sound) + 1e-9))
