"""Load shedding: what a call leaves out while the machine is too slow for it: captions, then words, then pitch.

Only sources read the wall clock; they report how late each slice is (`Slice.behind_ms`). Here the lateness becomes a
level, on audio time: it rises as slices get later, and falls by one once slices have been in time for `calm_ms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pipeline.events.faults import OverloadNoted
from pipeline.ports import SLICE_MS
from pipeline.quantities import ShortMs, WaitMs, in_order, within

NO_CAPTIONS, WORDS_LATER, NO_PITCH = 1, 2, 3
_TELL_MS = 2_000  # least time between two reports of a changed lateness
_CHANGED_MS = 500  # least change of the lateness that is reported
_LONGEST_CALM = 8  # upper limit of the doubled calm time, in multiples of calm_ms


@dataclass(frozen=True, slots=True)
class OverloadSettings:
    """How late slices must be until something is left out, and how long in time until it is done again."""

    captions_ms: ShortMs = 200  # from this lateness on no captions of open turns
    words_ms: ShortMs = 400  # from this lateness on words are recognised later
    pitch_ms: ShortMs = 700  # from this lateness on no pitch and no pace by sound
    lasting_ms: Annotated[int, within(0, 5_000)] = 200  # lateness must last this long: a single late slice is ignored
    in_time_ms: ShortMs = 60  # slices up to this late count as in time
    calm_ms: WaitMs = 15_000  # in time this long before a step down; doubled after a relapse, up to 8-fold

    def __post_init__(self) -> None:
        in_order(self, "in_time_ms", "captions_ms", "words_ms", "pitch_ms")


class Overload:
    """The level of one call, 0 (nothing left out) to 3 (pitch left out)."""

    def __init__(self, settings: OverloadSettings) -> None:
        self.level = 0
        self._settings = settings
        self._rises = (settings.captions_ms, settings.words_ms, settings.pitch_ms)
        self._late_for_ms = 0
        self._in_time_from = 0
        self._eased_ms: int | None = None  # audio time at which the level last fell
        self._calm_ms = settings.calm_ms
        self._start_ms = 0
        self._told = (0, 0)  # audio time and lateness of the last report

    def feed(self, at_ms: int, behind_ms: int) -> list[OverloadNoted]:
        """Takes the lateness of the slice that ends at `at_ms`; returns a report if level or lateness have changed."""
        if self.level == 0 and behind_ms < self._settings.captions_ms:
            self._late_for_ms = 0
            return []
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
