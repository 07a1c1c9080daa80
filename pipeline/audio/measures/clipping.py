"""Detection of clipping: at full scale, or at a lower limit that was applied before a gain or a codec.

The histogram of a voice falls towards its peak amplitude. Clipped samples pile up at the limit instead: in a single
value if they were not processed afterwards, in a bump half a decibel wide with overshoot beyond it once they were
resampled (an 8 kHz recording). After the band-pass of a telephone clipping can no longer be detected.

Detection by the histogram of amplitudes: S. Aleinik and Y. Matveev, Detection of clipped fragments in speech signals,
2014; J. Eaton and P. Naylor, Detection of clipping in coded speech signals, EUSIPCO 2013.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.ports import Pcm

_BIN_DB = 0.05
_BINS = 720  # down to 36 dB below full scale; a fainter signal is never called clipped


@dataclass(frozen=True, slots=True)
class ClippingSettings:
    """When an accumulation of samples near the peak counts as clipping."""

    least_samples: int = 16  # fewer may be chance
    value_ratio: float = 3.0  # a single bin against the fullest one in the band below it: a pure tone reaches 2.4
    band_db: float = 1.5  # width of that band
    bump_db: float = 0.5  # width of the bump after resampling,
    bump_ratio: float = 2.0  # against an equally wide band below it,
    bump_within_db: float = 5.0  # at most this far below the highest overshoot,
    bump_share: float = 0.002  # and at least this share of all samples: steady vowels make small bumps too


def _bin_of_every_value() -> NDArray[np.int64]:
    """Bin of each int16 (indexed as uint16): positive 0.._BINS, negative above; the last of each is full scale."""
    value = np.arange(1 << 16).astype(np.uint16).view(np.int16).astype(np.float64)
    with np.errstate(divide="ignore"):
        decibels = 20 * np.log10(np.abs(value) / 32768.0)
    bins = np.clip(np.floor(decibels / _BIN_DB) + _BINS, 0, _BINS - 1)
    bins = np.where((value == 32767) | (value == -32768), _BINS, bins)
    return np.where(value < 0, bins + _BINS + 1, bins).astype(np.int64)


_BIN_OF = _bin_of_every_value()


class PeakHistogram:
    """Histogram of amplitudes in steps of 0.05 dB, per polarity, because a limit may have a DC offset."""

    def __init__(self, settings: ClippingSettings | None = None) -> None:
        self._settings = settings or ClippingSettings()
        self._counts = np.zeros((2, _BINS + 1), np.int64)

    def feed(self, pcm: Pcm) -> None:
        """Takes int16 of shape (n,)."""
        found = np.bincount(_BIN_OF[pcm.view(np.uint16)], minlength=self._counts.size)
        self._counts += found.reshape(self._counts.shape)

    def __add__(self, other: PeakHistogram) -> PeakHistogram:
        both = PeakHistogram(self._settings)
        both._counts = self._counts + other._counts
        return both

    def clipped_share(self) -> float:
        """Share of the samples at full scale or at a limit below it, 0 to 1."""
        samples = int(self._counts.sum())
        if samples == 0:
            return 0.0
        tops = [self._top(counts) for counts in self._counts]
        values = [self._in_one_value(counts, top) for counts, top in zip(self._counts, tops, strict=True)]
        if any(values) and tops[0] == tops[1]:  # a limit found for one polarity holds for the other as well
            values = [int(counts[top]) for counts, top in zip(self._counts, tops, strict=True)]
        cut_off = 0
        for counts, top, value in zip(self._counts, tops, values, strict=True):
            cut_off += max(int(counts[-1]), value or self._in_a_bump(counts, top))
        return cut_off / samples

    @staticmethod
    def _top(counts: NDArray[np.int64]) -> int:
        """The highest bin that is not empty; 0 when only the lowest one, of all faint samples, is filled."""
        return int(np.flatnonzero(counts)[-1]) if counts.any() else 0

    def _in_one_value(self, counts: NDArray[np.int64], top: int) -> int:
        s = self._settings
        if top == 0:
            return 0
        below = counts[max(1, top - round(s.band_db / _BIN_DB)) : top]
        at_top = int(counts[top])
        usual = int(below.max()) if len(below) else 0
        return at_top if at_top >= max(s.least_samples, s.value_ratio * usual) else 0

    def _in_a_bump(self, counts: NDArray[np.int64], top: int) -> int:
        s = self._settings
        width = round(s.bump_db / _BIN_DB)
        first = top - round(s.bump_within_db / _BIN_DB)
        if first < 2 * width:
            return 0
        summed = np.concatenate([[0], np.cumsum(counts)])
        begin = np.arange(first, top - width)
        bump = summed[begin + width] - summed[begin]
        below = summed[begin] - summed[begin - width]
        least = max(s.least_samples, s.bump_share * int(summed[-1]))
        fits = (bump >= least) & (bump >= s.bump_ratio * below)
        if not fits.any():
            return 0
        best = int(np.argmax(np.where(fits, bump - below, 0)))
        # The histogram of a steady tone is highest at its peak; above a limit there is only overshoot.
        over = np.append(bump[best + width :], summed[top + 1] - summed[top + 1 - width]).max()
        return int(counts[begin[best] :].sum()) if bump[best] > over else 0
