"""Loudness of the speech alone, what lies under it, and clipping.

Levels are RMS in dBFS, a full-scale square wave being 0 (so a full-scale sine is -3.0). Speech is what ITU-T P.56 calls
active: pauses inside a turn longer than 200 ms do not count, shorter ones do. The power of the noise, measured where
nobody speaks, is taken off.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.measures.clipping import PeakHistogram
from pipeline.audio.measures.loudness import to_dbfs
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm
from pipeline.quantities import Dbfs, Decibels, Gain, ShortMs, WindowMs, in_order

_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class LevelSettings:
    """What counts as speech, and what as the noise under it."""

    pause_ms: ShortMs = 200  # shorter pauses inside a turn belong to the speech (the hang-over of ITU-T P.56)
    pause_margin_db: Decibels = 20.0  # a pause lies so far under the speech,
    noise_rise_db: Decibels = 1.5  # or no more than this over the noise
    onset_ms: ShortMs = 200  # so long before a turn its onset or a breath may be heard: no noise
    tail_ms: ShortMs = 200  # nor so long after it
    noise_ms: WindowMs = 10_000  # the last noise that counts
    noise_from_ms: WindowMs = 300  # and the least of it
    noise_spread_db: Decibels = 20.0  # farther over its median is no noise of the room but a word that was missed
    audible_dbfs: Dbfs = -84.0  # under it is digital silence, whatever its offset: it tells nothing of the room
    lowest_snr_db: Gain = -10.0  # less cannot be told from noise alone

    def __post_init__(self) -> None:
        in_order(self, "noise_from_ms", "noise_ms")


@dataclass(frozen=True, slots=True)
class Level:
    """`speech_dbfs`: RMS over speech without the noise's power. `snr_db` is None without any noise to hear.

    `clipped_share`: of the samples, those cut off at full scale or at a limit below it.
    """

    speech_dbfs: float
    snr_db: float | None
    clipped_share: float


@dataclass(frozen=True, slots=True)
class _Noise:
    """`beneath`: mean square, offset and all: what the speech's mean square holds too much. `power`: without it."""

    beneath: float
    power: float


@dataclass(slots=True)
class _Sum:
    """Blocks of 20 ms of speech: their mean squares, and those of the noise under them where it is known."""

    square: float = 0.0
    blocks: int = 0
    beneath: float = 0.0
    noise: float = 0.0
    noise_blocks: int = 0

    def add(self, squares: NDArray[np.float64], noise: _Noise | None) -> None:
        self.square += float(squares.sum())
        self.blocks += len(squares)
        if noise is not None:
            self.beneath += noise.beneath * len(squares)
            self.noise += noise.power * len(squares)
            self.noise_blocks += len(squares)


