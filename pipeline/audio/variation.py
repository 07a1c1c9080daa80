"""How much f0 varies: in a window of the last speech, in the agent's baseline, over the whole call (DESIGN §5)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from pipeline.audio.pitch import HOP_MS, Floats

_BIN_FLOOR_HZ, _BINS_PER_SEMITONE, _BINS = 50.0, 50, 2_200  # 50-630 Hz in steps of 2 cents


@dataclass(frozen=True, slots=True)
class VariationSettings:
    """Windows of variation."""

    window_ms: int = 20_000  # of the channel's own speech
    outlier_semitones: float = 8.0  # farther from the median is an octave slip
    least_voiced_ms: int = 1_000  # no figure on less
    baseline_ms: int = 60_000  # voiced speech that the provisional baseline rests on
    baseline_from_ms: int = 8_000  # and the least of it


@dataclass(frozen=True, slots=True)
class Variation:
    """SD in semitones about the median, frames over 8 semitones off dropped; range is 5-95 %."""

    median_hz: float
    sd_semitones: float
    range_semitones: float
    voiced_ms: int


def variation(f0_hz: Floats, outlier_semitones: float = 8.0) -> Variation | None:
    """Variation of the voiced frames given (10 ms each); None without any."""
    voiced = f0_hz[f0_hz > 0]
    if voiced.size == 0:
        return None
    semitones = 12.0 * np.log2(voiced / np.median(voiced))
    kept = semitones[np.abs(semitones) <= outlier_semitones]
    low, high = np.percentile(kept, [5, 95])
    return Variation(
        median_hz=round(float(np.median(voiced)), 1),
        sd_semitones=round(float(np.std(kept)), 3),
        range_semitones=round(float(high - low), 2),
        voiced_ms=int(voiced.size) * HOP_MS,
    )


class PitchMeter:
    """Voiced frames of one channel: the last 20 s of its speech, the baseline, the whole call."""

    def __init__(self, settings: VariationSettings) -> None:
        self._settings = settings
        self._window: deque[float] = deque(maxlen=settings.window_ms // HOP_MS)
        self._baseline: list[float] = []
        self._call = np.zeros(_BINS, np.int64)  # a histogram: hours of speech take no more room than minutes

    def feed(self, f0_hz: Floats) -> None:
        self._window.extend(f0_hz.tolist())
        room = self._settings.baseline_ms // HOP_MS - len(self._baseline)
        if room > 0:
            self._baseline += f0_hz[f0_hz > 0][:room].tolist()
        bins = (12.0 * np.log2(f0_hz[f0_hz > 0] / _BIN_FLOOR_HZ) * _BINS_PER_SEMITONE).astype(np.int64)
        np.add.at(self._call, np.clip(bins, 0, _BINS - 1), 1)

    def window(self) -> Variation | None:
        found = variation(np.array(self._window), self._settings.outlier_semitones)
        return found if found and found.voiced_ms >= self._settings.least_voiced_ms else None

    def baseline(self) -> Variation | None:
        """The agent's own, provisional: the first minute of voiced speech of this call."""
        if len(self._baseline) * HOP_MS < self._settings.baseline_from_ms:
            return None
        return variation(np.array(self._baseline), self._settings.outlier_semitones)

    def call(self) -> Variation | None:
        centres = _BIN_FLOOR_HZ * 2.0 ** ((np.arange(_BINS) + 0.5) / _BINS_PER_SEMITONE / 12.0)
        return variation(np.repeat(centres, self._call), self._settings.outlier_semitones)
