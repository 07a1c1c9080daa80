"""The last audio of a channel, by call time."""

from __future__ import annotations

import numpy as np

from pipeline.ports import SAMPLE_RATE_HZ, SLICE_MS, SLICE_SAMPLES, Pcm

_PER_MS = SAMPLE_RATE_HZ // 1000


class Tape:
    """The last audio of a channel, addressed by call time. Forgets what is asked of it no more."""

    def __init__(self) -> None:
        self._pieces: list[Pcm] = []
        self._start_ms = 0
        self.end_ms = 0

    def add(self, end_ms: int, pcm: Pcm) -> None:
        if end_ms - SLICE_MS != self.end_ms:  # lost audio lies between
            gap = (end_ms - SLICE_MS - self.end_ms) // SLICE_MS
            self._pieces += [np.zeros(SLICE_SAMPLES, np.int16)] * gap
        self._pieces.append(pcm)
        self.end_ms = end_ms

    def cut(self, start_ms: int, end_ms: int) -> tuple[Pcm, int]:
        """Samples of a span, as far as they are kept, and where they begin."""
        first = max(0, start_ms - self._start_ms) // SLICE_MS
        last = max(first, min(len(self._pieces), -(-(end_ms - self._start_ms) // SLICE_MS)))
        begin = self._start_ms + first * SLICE_MS
        pieces = self._pieces[first:last]
        whole = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
        offset = max(0, start_ms - begin) * _PER_MS
        return whole[offset : max(offset, (end_ms - begin) * _PER_MS)], begin + offset // _PER_MS

    def forget(self, before_ms: int) -> None:
        count = (before_ms - self._start_ms) // SLICE_MS
        if count > 50:  # a second at a time: dropping from the front is not free
            del self._pieces[:count]
            self._start_ms += count * SLICE_MS
