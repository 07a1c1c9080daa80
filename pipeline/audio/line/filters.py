"""Filters without latency for slices of 20 ms: a steep high-pass and notches, one matrix product for each 5 ms.

A cascade of second-order sections is a linear map from samples and state to samples and state. That of 80 samples is
one small matrix, the same for all calls, so that a slice costs four products however many sections there are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, SLICE_SAMPLES, Pcm

Floats = NDArray[np.float64]

_BLOCK = 80
_ORDER = 8  # of the high-pass
_STOP_DB = 32.0  # below its edge everything is at least this much fainter
_OFFSET_HZ = 5.0  # at which it is 3 dB fainter for that alone
_NOTCH_HZ = 1.5  # width of a notch, at -3 dB: narrow beside a voice, and settled in 0.2 s


class LineFilter:
    """The filter of one channel: high-pass with notches. Its state is that of the steady input it was last given."""

    def __init__(self, edge_hz: float, notches_hz: tuple[float, ...] = ()) -> None:
        """`edge_hz`: the upper end of the stop band; the pass band begins 14 % above it (-3 dB)."""
        self._step = _step(edge_hz, notches_hz)
        self._given = np.zeros(len(self._step))  # samples of a block, then the state before it

    def settle(self, offset: float) -> None:
        """Puts the filter into the state it has after a long time of nothing but `offset`, at the scale of int16."""
        into, within = self._step[_BLOCK:, :_BLOCK], self._step[_BLOCK:, _BLOCK:]
        state = np.linalg.solve(np.eye(len(within)) - within, into.sum(axis=1) * offset)
        self._given[_BLOCK:] = state

    def feed(self, pcm: Pcm) -> Floats:
        """Takes a slice, int16 of shape (320,); the filtered samples at the same scale, not limited."""
        out = np.empty(SLICE_SAMPLES)
        for begin in range(0, SLICE_SAMPLES, _BLOCK):
            self._given[:_BLOCK] = pcm[begin : begin + _BLOCK]
            result = self._step @ self._given
            out[begin : begin + _BLOCK] = result[:_BLOCK]
            self._given[_BLOCK:] = result[_BLOCK:]
        return out


@lru_cache(maxsize=64)
def _step(edge_hz: float, notches_hz: tuple[float, ...]) -> Floats:
    """The map of a block: (samples, state) before to (samples, state) after, each sample and state tried by itself."""
    sections = [*_high_pass(edge_hz), *(_notch(hz) for hz in notches_hz)]
    size = _BLOCK + 2 * len(sections)
    signal = np.eye(_BLOCK, size)
    states = np.eye(2 * len(sections), size, _BLOCK)
    for x in signal:  # each row is a moment; its columns are what every input has made of it
        for number, (b0, b1, b2, a1, a2) in enumerate(sections):
            first, second = states[2 * number], states[2 * number + 1]
            y = b0 * x + first
            first[:] = b1 * x - a1 * y + second
            second[:] = b2 * x - a2 * y
            x[:] = y
    return np.concatenate([signal, states])


def _high_pass(edge_hz: float) -> list[Floats]:
    """Chebyshev filter of the second kind: no ripple in the pass band, zeros in the stop band (Parks & Burrus 1987)."""
    ripple = 1 / np.sqrt(10 ** (_STOP_DB / 10) - 1)
    widen = np.arcsinh(1 / ripple) / _ORDER
    angles = np.pi * np.arange(1, _ORDER, 2) / (2 * _ORDER)
    zeros = 1j / np.sin(angles)
    poles = 1 / -(np.sinh(widen) * np.cos(angles) + 1j * np.cosh(widen) * np.sin(angles))
    warped = 2 * SAMPLE_RATE_HZ * np.tan(np.pi * edge_hz / SAMPLE_RATE_HZ)
    blocked = 1 - 2 * np.pi * _OFFSET_HZ / SAMPLE_RATE_HZ
    sections = [np.array([1, -1, 0, -blocked, 0])]  # of a DC offset nothing is left
    for zero, pole in zip(*(_bilinear(warped / roots) for roots in (zeros, poles)), strict=True):
        above = np.array([1, -2 * zero.real, abs(zero) ** 2])
        below = np.array([1, -2 * pole.real, abs(pole) ** 2])
        gain = np.dot(below, [1, -1, 1]) / np.dot(above, [1, -1, 1])  # 1 at the highest frequency
        sections.append(np.concatenate([gain * above, below[1:]]))
    return sections


def _bilinear(analogue: NDArray[np.complex128]) -> NDArray[np.complex128]:
    return np.asarray((2 * SAMPLE_RATE_HZ + analogue) / (2 * SAMPLE_RATE_HZ - analogue))


def _notch(hz: float) -> Floats:
    """Band-stop of unit gain elsewhere (Bristow-Johnson's Audio EQ Cookbook)."""
    angle = 2 * np.pi * hz / SAMPLE_RATE_HZ
    width = np.tan(np.pi * _NOTCH_HZ / SAMPLE_RATE_HZ)
    b1 = -2 * np.cos(angle)
    return np.asarray(np.array([1, b1, 1, b1, 1 - width]) / (1 + width))
