"""Estimate of the number of syllables from the sound alone: syllable nuclei counted in several bands, streaming.

A nucleus is a peak of intensity between two dips (Mermelstein 1975; de Jong & Wempe 2009). A single contour of the
whole band merges syllables of fast speech and of sonorants (一月); several bands that vote merge fewer (Wang &
Narayanan 2007). Each band is taken relative to its own level in this channel's voiced speech and floored 20 dB below
it, so that the telephone band and steady noise change the contours little; the depth required of a dip follows the
range that is left. Requiring nuclei to be voiced does more harm than good: on a noisy telephone it loses a third.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.audio.measures.mel import mel_bands
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.quantities import Decibels, Share, ShortMs, WindowMs, in_order, within

Floats = NDArray[np.floating[Any]]

HOP_MS = 10
CELL_MS = 100  # counts are returned in cells of this length
_PER_MS = SAMPLE_RATE_HZ // 1000
_HOP = HOP_MS * _PER_MS
_FRAME = 50 * _PER_MS  # as the pitch tracker's, so that frame k of both has the same middle
_WINDOW = slice(_FRAME // 4, 3 * _FRAME // 4)  # the middle 25 ms of a frame, which are analysed
_HALF = _FRAME // 4  # samples to either side of the middle
_FFT = 512


@dataclass(frozen=True, slots=True)
class SyllableSettings:
    """Bands, dips, and the two error rates that convert nuclei to characters.

    `found_share` and `false_per_s` come from `python -m benchmarks.accuracy.rate --fit`: read Mandarin of the fitting
    speakers at six tempos, clean, by telephone, and by telephone with office noise.
    """

    bands: Annotated[int, within(2, 32)] = 8  # of equal width on the mel scale
    low_hz: Annotated[float, within(50, 1000)] = 200.0  # lower edge of the bands, and of the telephone band
    high_hz: Annotated[float, within(1500, 7500)] = 3_500.0  # upper edge of both
    floor_db: Decibels = 20.0  # a band is floored this far below its level in voiced speech
    smoothing_ms: Annotated[int, within(20, 1_000)] = 70  # Hann window over the contours
    dip_share: Share = 0.16  # depth of a dip between two nuclei, as share of the band's range
    mean_dip_share: Share = 0.125  # the same for the mean of the bands, whose dips are shallower
    least_dip_db: Decibels = 1.5  # a dip is at least this deep
    range_leak_db_per_s: Decibels = 4.0  # how fast the tracked maximum and minimum of a band decay
    loud_db: Decibels = 5.0  # mean of the bands above the floor from which a frame counts as speech
    memory_ms: WindowMs = 3_000  # of voiced speech, over which the bands' levels are averaged
    settle_ms: ShortMs = 500  # voiced speech needed before the first count of a call
    settle_at_most_ms: ShortMs = 2_000  # wait for it at most this long in a turn
    found_share: Annotated[float, within(0.01, 1)] = 0.631  # of the characters is found as a nucleus in a band
    false_per_s: Annotated[float, within(0, 20)] = 1.37  # false nuclei per second of speech

    def __post_init__(self) -> None:
        in_order(self, "settle_ms", "settle_at_most_ms")


class _Tables(NamedTuple):
    cosines: Floats  # (half a frame, bins of the bands), with the window's right half
    sines: Floats
    to_bands: Floats  # (bins, bands)
    kernel: Floats  # for smoothing, of odd length


@cache
def _tables(settings: SyllableSettings) -> _Tables:
    to_bands = mel_bands(settings.low_hz, settings.high_hz, settings.bands, _FFT)
    bins = np.flatnonzero(to_bands.any(axis=1))
    angles = 2 * np.pi / _FFT * np.outer(np.arange(_HALF) + 0.5, bins)
    window = np.hanning(2 * _HALF)[_HALF:, None]
    cosines, sines = (window * np.cos(angles)).astype(np.float32), (window * np.sin(angles)).astype(np.float32)
    length = max(1, settings.smoothing_ms // HOP_MS // 2 * 2 + 1)
    kernel = np.hanning(length + 2)[1:-1]
    return _Tables(cosines, sines, to_bands[bins], kernel / kernel.sum())


class SyllableCounter:
    """Estimated characters of one channel. Feed a turn in pieces; the counts do not depend on how it is cut."""

    def __init__(self, settings: SyllableSettings) -> None:
        self._settings = settings
        self._level = _SpeechLevel(settings)
        self._nuclei = _Nuclei(settings)
        self.new_turn()

    def new_turn(self) -> None:
        """Starts a turn. The bands' levels and ranges belong to the channel and are kept."""
        s = self._settings
        self._tail = np.zeros(0, np.float32)
        self._f0_hz = np.zeros(0)
        self._waiting = np.zeros((0, s.bands))  # band energies waiting until the level is known
        self._voiced = np.zeros(0, bool)
        self._settled = False
        self._relative: Floats = np.zeros((0, s.bands))  # the last frames, for smoothing
        self._nuclei.new_turn()
        self._frames = 0  # counted so far
        self._cell = 0.0  # count of the incomplete cell

    def feed(self, pcm: Pcm, f0_hz: Floats) -> list[tuple[int, float]]:
        """Takes int16 of shape (n,) and the pitch track as PitchTracker gives it, Hz, shape (frames,), 0.0 unvoiced.

        Returns the completed cells of 100 ms: start in ms from the start of the turn, and the characters begun in it. A
        cell may be slightly negative, because expected false nuclei are subtracted; only sums over seconds are useful.
        """
        self._f0_hz = np.concatenate([self._f0_hz, f0_hz])
        samples = np.concatenate([self._tail, pcm.astype(np.float32)])
        count = min((len(samples) - _FRAME) // _HOP + 1, len(self._f0_hz))
        if count < 1:
            self._tail = samples
            return []
        self._tail = samples[count * _HOP :]
        voiced, self._f0_hz = self._f0_hz[:count] > 0, self._f0_hz[count:]
        frames = sliding_window_view(samples, _FRAME)[::_HOP][:count, _WINDOW]
        return self._settle(self._energies(frames), voiced)

    @property
    def counted_ms(self) -> int:
        """Length of the turn covered by the cells so far; it lags behind the audio as the pitch track does."""
        return self._frames * HOP_MS // CELL_MS * CELL_MS

    def finish(self) -> list[tuple[int, float]]:
        """Ends the turn: the remaining cells, the last one incomplete."""
        cells = [] if self._settled else self._release(len(self._waiting) - 1)
        if len(self._relative):  # padded with the last frame
            cells += self._count(np.repeat(self._relative[-1:], len(_tables(self._settings).kernel) // 2, axis=0))
        if self._frames * HOP_MS % CELL_MS:
            cells.append((self._frames * HOP_MS // CELL_MS * CELL_MS, self._cell))
        self.new_turn()
        return cells

    def _energies(self, frames: Floats) -> Floats:
        """Energy of each band, (frames, bands). About a frame's middle, the transform of its even part is real, of its
        odd part imaginary: two products of half the size, for the bins of the bands alone.
        """
        tables = _tables(self._settings)
        right, left = frames[:, _HALF:], frames[:, _HALF - 1 :: -1]
        power = ((right + left) @ tables.cosines) ** 2 + ((right - left) @ tables.sines) ** 2
        energies: Floats = power @ tables.to_bands
        return energies.astype(np.float64)

    def _settle(self, energies: Floats, voiced: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """Holds the first frames of a call back until half a second of voice has set the bands' levels."""
        if self._settled:
            return self._follow(energies, self._level.feed(energies, voiced))
        self._waiting = np.concatenate([self._waiting, energies])
        self._voiced = np.concatenate([self._voiced, voiced])
        s = self._settings
        missing = s.settle_ms // HOP_MS - self._level.voiced_frames
        enough = np.flatnonzero(np.cumsum(self._voiced) >= missing)
        first = min(int(enough[0]) if len(enough) else len(self._waiting), s.settle_at_most_ms // HOP_MS)
        return self._release(first) if first < len(self._waiting) else []

    def _release(self, first: int) -> list[tuple[int, float]]:
        """Counts all frames held back, with the level as it is at frame `first`."""
        self._settled = True
        if not len(self._waiting):
            return []
        if not self._voiced[: first + 1].any():
            self._level.assume(self._waiting[: first + 1])
        levels = self._level.feed(self._waiting, self._voiced)
        levels[:first] = levels[first]
        cells = self._follow(self._waiting, levels)
        self._waiting, self._voiced = self._waiting[:0], self._voiced[:0]
        return cells

    def _follow(self, energies: Floats, levels: Floats) -> list[tuple[int, float]]:
        """Counts frames, after converting them to contours in dB above the floor (0 where a band is silent)."""
        if not len(energies):
            return []
        floor = 10 ** (-self._settings.floor_db / 10)
        relative = 10 * np.log10(energies / (levels + 1e-9) + floor) + self._settings.floor_db
        if not len(self._relative):  # padded with the first frame
            before = np.repeat(relative[:1], len(_tables(self._settings).kernel) // 2, axis=0)
            return self._count(np.concatenate([before, relative]))
        return self._count(relative)

    def _count(self, relative: Floats) -> list[tuple[int, float]]:
        s, kernel = self._settings, _tables(self._settings).kernel
        contours = np.concatenate([self._relative, relative])
        self._relative = contours[max(0, len(contours) - len(kernel) + 1) :]
        if len(contours) < len(kernel):
            return []
        smooth = sliding_window_view(contours, len(kernel), axis=0) @ kernel
        mean = smooth.mean(axis=1, keepdims=True)
        begun = self._nuclei.feed(np.concatenate([smooth, mean], axis=1))
        false = s.false_per_s * HOP_MS / 1000 * (mean[:, 0] > s.loud_db)
        cells = []
        for characters in ((begun / (s.bands + 1) - false) / s.found_share).tolist():
            self._cell += characters
            self._frames += 1
            if self._frames % (CELL_MS // HOP_MS) == 0:
                cells.append((self._frames * HOP_MS - CELL_MS, self._cell))
                self._cell = 0.0
        return cells


class _SpeechLevel:
    """Exponential mean of the energy of each band over voiced speech."""

    def __init__(self, settings: SyllableSettings) -> None:
        self._keep = float(np.exp(-HOP_MS / settings.memory_ms))
        self._sums: Floats = np.zeros((1, settings.bands + 1))  # weighted sum of each band, and of the weights
        self.voiced_frames = 0

    def assume(self, energies: Floats) -> None:
        """Without any voiced frame: the mean of all frames, with a weight that the first voiced frame outweighs."""
        if not self.voiced_frames:
            self._sums = 1e-3 * np.append(energies.mean(axis=0), 1.0)[None, :]

    def feed(self, energies: Floats, voiced: NDArray[np.bool_]) -> Floats:
        """The level at each frame, shape (frames, bands); zero before the first voiced or assumed frame."""
        heard = np.column_stack([energies[voiced], np.ones(int(voiced.sum()))])
        sums = np.concatenate([self._sums, heard])
        span = 1
        while span < len(sums):  # each pass doubles the number of frames that a sum reaches back
            sums[span:] += self._keep**span * sums[:-span]
            span *= 2
        self._sums = sums[-1:]
        self.voiced_frames += len(heard)
        sums = sums[np.cumsum(voiced)]
        levels: Floats = sums[:, :-1] / np.maximum(sums[:, -1:], 1e-12)
        return levels


class _Nuclei:
    """Counts rises after dips, in each band and in the mean of the bands. A turn begins in a dip.

    The depth of a dip follows the range of the contour, because noise fills dips and fast speech makes them shallow. A
    nucleus is counted when its rise is certain, not at its peak: the count is the same and known sooner.
    """

    def __init__(self, settings: SyllableSettings) -> None:
        s = settings
        self._shares = [s.dip_share] * s.bands + [s.mean_dip_share]
        self._least_db = s.least_dip_db
        self._leak_db = s.range_leak_db_per_s * HOP_MS / 1000
        self._ranges = [(0.0, s.floor_db)] * len(self._shares)  # decaying minimum and maximum
        self.new_turn()

    def new_turn(self) -> None:
        self._rising = [False] * len(self._shares)
        self._extremes = [-1e3] * len(self._shares)  # maximum since the rise, or minimum since the fall

    def feed(self, contours: Floats) -> NDArray[np.int64]:
        """Takes contours in dB, shape (frames, contours); per frame, the number of contours with a new nucleus."""
        begun = np.zeros(len(contours), np.int64)
        leak, least = self._leak_db, self._least_db
        for i, (column, share) in enumerate(zip(contours.T.tolist(), self._shares, strict=True)):
            rising, extreme, (low, high) = self._rising[i], self._extremes[i], self._ranges[i]
            for frame, level in enumerate(column):
                low = level if level < low + leak else low + leak
                high = level if level > high - leak else high - leak
                dip = share * (high - low)
                if dip < least:
                    dip = least
                if rising:
                    if level > extreme:
                        extreme = level
                    elif level < extreme - dip:
                        rising, extreme = False, level
                elif level < extreme:
                    extreme = level
                elif level > extreme + dip:
                    rising, extreme = True, level
                    begun[frame] += 1
            self._rising[i], self._extremes[i], self._ranges[i] = rising, extreme, (low, high)
        return begun
