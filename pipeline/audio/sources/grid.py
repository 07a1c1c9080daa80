"""Cuts samples in pieces of any size into gapless slices of 20 ms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pipeline.events.channels import Channel, Heard
from pipeline.ports import SLICE_MS, SLICE_SAMPLES, Pcm, Slice


class Grid:
    """Keeps an incomplete slice until the next piece. `finish` must be called once at the end."""

    def __init__(self, columns: Mapping[Channel, int]) -> None:
        """`columns`: index of each channel's column in the samples."""
        self._columns = dict(columns)
        self._heard = dict.fromkeys(self._columns, Heard.YES)
        self._rest: Pcm = np.zeros((0, max(self._columns.values()) + 1), np.int16)
        self._start_ms = 0

    def feed(self, samples: Pcm) -> Iterator[Slice]:
        """Takes int16 of shape (n, columns) at 16 kHz; the slices completed by it."""
        block = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(block) // SLICE_SAMPLES * SLICE_SAMPLES
        for begin in range(0, whole, SLICE_SAMPLES):
            yield self._slice(block[begin : begin + SLICE_SAMPLES])
        self._rest = block[whole:]

    def finish(self) -> Iterator[Slice]:
        """The last, partly filled slice, padded with silence."""
        if len(self._rest):
            padded = np.zeros((SLICE_SAMPLES, self._rest.shape[1]), np.int16)
            padded[: len(self._rest)] = self._rest
            self._rest = self._rest[:0]
            yield self._slice(padded)

    def _slice(self, block: Pcm) -> Slice:
        pcm = {channel: np.ascontiguousarray(block[:, column]) for channel, column in self._columns.items()}
        piece = Slice(self._start_ms, pcm, self._heard)
        self._start_ms += SLICE_MS
        return piece