class LevelMeter:
    """One channel. Samples of turns go to `speech`, slices out of turns to `quiet`.

    `turn` tells of the turn at hand, `call` of all. Speech may come in pieces of any length: only their sum counts.
    """

    def __init__(self, settings: LevelSettings | None = None) -> None:
        self._settings = settings or LevelSettings()
        # Start, mean square and mean of the last slices without speech; digital silence is not kept.
        self._quiet: deque[tuple[int, float, float]] = deque(maxlen=self._settings.noise_ms // SLICE_MS)
        self._quiet_from_ms = 0
        self._blocks: list[float] = []  # mean squares of the turn's blocks
        self._rest: Pcm = np.zeros(0, np.int16)  # less than a block
        self._past = _Sum()  # of the turns before
        self._peaks, self._past_peaks = PeakHistogram(), PeakHistogram()
        self._known: _Noise | None = None  # worked out when first asked for since the last slice of noise
        self._is_stale = True

    def quiet(self, start_ms: int, pcm: Pcm) -> None:
        """A slice in which no turn is open. It may prove a turn's onset later: `new_turn` takes it back."""
        samples = pcm.astype(np.float64)
        square = float(samples @ samples) / (len(samples) * _FULL_SCALE**2)
        mean = float(np.add.reduce(samples)) / (len(samples) * _FULL_SCALE)
        # An offset alone is silence too: A-law's idle value is 8.
        if start_ms >= self._quiet_from_ms and to_dbfs(square - mean**2) > self._settings.audible_dbfs:
            self._quiet.append((start_ms, square, mean))
            self._is_stale = True

    def new_turn(self, start_ms: int) -> None:
        while self._quiet and self._quiet[-1][0] > start_ms - self._settings.onset_ms - SLICE_MS:
            self._quiet.pop()
            self._is_stale = True
        # Only now is known what followed the last turn.
        noise = self._noise()
        self._past.add(self._active(noise), noise)
        self._blocks, self._rest = [], self._rest[:0]
        self._past_peaks = self._past_peaks + self._peaks
        self._peaks = PeakHistogram()

    def speech(self, pcm: Pcm) -> None:
        """Samples of the turn, any length."""
        self._peaks.feed(pcm)
        waiting = np.concatenate([self._rest, pcm])
        whole = len(waiting) // SLICE_SAMPLES * SLICE_SAMPLES
        blocks = waiting[:whole].reshape(-1, SLICE_SAMPLES) / _FULL_SCALE
        self._blocks += np.mean(blocks**2, axis=1).tolist()
        self._rest = waiting[whole:]

    def end_turn(self, end_ms: int) -> None:
        self._quiet_from_ms = end_ms + self._settings.tail_ms

    def turn(self) -> Level | None:
        """None before there is any speech."""
        return self._level(_Sum(), self._peaks)

    def call(self) -> Level | None:
        """None where nobody has spoken."""
        p = self._past
        return self._level(_Sum(p.square, p.blocks, p.beneath, p.noise, p.noise_blocks), self._past_peaks + self._peaks)

    def _level(self, so_far: _Sum, peaks: PeakHistogram) -> Level | None:
        """Of the turn at hand on top of `so_far`."""
        noise = self._noise()
        so_far.add(self._active(noise), noise)
        if so_far.blocks == 0:
            return None
        heard = so_far.square / so_far.blocks
        clipped = round(peaks.clipped_share(), 5)
        if so_far.noise_blocks == 0:
            return Level(round(to_dbfs(heard), 1), None, clipped)
        # Under turns from before any noise was heard lay what was heard later.
        beneath, power = so_far.beneath / so_far.noise_blocks, so_far.noise / so_far.noise_blocks
        speech = max(heard - beneath, power * 10 ** (self._settings.lowest_snr_db / 10))
        return Level(round(to_dbfs(speech), 1), round(to_dbfs(speech) - to_dbfs(power), 1), clipped)

    def _noise(self) -> _Noise | None:
        if self._is_stale:
            self._known, self._is_stale = self._measured_noise(), False
        return self._known

    def _measured_noise(self) -> _Noise | None:
        if len(self._quiet) * SLICE_MS < self._settings.noise_from_ms:
            return None
        _, squares, means = np.array(self._quiet).T
        kept = squares <= np.median(squares) * 10 ** (self._settings.noise_spread_db / 10)
        beneath, offset = float(squares[kept].mean()), float(means[kept].mean())
        return _Noise(beneath, max(beneath - offset**2, 1e-12))

    def _active(self, noise: _Noise | None) -> NDArray[np.float64]:
        """Mean squares of the turn's blocks that are speech, without its longer pauses."""
        s = self._settings
        blocks = np.array(self._blocks)
        kept = np.ones(len(blocks), bool)
        floor = noise.beneath * 10 ** (s.noise_rise_db / 10) if noise else 0.0
        for _ in range(2):  # without its pauses the active level is higher, and so is what is a pause
            if kept.any():
                limit = max(floor, blocks[kept].mean() * 10 ** (-s.pause_margin_db / 10))
                kept = ~_long_runs(blocks <= limit, s.pause_ms // SLICE_MS)
        return blocks[kept] if kept.any() else blocks


def _long_runs(flags: NDArray[np.bool_], longer_than: int) -> NDArray[np.bool_]:
    """Those flags that stand in a row of more than `longer_than`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    out = np.zeros(len(flags), bool)
    for begin, end in edges.reshape(-1, 2):
        out[begin:end] = end - begin > longer_than
    return out
