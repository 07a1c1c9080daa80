"""Rectangular bands of equal width on the mel scale (O'Shaughnessy 1987)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ


def mel_bands(low_hz: float, high_hz: float, bands: int, fft: int) -> NDArray[np.float32]:
    """Matrix (fft // 2 + 1, bands): 1.0 where a bin of an FFT of `fft` samples at 16 kHz lies in the band."""
    low, high = 2595 * np.log10(1 + np.array([low_hz, high_hz]) / 700)
    edges_hz = 700 * (10 ** (np.linspace(low, high, bands + 1) / 2595) - 1)
    hz = np.fft.rfftfreq(fft, 1 / SAMPLE_RATE_HZ)[:, None]
    found: NDArray[np.float32] = ((hz >= edges_hz[:-1]) & (hz < edges_hz[1:])).astype(np.float32)
    return found
