"""Syllable nuclei without words: peaks of intensity in voiced speech (de Jong & Wempe 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfilt

from pipeline.ports import SAMPLE_RATE_HZ, Pcm

Floats = NDArray[np.floating[Any]]

_HOP = SAMPLE_RATE_HZ // 100


@dataclass(frozen=True, slots=True)
class SyllableSettings:
    """What counts as a nucleus. `per_nucleus` maps nuclei to characters, fitted on read Mandarin."""

    dip_db: float = 1.5  # between two nuclei the intensity falls at least this much
    apart_ms: int = 100
    below_peak_db: float = 25.0  # quieter than this below the piece's loudest is no nucleus
    smoothing_ms: int = 80
    per_nucleus: float = 1.05


@cache
def _speech_band() -> Floats:
    """300-3300 Hz: what both the telephone and the full band carry."""
    band: Floats = butter(2, [300, 3300], btype="bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return band


class SyllableCounter:
    """Nuclei of the turn at hand. The contour of intensity streams; its peaks are found anew each time."""

    def __init__(self, settings: SyllableSettings) -> None:
        self._settings = settings
        self.new_turn()

    def new_turn(self) -> None:
        self._filter = np.zeros((_speech_band().shape[0], 2))
        self._rest = np.zeros(0)
        self._energy: list[float] = []  # each 10 ms
        self._f0: list[float] = []  # each 10 ms, of frames centred 25 ms on

    def feed(self, pcm: Pcm, f0_hz: Floats) -> list[int]:
        """More of the turn with its pitch track; times of all nuclei so far, milliseconds from its start."""
        band, self._filter = sosfilt(_speech_band(), pcm.astype(np.float64), zi=self._filter)
        band = np.concatenate([self._rest, band])
        hops = len(band) // _HOP
        self._rest = band[hops * _HOP :]
        self._energy += (band[: hops * _HOP].reshape(hops, _HOP) ** 2).mean(axis=1).tolist()
        self._f0 += f0_hz.tolist()
        return self._nuclei() if len(self._energy) >= 5 else []

    def _nuclei(self) -> list[int]:
        s = self._settings
        kernel = np.hanning(max(1, s.smoothing_ms // 10) + 2)[1:-1]
        smooth = np.convolve(np.array(self._energy), kernel / kernel.sum(), mode="same")
        intensity = 10.0 * np.log10(smooth + 1e-3)
        peaks, _ = find_peaks(
            np.concatenate([[-100.0], intensity, [-100.0]]),
            height=float(intensity.max()) - s.below_peak_db,
            prominence=s.dip_db,
            distance=max(1, s.apart_ms // 10),
        )
        return [int(peak - 1) * 10 for peak in peaks if self._voiced(int(peak) - 1)]

    def _voiced(self, hop: int) -> bool:
        near = self._f0[max(0, hop - 5) : hop + 2]  # frames whose middle lies within 40 ms
        return not near or max(near) > 0
