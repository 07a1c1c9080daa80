"""How often something may be done: so many times at once, then at a rate."""

from __future__ import annotations

import time
from collections.abc import Callable


class Bucket:
    """A token bucket: `at_once` tokens, refilled at `a_second` tokens a second."""

    def __init__(self, at_once: int, a_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = self._left = float(at_once)
        self._a_second = a_second
        self._clock = clock
        self._at_s = clock()

    def take(self, tokens: int = 1) -> bool:
        """Takes so many tokens; False when there are not as many."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at_s) * self._a_second)
        self._at_s = now
        if self._left < tokens:
            return False
        self._left -= tokens
        return True
