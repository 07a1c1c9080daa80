"""Recent audio of a channel, addressed by call time."""

from __future__ import annotations

import numpy as np

from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm

_PER_MS = SAMPLE_RATE_HZ // 1000


class Tape:
    """A growing buffer of slices; `forget` drops what is no longer needed."""

    def __init__(self) -> None:
        self._pieces: list[Pcm] = []
        self._start_ms = 0
        self.end_ms = 0

    def add(self, end_ms: int, pcm: Pcm) -> None:
        """Appends the slice that ends at `end_ms`, int16 of shape (320,)."""
        if end_ms - SLICE_MS != self.end_ms:  # lost slices become silence
            gap = (end_ms - SLICE_MS - self.end_ms) // SLICE_MS
            self._pieces += [np.zeros(SLICE_SAMPLES, np.int16)] * gap
        self._pieces.append(pcm)
        self.end_ms = end_ms

    def cut(self, start_ms: int, end_ms: int) -> tuple[Pcm, int]:
        """Samples of a span of call time, as far as they are kept, shape (n,), and the time at which they begin, ms."""
        first = max(0, start_ms - self._start_ms) // SLICE_MS
        last = max(first, min(len(self._pieces), -(-(end_ms - self._start_ms) // SLICE_MS)))
        begin = self._start_ms + first * SLICE_MS
        pieces = self._pieces[first:last]
        whole = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
        offset = max(0, start_ms - begin) * _PER_MS
        return whole[offset : max(offset, (end_ms - begin) * _PER_MS)], begin + offset // _PER_MS

    def forget(self, before_ms: int) -> None:
        """Audio before this call time is no longer needed."""
        count = (before_ms - self._start_ms) // SLICE_MS
        if count > 50:  # a second at a time: deleting from the front of a list is linear
            del self._pieces[:count]
            self._start_ms += count * SLICE_MS
