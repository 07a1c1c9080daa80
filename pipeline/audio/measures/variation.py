"""Variation of f0: in a window of recent speech, in a provisional baseline, and over the whole call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from pipeline.audio.measures.pitch import HOP_MS, Floats
from pipeline.quantities import Ms, WindowMs, in_order, within

Counts = npt.NDArray[np.int64]

_BIN_FLOOR_HZ, _BINS_PER_SEMITONE, _BINS = 50.0, 50, 2_200  # 50-630 Hz in steps of 2 cents


@dataclass(frozen=True, slots=True)
class VariationSettings:
    """Windows and limits of the variation of f0."""

    window_ms: WindowMs = 20_000  # window of the channel's own speech
    outlier_semitones: Annotated[float, within(1, 48)] = 8.0  # frames further from the median are octave errors
    least_voiced_ms: Ms = 1_000  # no figure on less voiced speech
    baseline_ms: Ms = 60_000  # voiced speech that the provisional baseline rests on
    baseline_from_ms: Ms = 8_000  # and the least it needs

    def __post_init__(self) -> None:
        in_order(self, "baseline_from_ms", "baseline_ms")


@dataclass(frozen=True, slots=True)
class Variation:
    """Of the voiced frames within 8 semitones of their median; `voiced_ms` counts all voiced frames."""

    median_hz: float
    sd_semitones: float  # standard deviation about the median, not the mean
    range_semitones: float  # 5th to 95th percentile
    voiced_ms: int


def variation(f0_hz: Floats, outlier_semitones: float = 8.0) -> Variation | None:
    """Variation of frames of 10 ms, f0 in Hz, shape (n,), 0 for unvoiced; None without voiced frames."""
    semitones = np.sort(12.0 * np.log2(f0_hz[f0_hz > 0] / _BIN_FLOOR_HZ))
    return _of_counts(semitones, np.ones(semitones.size, np.int64), outlier_semitones)


def _of_counts(semitones: Floats, counts: Counts, outlier_semitones: float) -> Variation | None:
    """Of a histogram: ascending values in semitones above 50 Hz, and how often each occurs; both of shape (n,)."""
    total = int(counts.sum())
    if total == 0:
        return None
    # Octave errors lie on one side and pull the median towards them: it is computed again without them, twice.
    kept, often = semitones, counts
    for _ in range(2):
        near = np.abs(semitones - _quantile(kept, often, 0.5)) <= outlier_semitones
        if not counts[near].any():
            break
        kept, often = semitones[near], counts[near]
    median = _quantile(kept, often, 0.5)
    return Variation(
        median_hz=round(_BIN_FLOOR_HZ * 2.0 ** (median / 12.0), 1),
        sd_semitones=round(math.sqrt(float(np.average((kept - median) ** 2, weights=often))), 3),
        range_semitones=round(_quantile(kept, often, 0.95) - _quantile(kept, often, 0.05), 2),
        voiced_ms=total * HOP_MS,
    )


def _quantile(values: Floats, counts: Counts, share: float) -> float:
    """The same as np.quantile(np.repeat(values, counts), share), without the memory."""
    ends = np.cumsum(counts)
    at = share * float(ends[-1] - 1)
    low, high = values[np.searchsorted(ends, [math.floor(at), math.ceil(at)], side="right")]
    return float(low + (high - low) * (at - math.floor(at)))


class PitchMeter:
    """f0 of one channel: over the last 20 s of its speech, the first minute (baseline), and the whole call."""

    def __init__(self, settings: VariationSettings) -> None:
        self._settings = settings
        self._window = np.zeros(0)
        self._times = np.zeros(0, np.int64)  # call time of each frame of the window, ms
        self._baseline = np.zeros(0)
        self._known: tuple[int, Variation | None] | None = None  # cached: number of frames, and their variation
        self._call = np.zeros(_BINS, np.int64)  # a histogram, so that memory does not grow with the call

    @property
    def window_start_ms(self) -> int:
        """Call time of the window's oldest frame; more than 20 s ago, since only own speech is in the window."""
        return int(self._times[0]) if self._times.size else 0

    def feed(self, f0_hz: Floats, start_ms: int) -> None:
        """Takes the next frames: f0 in Hz, shape (n,), 0.0 for unvoiced, the first at call time `start_ms`."""
        frames = self._settings.window_ms // HOP_MS
        times = start_ms + HOP_MS * np.arange(f0_hz.size)
        self._window = np.concatenate([self._window, f0_hz])[-frames:]
        self._times = np.concatenate([self._times, times])[-frames:]
        voiced = f0_hz[f0_hz > 0]
        room = self._settings.baseline_ms // HOP_MS - len(self._baseline)
        if room > 0:
            self._baseline = np.concatenate([self._baseline, voiced[:room]])
        bins = (12.0 * np.log2(voiced / _BIN_FLOOR_HZ) * _BINS_PER_SEMITONE).astype(np.int64)
        np.add.at(self._call, np.clip(bins, 0, _BINS - 1), 1)

    def window(self) -> Variation | None:
        """Over the last 20 s of own speech; None below `least_voiced_ms`."""
        found = variation(self._window, self._settings.outlier_semitones)
        return found if found and found.voiced_ms >= self._settings.least_voiced_ms else None

    def baseline(self) -> Variation | None:
        """Provisional baseline: the first minute of voiced speech of this call; None below `baseline_from_ms`."""
        if len(self._baseline) * HOP_MS < self._settings.baseline_from_ms:
            return None
        if self._known is None or self._known[0] != len(self._baseline):  # changes no more after the first minute
            found = variation(self._baseline, self._settings.outlier_semitones)
            self._known = len(self._baseline), found
        return self._known[1]

    def call(self) -> Variation | None:
        """Over the whole call; None without voiced frames."""
        centres = (np.arange(_BINS) + 0.5) / _BINS_PER_SEMITONE
        return _of_counts(centres, self._call, self._settings.outlier_semitones)
