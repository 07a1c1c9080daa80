"""What was noted in the audit lately, so that a page that asks again and again does not fill it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

AGAIN_S = 600.0  # the same by the same is noted once in so long
KNOWN = 4_096  # things remembered; the oldest are forgotten, and noted again


class Noted:
    """Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: OrderedDict[tuple[str, str, str | None], float] = OrderedDict()

    def is_due(self, who: str, what: str, target: str | None) -> bool:
        """Whether it is to be noted now; counts as noted from then on."""
        same, now = (who, what, target), self._clock()
        with self._lock:
            if same in self._noted and now - self._noted[same] < AGAIN_S:
                return False
            self._noted[same] = now
            self._noted.move_to_end(same)
            if len(self._noted) > KNOWN:
                self._noted.popitem(last=False)
        return True

    def forget(self, who: str, what: str, target: str | None) -> None:
        """It could not be noted."""
        with self._lock:
            self._noted.pop((who, what, target), None)
