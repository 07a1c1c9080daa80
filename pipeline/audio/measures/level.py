"""Active speech level, signal-to-noise ratio and clipping.

Levels are RMS in dBFS, a full-scale square wave being 0 (so a full-scale sine is -3.0). Speech is what ITU-T P.56 calls
active: pauses inside a turn longer than 200 ms do not count, shorter ones do. The power of the noise, measured between
turns, is subtracted.
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
_AT_ONCE = 50  # slices


@dataclass(frozen=True, slots=True)
class LevelSettings:
    """What counts as speech, and what as noise."""

    pause_ms: ShortMs = 200  # shorter pauses inside a turn belong to the speech (the hangover of ITU-T P.56)
    pause_margin_db: Decibels = 20.0  # a slice is a pause if it is this far below the speech level,
    noise_rise_db: Decibels = 1.5  # or at most this far above the noise
    onset_ms: ShortMs = 200  # this long before a turn is not noise: its onset or a breath may be there,
    tail_ms: ShortMs = 200  # nor this long after it
    noise_ms: WindowMs = 10_000  # the most recent noise that is averaged
    noise_from_ms: WindowMs = 300  # and how much of it is needed at least
    noise_spread_db: Decibels = 20.0  # slices further above the median are not room noise but missed speech
    audible_dbfs: Dbfs = -84.0  # below this (DC offset removed) is digital silence, not room noise
    lowest_snr_db: Gain = -10.0  # lower values cannot be told from noise alone

    def __post_init__(self) -> None:
        in_order(self, "noise_from_ms", "noise_ms")


@dataclass(frozen=True, slots=True)
class Level:
    """`speech_dbfs`: RMS over speech without the power of the noise. `snr_db`: None until noise was measured.

    `clipped_share`: share of the samples that are cut off at full scale or at a limit below it, 0 to 1.
    """

    speech_dbfs: float
    snr_db: float | None
    clipped_share: float


@dataclass(frozen=True, slots=True)
class _Noise:
    """`mean_square`: with the DC offset, to be subtracted from that of the speech; `power`: without the offset."""

    mean_square: float
    power: float


@dataclass(slots=True)
class _Sum:
    """Sums over blocks of 20 ms of speech: mean squares, and those of the noise at that time where it is known."""

    square: float = 0.0
    blocks: int = 0
    noise_square: float = 0.0
    noise: float = 0.0
    noise_blocks: int = 0

    def add(self, squares: NDArray[np.float64], noise: _Noise | None) -> None:
        self.square += float(squares.sum())
        self.blocks += len(squares)
        if noise is not None:
            self.noise_square += noise.mean_square * len(squares)
            self.noise += noise.power * len(squares)
            self.noise_blocks += len(squares)


class LevelMeter:
    """The level of one channel. Samples of turns go to `speech`, slices between turns to `quiet`.

    `turn` measures the present turn, `call` all turns. The result does not depend on how the samples are cut.
    """

    def __init__(self, settings: LevelSettings | None = None) -> None:
        self._settings = settings or LevelSettings()
        # Start in ms, mean square and mean of the last slices without speech; digital silence is not kept.
        self._quiet: deque[tuple[int, float, float]] = deque(maxlen=self._settings.noise_ms // SLICE_MS)
        self._unmeasured: list[tuple[int, Pcm]] = []  # slices and their starts, measured many at once
        self._quiet_from_ms = 0
        self._blocks: list[float] = []  # mean squares of the present turn's blocks
        self._rest: Pcm = np.zeros(0, np.int16)  # samples of the incomplete block
        self._past = _Sum()  # sums over earlier turns
        self._peaks, self._past_peaks = PeakHistogram(), PeakHistogram()
        self._known: _Noise | None = None  # cached until the next slice of noise
        self._is_stale = True

    def quiet(self, start_ms: int, pcm: Pcm) -> None:
        """Takes a slice, int16 of shape (320,), while no turn is open; `new_turn` removes it if it was an onset."""
        if start_ms >= self._quiet_from_ms:
            self._unmeasured.append((start_ms, pcm))
            if len(self._unmeasured) == _AT_ONCE:
                self._measure_quiet()

    def _measure_quiet(self) -> None:
        if not self._unmeasured:
            return
        starts, slices = zip(*self._unmeasured, strict=True)
        self._unmeasured.clear()
        samples = np.stack(slices) / _FULL_SCALE
        squares = np.einsum("ij,ij->i", samples, samples) / SLICE_SAMPLES
        for start_ms, square, mean in zip(starts, squares.tolist(), samples.mean(axis=1).tolist(), strict=True):
            # A DC offset alone is silence too: A-law codes silence as 8.
            if to_dbfs(square - mean**2) > self._settings.audible_dbfs:
                self._quiet.append((start_ms, square, mean))
                self._is_stale = True

    def forget_noise(self) -> None:
        """What was measured between turns so far is not what is under the speech that comes."""
        self._quiet.clear()
        self._unmeasured.clear()
        self._is_stale = True

    def new_turn(self, start_ms: int) -> None:
        """A turn begins; the noise just before it may be its onset and is dropped."""
        self._measure_quiet()
        while self._quiet and self._quiet[-1][0] > start_ms - self._settings.onset_ms - SLICE_MS:
            self._quiet.pop()
            self._is_stale = True
        # The last turn is added only now, with the noise that followed it.
        noise = self._noise()
        self._past.add(self._active(noise), noise)
        self._blocks, self._rest = [], self._rest[:0]
        self._past_peaks = self._past_peaks + self._peaks
        self._peaks = PeakHistogram()

    def speech(self, pcm: Pcm) -> None:
        """Takes samples of the turn, int16 of shape (n,)."""
        self._peaks.feed(pcm)
        waiting = np.concatenate([self._rest, pcm])
        whole = len(waiting) // SLICE_SAMPLES * SLICE_SAMPLES
        blocks = waiting[:whole].reshape(-1, SLICE_SAMPLES) / _FULL_SCALE
        self._blocks += np.mean(blocks**2, axis=1).tolist()
        self._rest = waiting[whole:]

    def end_turn(self, end_ms: int) -> None:
        """The turn has ended; noise is measured again after `tail_ms`."""
        self._quiet_from_ms = end_ms + self._settings.tail_ms

    def turn(self) -> Level | None:
        """The present turn so far, or the last one; None before there is any speech."""
        return self._level(_Sum(), self._peaks)

    def call(self) -> Level | None:
        """All turns; None where there was no speech."""
        p = self._past
        past = _Sum(p.square, p.blocks, p.noise_square, p.noise, p.noise_blocks)
        return self._level(past, self._past_peaks + self._peaks)

    def _level(self, so_far: _Sum, peaks: PeakHistogram) -> Level | None:
        """Of `so_far` and the present turn together."""
        noise = self._noise()
        so_far.add(self._active(noise), noise)
        if so_far.blocks == 0:
            return None
        heard = so_far.square / so_far.blocks
        clipped = round(peaks.clipped_share(), 5)
        if so_far.noise_blocks == 0:
            return Level(round(to_dbfs(heard), 1), None, clipped)
        # Turns from before any noise was measured are taken to have had the noise measured later.
        noise_square, power = so_far.noise_square / so_far.noise_blocks, so_far.noise / so_far.noise_blocks
        speech = max(heard - noise_square, power * 10 ** (self._settings.lowest_snr_db / 10))
        return Level(round(to_dbfs(speech), 1), round(to_dbfs(speech) - to_dbfs(power), 1), clipped)

    def _noise(self) -> _Noise | None:
        self._measure_quiet()
        if self._is_stale:
            self._known, self._is_stale = self._measured_noise(), False
        return self._known

    def _measured_noise(self) -> _Noise | None:
        if len(self._quiet) * SLICE_MS < self._settings.noise_from_ms:
            return None
        _, squares, means = np.array(self._quiet).T
        kept = squares <= np.median(squares) * 10 ** (self._settings.noise_spread_db / 10)
        noise_square, offset = float(squares[kept].mean()), float(means[kept].mean())
        return _Noise(noise_square, max(noise_square - offset**2, 1e-12))

    def _active(self, noise: _Noise | None) -> NDArray[np.float64]:
        """Mean squares of the present turn's blocks without its longer pauses."""
        s = self._settings
        blocks = np.array(self._blocks)
        kept = np.ones(len(blocks), bool)
        floor = noise.mean_square * 10 ** (s.noise_rise_db / 10) if noise else 0.0
        for _ in range(2):  # without pauses the active level is higher, and so is the limit of a pause: once more
            if kept.any():
                limit = max(floor, blocks[kept].mean() * 10 ** (-s.pause_margin_db / 10))
                kept = ~_long_runs(blocks <= limit, s.pause_ms // SLICE_MS)
        return blocks[kept] if kept.any() else blocks


def _long_runs(flags: NDArray[np.bool_], longer_than: int) -> NDArray[np.bool_]:
    """Only the flags that are in a run of more than `longer_than`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    out = np.zeros(len(flags), bool)
    for begin, end in edges.reshape(-1, 2):
        out[begin:end] = end - begin > longer_than
    return out
