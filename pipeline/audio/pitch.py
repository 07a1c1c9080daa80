"""f0 inside turns, streaming.

f0 by generalised autocorrelation: the inverse Fourier transform of |X|^2γ (Tolonen & Karjalainen 2000; window
correction after Boersma 1993), four candidates a frame, the path by Viterbi over half a second. γ = 1 is best on a
full band; where the telephone has cut the fundamental away, γ = 0.3 flattens the formants (MEASURED §7).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, Pcm

Floats = NDArray[np.floating[Any]]

HOP_MS = 10
FRAME_MS = 50
_HOP = SAMPLE_RATE_HZ * HOP_MS // 1000
FRAME = SAMPLE_RATE_HZ * FRAME_MS // 1000
_FFT = 2048
_LAG_RATE_HZ = 8_000  # of the inverse transform: nothing above 4 kHz helps, the parabola finds what lies between


@dataclass(frozen=True, slots=True)
class PitchSettings:
    """Range and costs of the pitch tracker."""

    floor_hz: float = 60.0
    ceiling_hz: float = 500.0
    voicing_strength: float = 0.45  # autocorrelation below this is unvoiced
    telephone_strength: float = 0.14  # the same on the flattened spectrum of a telephone band
    octave_cost: float = 0.02  # per octave, in favour of the higher candidate (Boersma 1993)
    jump_cost: float = 0.35  # per octave between frames
    voicing_cost: float = 0.14  # for each change between voiced and unvoiced
    quiet_db: float = 30.0  # frames this far below the loudest of the turn are unvoiced
    telephone_gamma: float = 0.3
    full_band_gamma: float = 1.0


@cache
def _tables(settings: PitchSettings) -> tuple[Floats, Floats, NDArray[np.int64]]:
    window = np.hanning(FRAME).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(window, _FFT)) ** 2
    own = np.fft.irfft(spectrum[: _FFT // 4 + 1])
    lags = np.arange(
        int(_LAG_RATE_HZ / settings.ceiling_hz), int(np.ceil(_LAG_RATE_HZ / settings.floor_hz)) + 1, dtype=np.int64
    )
    return window, own / own[0], lags


class PitchTracker:
    """f0 of one channel. Feed the audio of a turn in pieces; frames of 50 ms every 10 ms; 0.0 is unvoiced."""

    def __init__(self, settings: PitchSettings) -> None:
        self._settings = settings
        self._tail = np.zeros(0, np.float32)
        self._scores: Floats | None = None  # Viterbi state: best score per candidate of the last frame
        self._last: Floats = np.zeros(1)
        self._loudest = 1e-9
        self._low_band = self._mid_band = 0.0

    def new_turn(self) -> None:
        self._tail = np.zeros(0, np.float32)
        self._scores = None
        self._loudest = 1e-9

    def feed(self, pcm: Pcm) -> Floats:
        """f0 in Hz of the frames completed by these samples, shape (frames,)."""
        samples = np.concatenate([self._tail, pcm.astype(np.float32) * np.float32(1 / 32768)])
        count = (len(samples) - FRAME) // _HOP + 1
        if count < 1:
            self._tail = samples
            return np.zeros(0)
        self._tail = samples[count * _HOP :]
        frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::_HOP][:count]
        return self._path(*self._candidates(frames))

    def _candidates(self, frames: Floats) -> tuple[Floats, Floats]:
        """Frequencies and strengths, shape (frames, 5); column 0 is 'unvoiced'."""
        s = self._settings
        window, own, lags = _tables(s)
        centred = frames - frames.mean(axis=1, keepdims=True)
        power = np.einsum("ij,ij->i", centred, centred) / FRAME
        self._loudest = max(self._loudest, float(power.max()))
        transform = scipy.fft.rfft(centred * window, _FFT)[:, : _FFT // 4 + 1]
        spectrum = transform.real**2 + transform.imag**2
        hz = SAMPLE_RATE_HZ / _FFT
        spectrum[:, int(3800 / hz) :] = 0.0
        loud = power > self._loudest * 0.05
        self._low_band = 0.98 * self._low_band + float(spectrum[loud, int(80 / hz) : int(250 / hz)].sum())
        self._mid_band = 0.98 * self._mid_band + float(spectrum[loud, int(400 / hz) : int(1000 / hz)].sum())
        telephone = self._low_band < 0.03 * self._mid_band
        gamma = s.telephone_gamma if telephone else s.full_band_gamma
        correlation = scipy.fft.irfft(spectrum**gamma)
        strength = correlation[:, lags[0] - 1 : lags[-1] + 2] / (correlation[:, :1] + 1e-12)
        strength = strength / np.maximum(own[lags[0] - 1 : lags[-1] + 2], 0.05) ** gamma
        middle = strength[:, 1:-1]
        peaks = (middle > strength[:, :-2]) & (middle >= strength[:, 2:])
        cost = s.octave_cost * np.log2(lags * s.ceiling_hz / _LAG_RATE_HZ)
        ranked = np.where(peaks, middle - cost, -1.0)
        best = np.argpartition(-ranked, 4, axis=1)[:, :4]
        rows = np.arange(len(frames))[:, None]
        left, centre, right = strength[rows, best], middle[rows, best], strength[rows, best + 2]
        bend = left - 2 * centre + right
        shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(bend == 0, 1, bend), 0.0)
        frequencies = np.zeros((len(frames), 5))
        frequencies[:, 1:] = _LAG_RATE_HZ / (lags[best] + np.clip(shift, -0.5, 0.5))
        quiet = power < self._loudest * 10 ** (-s.quiet_db / 10)
        strengths = np.empty((len(frames), 5))
        strengths[:, 1:] = np.where(quiet[:, None], -1.0, np.minimum(ranked[rows, best], 1.0))
        strengths[:, 0] = s.telephone_strength if telephone else s.voicing_strength
        return frequencies, strengths

    def _path(self, frequencies: Floats, strengths: Floats) -> Floats:
        s = self._settings
        back = np.zeros(strengths.shape, np.int64)
        scores, last = self._scores, self._last
        for i, (now, strength) in enumerate(zip(frequencies, strengths, strict=True)):
            if scores is None:
                scores = strength.copy()
            else:
                octaves = np.abs(np.log2(np.maximum(now, 1.0)[:, None] / np.maximum(last, 1.0)[None, :]))
                step = s.jump_cost * octaves
                step[0, :] = s.voicing_cost
                step[:, 0] = s.voicing_cost
                step[0, 0] = 0.0
                total = scores[None, :] - step
                back[i] = total.argmax(axis=1)
                scores = total.max(axis=1) + strength
            last = now
        assert scores is not None
        self._scores, self._last = scores - scores.max(), last
        path = np.zeros(len(frequencies))
        state = int(scores.argmax())
        for i in range(len(frequencies) - 1, -1, -1):
            path[i] = frequencies[i, state]
            state = int(back[i, state])
        return path
