"""Counts how late the slices of a call are delivered, for monitoring."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.ports import Slice, Source

BOUNDS_MS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(slots=True)
class SliceLag:
    """Histogram of lateness. `counts`: slices per upper bound in BOUNDS_MS, then later ones; `now_ms`: the last one.

    Written by the thread of the call, read by any.
    """

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    total_ms: int = 0
    now_ms: int = 0

    def add(self, behind_ms: int) -> None:
        self.counts[bisect_left(BOUNDS_MS, behind_ms)] += 1
        self.total_ms += behind_ms
        self.now_ms = behind_ms


class Watched(Wrapped):
    """A source whose lateness is counted in `lag`; its slices pass through unchanged."""

    def __init__(self, source: Source, lag: SliceLag) -> None:
        super().__init__(source)
        self._lag = lag

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            self._lag.add(piece.behind_ms)
            yield piece
