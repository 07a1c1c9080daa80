"""How much of what is told from outside becomes records, on the clock of the audio."""

from __future__ import annotations

from pipeline.ports import SLICE_MS


class Allowance:
    """So many at once, then one a second of audio."""

    def __init__(self, at_once: int) -> None:
        self._most = self._left = float(at_once)

    def tick(self) -> None:
        """A slice has passed."""
        self._left = min(self._most, self._left + SLICE_MS / 1000)

    def take(self) -> bool:
        if self._left < 1:
            return False
        self._left -= 1
        return True
