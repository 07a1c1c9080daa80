"""Limits repeated log messages to one a minute, with a count, so that a log cannot fill the disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

SAID_EVERY_S = 60.0
KNOWN = 256  # different messages remembered


class Repeats(logging.Filter):
    """A logging filter. Messages are the same if the first lines of their templates and their exceptions are."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str, str], tuple[float, int]] = {}  # last output, suppressed since

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        same = (record.name, str(record.msg).partition("\n")[0], error)
        now = self._clock()
        with self._lock:
            at_s, since = self._said.get(same, (now - SAID_EVERY_S, 0))
            if now - at_s < SAID_EVERY_S:
                self._said[same] = at_s, since + 1
                return False
            if len(self._said) >= KNOWN:
                self._said.clear()
            self._said[same] = now, 0
        if since:
            record.msg, record.args = f"{record.getMessage().rstrip()} ({since} times more in the last while)", None
        return True


def say_repeats_once() -> None:
    """Adds the filter to logging's last resort handler, which is used while logging is not configured."""
    handler = logging.lastResort
    if handler is not None and not any(isinstance(known, Repeats) for known in handler.filters):
        handler.addFilter(Repeats())
