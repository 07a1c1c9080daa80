"""Turns of one channel from voice decisions: voiced slices in, TurnStarted and TurnEnded out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.events.channels import Channel
from pipeline.events.turns import TurnEnded, TurnStarted
from pipeline.ports import SLICE_MS
from pipeline.quantities import ShortMs

_CLOSURE_MS = 100  # shorter gaps lie inside a word: the closure of a stop consonant


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How voiced slices are joined to turns."""

    gap_ms: ShortMs = 300  # pauses up to this stay inside a turn
    shortest_ms: ShortMs = 100  # a run with less voice than this is no turn
    pause_ms: ShortMs = 250  # longer pauses inside a turn do not count as articulation


class TurnTracker:
    """A turn starts at the first voiced slice of a run and ends at the last one."""

    def __init__(self, channel: Channel, settings: TurnSettings) -> None:
        self._channel = channel
        self._settings = settings
        self._start_ms: int | None = None  # of the run of voiced slices, which may become a turn
        self._voiced_ms = 0
        self._end_ms = 0  # of the last voiced slice
        self._free_from_ms = 0  # a corrected onset never reaches back into a turn that has ended
        self.open = False
        self.gaps: list[tuple[int, int]] = []  # between words of the run: call times of their start and end, ms
        self.voiced_ms = 0  # of the turn that ended last

    @property
    def pauses(self) -> list[tuple[int, int]]:
        """The gaps of the present run that are longer than `pause_ms`."""
        return [(start, end) for start, end in self.gaps if end - start > self._settings.pause_ms]

    @property
    def start_ms(self) -> int | None:
        """Start of the present run of voiced slices, whether it is long enough for a turn yet or not."""
        return self._start_ms

    def feed(self, start_ms: int, voiced: bool, at_ms: int) -> list[TurnStarted | TurnEnded]:
        """Takes the decision on the slice at `start_ms`; `at_ms` is the present. Earlier slices may be decided anew."""
        if not voiced:
            return self._end(at_ms) if start_ms + SLICE_MS - self._end_ms > self._settings.gap_ms else []
        if start_ms < self._free_from_ms:
            return []
        events: list[TurnStarted | TurnEnded] = []
        if self._start_ms is not None and start_ms - self._end_ms > self._settings.gap_ms:
            events += self._end(at_ms)  # after lost audio the gap is noticed only now
        if self._start_ms is None:
            self._start_ms, self._voiced_ms, self.gaps = start_ms, 0, []
        elif start_ms - self._end_ms >= _CLOSURE_MS:
            self.gaps.append((self._end_ms, start_ms))
        if start_ms < self._start_ms:
            self._start_ms = start_ms
        self._voiced_ms += SLICE_MS
        self._end_ms = max(self._end_ms, start_ms + SLICE_MS)
        if not self.open and self._voiced_ms >= self._settings.shortest_ms:
            self.open = True
            events.append(TurnStarted(at_ms, self._channel, self._start_ms))
        return events

    def finish(self, at_ms: int) -> list[TurnStarted | TurnEnded]:
        """Ends the open turn at the end of the call."""
        return self._end(at_ms)

    def _end(self, at_ms: int) -> list[TurnStarted | TurnEnded]:
        start, self._start_ms = self._start_ms, None
        if start is None or not self.open:
            return []
        self.open = False
        self._free_from_ms = self._end_ms + SLICE_MS
        self.voiced_ms = self._voiced_ms
        return [TurnEnded(at_ms, self._channel, start, self._end_ms)]
