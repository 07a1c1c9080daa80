"""How late the slices of a call are handed over, counted for whoever watches the machine."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.ports import Slice, Source

BOUNDS_MS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)


@dataclass(slots=True)
class SliceLag:
    """`counts`: slices up to each of BOUNDS_MS late, and later ones; `now_ms`: the last one's lateness."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    total_ms: int = 0
    now_ms: int = 0

    def add(self, behind_ms: int) -> None:
        self.counts[bisect_left(BOUNDS_MS, behind_ms)] += 1
        self.total_ms += behind_ms
        self.now_ms = behind_ms


class Watched(Wrapped):
    """A source whose lateness is counted; its slices are what they were."""

    def __init__(self, source: Source, lag: SliceLag) -> None:
        super().__init__(source)
        self._lag = lag

    def __iter__(self) -> Iterator[Slice]:
        for piece in self._source:
            self._lag.add(piece.behind_ms)
            yield piece
