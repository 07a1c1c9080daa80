"""Loudness of the speech alone, what lies under it, and clipping (DESIGN §5)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from pipeline.ports import SLICE_MS, Pcm

_FULL_SCALE = 32768.0


def _dbfs(mean_square: float) -> float:
    return float(10.0 * np.log10(mean_square + 1e-12))


@dataclass(slots=True)
class _Sum:
    square: float = 0.0
    clipped: int = 0
    samples: int = 0

    def add(self, square: float, clipped: int, samples: int) -> None:
        self.square += square
        self.clipped += clipped
        self.samples += samples


@dataclass(frozen=True, slots=True)
class Level:
    """`speech_dbfs`: RMS over speech, a full-scale square wave being 0. `snr_db` is None without any noise to hear."""

    speech_dbfs: float
    snr_db: float | None
    clipped_share: float


@dataclass(slots=True)
class LevelMeter:
    """Feed every slice with its power and whether it is speech; `turn` covers the turn at hand, `call` the call."""

    _noise: deque[float] = field(default_factory=lambda: deque(maxlen=500))  # mean squares of 10 s without speech
    _turn: _Sum = field(default_factory=_Sum)
    _call: _Sum = field(default_factory=_Sum)

    def speech(self, pcm: Pcm) -> None:
        """Samples of a turn, any length."""
        x = pcm.astype(np.float64)
        square = float(np.dot(x, x)) / _FULL_SCALE**2
        clipped = int(np.count_nonzero((pcm == 32767) | (pcm == -32768)))
        self._turn.add(square, clipped, len(pcm))
        self._call.add(square, clipped, len(pcm))

    def noise(self, mean_square: float) -> None:
        """One slice without speech. Digital silence says nothing about the room and is left out."""
        if mean_square > 1e-10:
            self._noise.append(mean_square)

    def new_turn(self) -> None:
        self._turn = _Sum()

    def turn(self) -> Level | None:
        return self._level(self._turn)

    def call(self) -> Level | None:
        return self._level(self._call)

    def _level(self, of: _Sum) -> Level | None:
        if of.samples < SLICE_MS * 16:
            return None
        speech = of.square / of.samples
        noise = float(np.median(self._noise)) if len(self._noise) >= 10 else None
        snr = None
        if noise is not None:
            snr = round(_dbfs(max(speech - noise, 1e-12)) - _dbfs(noise), 1)
        return Level(round(_dbfs(speech), 1), snr, round(of.clipped / of.samples, 5))
