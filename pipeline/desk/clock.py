"""The centre's time at a desk: by it calls are dated, however wrong this machine's clock is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from pipeline.desk.link import Link
from pipeline.desk_protocol.messages import Alive, Welcome

_WINDOW = 12  # heartbeats, a minute: the one that came quickest tells most


def uptime_s() -> float:
    """A clock that nobody sets, and that goes on while the machine sleeps where the system has one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class CentreClock:
    """From any thread. Until the centre was heard once, this machine's clock is all there is (`is_own`).

    The offset is held to the monotonic clock: whoever sets this machine's clock in between changes nothing.
    """

    def __init__(
        self, link: Link, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = uptime_s
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._heard: list[float] = []  # the centre's time less the monotonic one: it was so late at most
        link.on(Alive, self._alive)
        link.when_open(self._opened)

    @property
    def is_own(self) -> bool:
        return not self._heard

    @property
    def ahead_ms(self) -> int | None:
        """By how much this machine's clock is ahead of the centre's; None: not known."""
        if self.is_own:
            return None
        return round((self._wall() - self._now()) * 1000)

    def now(self) -> datetime:
        """In this machine's time zone."""
        seconds = self._wall() if self.is_own else self._now()
        return datetime.fromtimestamp(seconds).astimezone()

    def _now(self) -> float:
        with self._lock:
            return self._monotonic() + max(self._heard)

    def _opened(self, welcome: Welcome) -> None:
        with self._lock:
            self._heard = [welcome.clock_ms / 1000 - self._monotonic()]

    def _alive(self, said: Alive, body: bytes) -> None:
        self._note(said.clock_ms)

    def _note(self, clock_ms: int) -> None:
        with self._lock:
            self._heard = [*self._heard[1 - _WINDOW :], clock_ms / 1000 - self._monotonic()]
