"""Any rate in, 16 kHz int16 out: streaming, saturated, the same result however the input is cut."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from pipeline.ports import SAMPLE_RATE_HZ, Pcm


def saturate(samples: NDArray[np.float32]) -> Pcm:
    """Floats in -1..1 to int16, clipped. Overshoot that wraps or stays beyond ±1 costs VAD a third of the speech."""
    whole: Pcm = np.clip(np.rint(_tame(samples) * 32768.0), -32768, 32767).astype(np.int16)
    return whole


def _tame(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """No sample that is no number, and none so large that arithmetic overflows: a flipped bit makes 1e38 of a float."""
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -32768.0, 32768.0)


class Resampler:
    """One stream of `channels` interleaved channels. Shapes: (n, channels) float32 in, (m, channels) int16 out."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._stream = None
        if rate_hz != SAMPLE_RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, channels, dtype="float32", quality="HQ")

    def feed(self, block: NDArray[np.float32], last: bool = False) -> Pcm:
        if self._stream is None:
            return saturate(block)
        samples: NDArray[np.float32] = self._stream.resample_chunk(_tame(block), last=last)
        return saturate(samples)
