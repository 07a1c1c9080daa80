"""Whether a voice sounds like one heard before: by its nearest neighbours among the frames of the known one.

This is speaker verification by vector quantisation (Soong et al. 1985, ICASSP) without the quantiser: for each frame of
the voice in question the distance to the most similar frame known, in cepstra of the telephone's band, on average. What
was said matters little, since every sound finds its like; the speaker and his microphone matter. Cepstra leave out the
level, but a softer voice drowns sooner in the room's noise: so the known frames are first made as soft, in that noise.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.mel import mel_bands
from pipeline.ports import SLICE_SAMPLES, Pcm

FRAME = 512  # samples: 32 ms
_KNOWN_FRAMES = 150
_LEAST_KNOWN = 30
_BLOCK = 10  # frames: every other block of the known voice is compared with the rest of it
_LEAST_DB = 5.0  # a voice is never nearer to itself: digital silence, tones
_BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 3_800.0  # a telephone's band
_CEPSTRA = 12
_CLEAR = 10 ** (-15 / 10)  # frames this far below the loud ones say nothing about the speaker
_NOISE_PERCENTILE = 10.0
_TINY = 1e-3  # power of a band in digital silence, at the scale of int16

Floats = NDArray[np.floating[Any]]


@cache
def _bands() -> NDArray[np.float32]:
    return mel_bands(_LOWEST_HZ, _HIGHEST_HZ, _BANDS, FRAME)


@cache
def _cosines() -> NDArray[np.float32]:
    """Matrix (bands, cepstra) of the orthonormal cosine transform without its constant."""
    middles = (np.arange(_BANDS)[:, None] + 0.5) / _BANDS
    return np.asarray(np.cos(np.pi * middles * np.arange(1, _CEPSTRA + 1)) * np.sqrt(2 / _BANDS), np.float32)


@cache
def _window() -> NDArray[np.float32]:
    return np.asarray(np.hanning(FRAME), np.float32)


@dataclass(frozen=True, slots=True)
class Likeness:
    """`apart`: distance of a voice from the known one, in distances of the known one from itself: 1 is the same voice.

    `softer_db`: than the known voice.
    """

    apart: float
    softer_db: float


class Timbre:
    """One voice, known by its last 150 frames."""

    def __init__(self) -> None:
        self._known: deque[Floats] = deque(maxlen=_KNOWN_FRAMES // _BLOCK)  # powers of a block of frames each
        self._newest: list[Pcm] = []

    def learn(self, frame: Pcm) -> None:
        """Takes int16 of shape (FRAME,) of the voice; ten a second are enough."""
        self._newest.append(frame)
        if len(self._newest) == _BLOCK:
            self._known.append(_powers(np.stack(self._newest)))
            self._newest.clear()

    def likeness(self, pcm: Pcm) -> Likeness | None:
        """Of a stretch of voice, int16 of shape (n,), its pauses included; None where too little is known or given."""
        if len(self._known) * _BLOCK < _LEAST_KNOWN or len(pcm) < 2 * FRAME:
            return None
        powers = _powers(np.lib.stride_tricks.sliding_window_view(pcm, FRAME)[::SLICE_SAMPLES])
        noise = np.percentile(powers, _NOISE_PERCENTILE, axis=0)
        voice, known = _clear(powers), _clear(np.concatenate(self._known))
        softer_db = _level_db(known) - _level_db(voice)
        as_soft = _cepstra(known * 10 ** (-softer_db / 10) + noise)
        is_odd = np.arange(len(as_soft)) // _BLOCK % 2 == 1
        itself = _distance_db(as_soft[is_odd], as_soft[~is_odd])
        apart = _distance_db(_cepstra(voice), as_soft) / max(itself, _LEAST_DB)
        return Likeness(apart, softer_db)


def _distance_db(frames: Floats, known: Floats) -> float:
    """From a frame to the nearest of the known ones, on average. Cepstra of shapes (n, cepstra) and (m, cepstra)."""
    squares = np.einsum("ij,ij->i", frames, frames)[:, None] + np.einsum("ij,ij->i", known, known)
    nearest = (squares - 2 * frames @ known.T).min(axis=1)
    return float(np.sqrt(np.maximum(nearest, 0.0)).mean())


def _powers(frames: NDArray[np.int16]) -> Floats:
    """Power in each band: (n, FRAME) to (n, bands)."""
    spectrum = np.fft.rfft(frames * _window(), axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) @ _bands() + _TINY)


def _clear(powers: Floats) -> Floats:
    """The frames that are not much fainter than the loud ones."""
    totals = powers.sum(axis=1)
    return np.asarray(powers[totals > np.percentile(totals, 95) * _CLEAR])


def _level_db(powers: Floats) -> float:
    """Mean of the levels: a mean of powers would be that of the loudest sentence."""
    return float(10 * np.log10(powers.sum(axis=1)).mean())


def _cepstra(powers: Floats) -> Floats:
    return np.asarray(10 * np.log10(powers) @ _cosines())
