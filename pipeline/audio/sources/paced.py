"""Real-time playback of a source: each slice is delivered when its time has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from pipeline.audio.sources.wrapped import Wrapped
from pipeline.events.record import PageNote
from pipeline.ports import Slice, Source


def _no_notes() -> tuple[PageNote, ...]:
    return ()


class Paced(Wrapped):
    """Delivers each slice at its wall-clock time, with the notes that `notes` returns for it. Blocks in between."""

    can_wait = False

    def __init__(
        self,
        source: Source,
        notes: Callable[[], tuple[PageNote, ...]] = _no_notes,
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
            # A slice is due at its end, as in a live call.
            ahead = began + piece.end_ms / 1000 - self._clock()
            if ahead > 0:
                self._sleep(ahead)
            behind_ms = max(0, round(-ahead * 1000))
            notes = self._notes()
            yield replace(piece, notes=notes, behind_ms=behind_ms) if notes or behind_ms else piece
