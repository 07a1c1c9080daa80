"""How many syllables were spoken, without words: nuclei counted in each of several bands, streaming.

A nucleus is a peak of intensity between two dips (Mermelstein 1975; de Jong & Wempe 2009). One contour of the whole
band merges the syllables of fast speech and of sonorants (一月); several bands that vote merge fewer (Wang & Narayanan
2007). Each band is taken relative to its own level in this channel's voiced speech and floored 20 dB below it: the
telephone's band limits and steady noise under the speech so change the contours little; what counts as a dip goes by
the range that is left. A voicing gate on the nuclei
themselves costs more than it saves: on a noisy telephone it loses a third of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import lfilter

from pipeline.audio.measures.mel import mel_bands
from pipeline.ports import SAMPLE_RATE_HZ, Pcm
from pipeline.quantities import Decibels, Share, ShortMs, WindowMs, in_order, within

Floats = NDArray[np.floating[Any]]

HOP_MS = 10
CELL_MS = 100  # counts are handed on in cells of this length
_PER_MS = SAMPLE_RATE_HZ // 1000
_HOP = HOP_MS * _PER_MS
_FRAME = 50 * _PER_MS  # as the pitch tracker's, so that frame k of both has the same middle
_WINDOW = slice(_FRAME // 4, 3 * _FRAME // 4)  # of which 25 ms are analysed
_FFT = 512


@dataclass(frozen=True, slots=True)
class SyllableSettings:
    """Bands, dips and the two rates of error that turn nuclei into characters.

    `found_share` and `false_per_s` come from `python -m benchmarks.accuracy.rate --fit`: read Mandarin of the fitting
    speakers at six tempos, clean, by telephone, and by telephone with office noise.
    """

    bands: Annotated[int, within(2, 32)] = 8  # of equal width on the mel scale
    low_hz: Annotated[float, within(50, 1000)] = 200.0  # below this a telephone carries nothing
    high_hz: Annotated[float, within(1500, 7500)] = 3_500.0  # and above this
    floor_db: Decibels = 20.0  # below its level in voiced speech a band no longer moves
    smoothing_ms: Annotated[int, within(20, 1_000)] = 70  # Hann window over the contours
    dip_share: Share = 0.16  # between two nuclei a band falls at least by this share of its range
    mean_dip_share: Share = 0.125  # the same for the mean of the bands, which moves less
    least_dip_db: Decibels = 1.5  # but never by less than this
    range_leak_db_per_s: Decibels = 4.0  # how fast a band's range forgets its highest and its lowest
    loud_db: Decibels = 5.0  # mean of the bands above the floor from which on it is speech, not a gap
    memory_ms: WindowMs = 3_000  # of voiced speech, over which the bands' levels are averaged
    settle_ms: ShortMs = 500  # of voiced speech before the first count of a call
    settle_at_most_ms: ShortMs = 2_000  # of a turn, voiced or not
    found_share: Annotated[float, within(0.01, 1)] = 0.631  # of the characters shows as a nucleus in a band
    false_per_s: Annotated[float, within(0, 20)] = 1.37  # nuclei that are no character, in each second of speech

    def __post_init__(self) -> None:
        in_order(self, "settle_ms", "settle_at_most_ms")


@cache
def _tables(settings: SyllableSettings) -> tuple[Floats, Floats, Floats]:
    """Analysis window, bins to bands of shape (bins, bands), and the smoothing kernel of odd length."""
    to_bands = mel_bands(settings.low_hz, settings.high_hz, settings.bands, _FFT)
    length = max(1, settings.smoothing_ms // HOP_MS // 2 * 2 + 1)
    kernel = np.hanning(length + 2)[1:-1]
    return np.hanning(_WINDOW.stop - _WINDOW.start).astype(np.float32), to_bands, kernel / kernel.sum()


class SyllableCounter:
    """Characters spoken on one channel. Feed a turn in pieces: the same counts however it is cut."""

    def __init__(self, settings: SyllableSettings) -> None:
        self._settings = settings
        self._level = _SpeechLevel(settings)
        self._nuclei = _Nuclei(settings)
        self.new_turn()

    def new_turn(self) -> None:
        """The bands' levels and ranges are the channel's and stay; everything else is the turn's."""
        s = self._settings
        self._tail = np.zeros(0, np.float32)
        self._f0_hz = np.zeros(0)
        self._waiting = np.zeros((0, s.bands))  # band energies, until the level is known
        self._voiced = np.zeros(0, bool)
        self._settled = False
        self._relative: Floats = np.zeros((0, s.bands))  # the last frames, for the smoothing
        self._nuclei.new_turn()
        self._frames = 0  # counted so far
        self._cell = 0.0  # the count of the cell at hand

    def feed(self, pcm: Pcm, f0_hz: Floats) -> list[tuple[int, float]]:
        """More of the turn with its pitch track (frames of 50 ms each 10 ms, 0.0 where unvoiced).

        Returns the cells of 100 ms completed by it: their start, ms from the turn's start, and the characters begun
        in them. A cell may count a little less than nothing; only sums over seconds mean anything.
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
        """Of the turn, in the cells given: the pitch track comes later than the audio, and so do they."""
        return self._frames * HOP_MS // CELL_MS * CELL_MS

    def finish(self) -> list[tuple[int, float]]:
        """The end of the turn: what was still waiting, and the cell at hand."""
        cells = [] if self._settled else self._release(len(self._waiting) - 1)
        if len(self._relative):  # the last frame stands for what would have come
            cells += self._count(np.repeat(self._relative[-1:], len(_tables(self._settings)[2]) // 2, axis=0))
        if self._frames * HOP_MS % CELL_MS:
            cells.append((self._frames * HOP_MS // CELL_MS * CELL_MS, self._cell))
        self.new_turn()
        return cells

    def _energies(self, frames: Floats) -> Floats:
        window, to_bands, _ = _tables(self._settings)
        spectrum = scipy.fft.rfft(frames * window, _FFT)
        energies: Floats = (spectrum.real**2 + spectrum.imag**2) @ to_bands
        return energies.astype(np.float64)

    def _settle(self, energies: Floats, voiced: NDArray[np.bool_]) -> list[tuple[int, float]]:
        """A call's first frames wait until half a second of voice has told the bands' levels."""
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
        """All that waited is counted by the level that is known from frame `first` on."""
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
        """Contours in dB above the floor, 0 where a band is silent."""
        if not len(energies):
            return []
        floor = 10 ** (-self._settings.floor_db / 10)
        relative = 10 * np.log10(energies / (levels + 1e-9) + floor) + self._settings.floor_db
        if not len(self._relative):  # the first frame stands for what came before it
            before = np.repeat(relative[:1], len(_tables(self._settings)[2]) // 2, axis=0)
            return self._count(np.concatenate([before, relative]))
        return self._count(relative)

    def _count(self, relative: Floats) -> list[tuple[int, float]]:
        s, kernel = self._settings, _tables(self._settings)[2]
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
    """Mean energy of each band over the last seconds of voiced speech."""

    def __init__(self, settings: SyllableSettings) -> None:
        self._keep = float(np.exp(-HOP_MS / settings.memory_ms))
        self._sums: Floats = np.zeros((1, settings.bands + 1))  # of each band, and of the weights
        self.voiced_frames = 0

    def assume(self, energies: Floats) -> None:
        """Where no voice was heard at all: the mean of everything, until the first voice outweighs it."""
        if not self.voiced_frames:
            self._sums = 1e-3 * np.append(energies.mean(axis=0), 1.0)[None, :]

    def feed(self, energies: Floats, voiced: NDArray[np.bool_]) -> Floats:
        """The level at each frame, shape (frames, bands); zero as long as nothing was heard or assumed."""
        heard = np.column_stack([energies[voiced], np.ones(int(voiced.sum()))])
        sums = self._sums
        if len(heard):
            later, _ = lfilter([1.0], [1.0, -self._keep], heard, axis=0, zi=self._keep * self._sums)
            sums = np.concatenate([self._sums, later])
            self._sums = sums[-1:]
            self.voiced_frames += len(heard)
        sums = sums[np.cumsum(voiced)]
        levels: Floats = sums[:, :-1] / np.maximum(sums[:, -1:], 1e-12)
        return levels


class _Nuclei:
    """Rises after dips, in all bands and their mean. A turn begins in a dip.

    How deep a dip must be follows the range the contour has: noise fills the dips, and fast speech does not reach their
    bottom. A nucleus is told when its rise is certain rather than at its peak: the count is the same, and known sooner.
    """

    def __init__(self, settings: SyllableSettings) -> None:
        s = settings
        self._shares = [s.dip_share] * s.bands + [s.mean_dip_share]
        self._least_db = s.least_dip_db
        self._leak_db = s.range_leak_db_per_s * HOP_MS / 1000
        self._ranges = [(0.0, s.floor_db)] * len(self._shares)  # lowest and highest of late
        self.new_turn()

    def new_turn(self) -> None:
        self._rising = [False] * len(self._shares)
        self._extremes = [-1e3] * len(self._shares)  # the highest since the rise, or the lowest since the fall

    def feed(self, contours: Floats) -> NDArray[np.int64]:
        """Contours of shape (frames, contours); the number of them in which a nucleus begins, for each frame."""
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
