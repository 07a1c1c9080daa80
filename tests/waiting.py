"""How a test waits for what no event tells: `wait_until` looks again and again, and gives up late.

What is told is awaited where it is told (an Event, a queue, the line that a process prints). Nothing here sleeps for a
while and hopes: `tests/test_repository.py` forbids that everywhere else. The limit is there to end a test that would
hang; how soon something comes is measured in audio time, or by `benchmarks`, never by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LIMIT_S = 120.0  # for what comes at once, or within seconds, on an idle machine
LOOK_S = 0.005

Found = TypeVar("Found")


def wait_until(come_true: Callable[[], Found], *, look_s: float = LOOK_S) -> Found:
    """What `come_true` gives, as soon as that is true."""
    ends_s = time.monotonic() + LIMIT_S
    while not (found := come_true()):
        assert time.monotonic() < ends_s, f"not within {LIMIT_S:g} s"
        time.sleep(look_s)
    return found


def let_pass(seconds: float) -> None:
    """Real time goes by: only where it is what the test is about, as a stall or a random moment."""
    time.sleep(seconds)
