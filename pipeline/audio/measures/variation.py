"""How much f0 varies: in a window of the last speech, in the agent's baseline, over the whole call."""

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
    """Windows of variation."""

    window_ms: WindowMs = 20_000  # of the channel's own speech
    outlier_semitones: Annotated[float, within(1, 48)] = 8.0  # farther from the median is an octave slip
    least_voiced_ms: Ms = 1_000  # no figure on less
    baseline_ms: Ms = 60_000  # voiced speech that the provisional baseline rests on
    baseline_from_ms: Ms = 8_000  # and the least of it

    def __post_init__(self) -> None:
        in_order(self, "baseline_from_ms", "baseline_ms")


@dataclass(frozen=True, slots=True)
class Variation:
    """Of the frames within 8 semitones of their median; `voiced_ms` counts all voiced frames."""

    median_hz: float
    sd_semitones: float  # root mean square of the distances from the median, not from the mean
    range_semitones: float  # 5-95 %
    voiced_ms: int


def variation(f0_hz: Floats, outlier_semitones: float = 8.0) -> Variation | None:
    """Variation of the voiced frames given (10 ms each, f0 in Hz, 0 is unvoiced); None without any."""
    semitones = np.sort(12.0 * np.log2(f0_hz[f0_hz > 0] / _BIN_FLOOR_HZ))
    return _of_counts(semitones, np.ones(semitones.size, np.int64), outlier_semitones)


def _of_counts(semitones: Floats, counts: Counts, outlier_semitones: float) -> Variation | None:
    """Of ascending values, shape (n,), in semitones above 50 Hz, each met as often as `counts`, shape (n,), says."""
    total = int(counts.sum())
    if total == 0:
        return None
    # Octave slips all lie on one side and pull the median towards them: it is taken again without them, twice.
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
    """What np.quantile(np.repeat(values, counts), share) gives, without the repeating."""
    ends = np.cumsum(counts)
    at = share * float(ends[-1] - 1)
    low, high = values[np.searchsorted(ends, [math.floor(at), math.ceil(at)], side="right")]
    return float(low + (high - low) * (at - math.floor(at)))


class PitchMeter:
    """Voiced frames of one channel: the last 20 s of its speech, the baseline, the whole call."""

    def __init__(self, settings: VariationSettings) -> None:
        self._settings = settings
        self._window = np.zeros(0)
        self._times = np.zeros(0, np.int64)  # when the frames of the window were spoken, ms of the call
        self._baseline: list[float] = []
        self._known: tuple[int, Variation | None] | None = None  # the baseline of so many frames
        self._call = np.zeros(_BINS, np.int64)  # a histogram: hours of speech take no more room than minutes

    @property
    def window_start_ms(self) -> int:
        """When the oldest frame of the window was spoken: pauses and the other side's turns lie in between."""
        return int(self._times[0]) if self._times.size else 0

    def feed(self, f0_hz: Floats, start_ms: int) -> None:
        """The next frames of speech, the first of them at `start_ms` of the call."""
        frames = self._settings.window_ms // HOP_MS
        times = start_ms + HOP_MS * np.arange(f0_hz.size)
        self._window = np.concatenate([self._window, f0_hz])[-frames:]
        self._times = np.concatenate([self._times, times])[-frames:]
        voiced = f0_hz[f0_hz > 0]
        room = self._settings.baseline_ms // HOP_MS - len(self._baseline)
        if room > 0:
            self._baseline += voiced[:room].tolist()
        bins = (12.0 * np.log2(voiced / _BIN_FLOOR_HZ) * _BINS_PER_SEMITONE).astype(np.int64)
        np.add.at(self._call, np.clip(bins, 0, _BINS - 1), 1)

    def window(self) -> Variation | None:
        found = variation(self._window, self._settings.outlier_semitones)
        return found if found and found.voiced_ms >= self._settings.least_voiced_ms else None

    def baseline(self) -> Variation | None:
        """The agent's own, provisional: the first minute of voiced speech of this call."""
        if len(self._baseline) * HOP_MS < self._settings.baseline_from_ms:
            return None
        if self._known is None or self._known[0] != len(self._baseline):  # after a minute it changes no more
            found = variation(np.array(self._baseline), self._settings.outlier_semitones)
            self._known = len(self._baseline), found
        return self._known[1]

    def call(self) -> Variation | None:
        centres = (np.arange(_BINS) + 0.5) / _BINS_PER_SEMITONE
        return _of_counts(centres, self._call, self._settings.outlier_semitones)
