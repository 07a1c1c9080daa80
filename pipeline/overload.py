"""What a call leaves out while the machine is too slow for it: captions, then words, then pitch.

Only sources know the wall clock; they say how late each slice is (`Slice.behind_ms`). Here that becomes a level, on
audio time: it rises with the lateness, and falls a step at a time once slices have been in time for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pipeline.events.faults import OverloadNoted
from pipeline.ports import SLICE_MS
from pipeline.quantities import ShortMs, WaitMs, in_order, within

NO_CAPTIONS, WORDS_LATER, NO_PITCH = 1, 2, 3
_TELL_MS = 2_000  # a lateness that has changed is told at most so often
_CHANGED_MS = 500
_LONGEST_CALM = 8  # times calm_ms


@dataclass(frozen=True, slots=True)
class OverloadSettings:
    """From how late a slice on something is left out, and for how long all must be in time until it is done again."""

    captions_ms: ShortMs = 200
    words_ms: ShortMs = 400
    pitch_ms: ShortMs = 700
    lasting_ms: Annotated[int, within(0, 5_000)] = 200  # so long it must last: one late slice is a hiccup
    in_time_ms: ShortMs = 60
    calm_ms: WaitMs = 15_000  # doubled each time it was too short, up to eight times as long

    def __post_init__(self) -> None:
        in_order(self, "in_time_ms", "captions_ms", "words_ms", "pitch_ms")


class Overload:
    """The level of one call."""

    def __init__(self, settings: OverloadSettings) -> None:
        self.level = 0
        self._settings = settings
        self._rises = (settings.captions_ms, settings.words_ms, settings.pitch_ms)
        self._late_for_ms = 0
        self._in_time_from = 0
        self._eased_ms: int | None = None  # when the level last fell
        self._calm_ms = settings.calm_ms
        self._start_ms = 0
        self._told = (0, 0)  # when, and how late it was said to be

    def feed(self, at_ms: int, behind_ms: int) -> list[OverloadNoted]:
        """One slice, handed over so late. What is to be said of it."""
        level = self._level(at_ms, behind_ms)
        if level == self.level:
            told_ms, told_behind_ms = self._told
            changed = abs(behind_ms - told_behind_ms) >= _CHANGED_MS
            return self._tell(at_ms, behind_ms) if level and changed and at_ms - told_ms >= _TELL_MS else []
        if self.level == 0:
            self._start_ms = at_ms
        self.level = level
        return self._tell(at_ms, behind_ms)

    def _level(self, at_ms: int, behind_ms: int) -> int:
        if behind_ms > self._settings.in_time_ms:
            self._in_time_from = at_ms
        is_late = self.level < NO_PITCH and behind_ms >= self._rises[self.level]
        self._late_for_ms = self._late_for_ms + SLICE_MS if is_late else 0
        if is_late and self._late_for_ms > self._settings.lasting_ms:
            self._late_for_ms = 0
            if self._eased_ms is not None and at_ms - self._eased_ms < self._calm_ms:
                self._calm_ms = min(2 * self._calm_ms, _LONGEST_CALM * self._settings.calm_ms)
            return self.level + 1
        if self.level and at_ms - self._in_time_from >= self._calm_ms:
            self._in_time_from, self._eased_ms = at_ms, at_ms
            return self.level - 1
        return self.level

    def _tell(self, at_ms: int, behind_ms: int) -> list[OverloadNoted]:
        self._told = (at_ms, behind_ms)
        return [OverloadNoted(at_ms, self.level, behind_ms, self._start_ms)]
