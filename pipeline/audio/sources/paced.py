"""A recording played as if it were happening: the slices of a source, each when its time has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.events.record import PageNote
from pipeline.ports import Slice, Source


def _nothing() -> tuple[PageNote, ...]:
    return ()


class Paced(Wrapped):
    """Real-time pace; `notes` is asked at every slice for what pages have told meanwhile."""

    can_wait = False

    def __init__(
        self,
        source: Source,
        notes: Callable[[], tuple[PageNote, ...]] = _nothing,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(source)
        self._notes = notes
        self._clock = clock
        self._sleep = sleep

    def __iter__(self) -> Iterator[Slice]:
        began: float | None = None
        for piece in self._source:
            if began is None:
                began = self._clock()
            # A slice exists when its last sample has been spoken.
            ahead = began + piece.end_ms / 1000 - self._clock()
            if ahead > 0:
                self._sleep(ahead)
            behind_ms = max(0, round(-ahead * 1000))
            notes = self._notes()
            yield replace(piece, notes=notes, behind_ms=behind_ms) if notes or behind_ms else piece
