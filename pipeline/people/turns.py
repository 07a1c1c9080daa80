"""Turns at looking at passwords: each takes four threads (argon2), and calls and pages are to go on meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

AT_ONCE = max(1, (os.cpu_count() or 1) // 4)
WAITING = 30  # a shift that begins; the last of them waits some seconds

T = TypeVar("T")


class TooBusy(Exception):
    """So many sign in just now that this one is not looked at."""


class Turns:
    """On an event loop. One of a process, whatever asks for passwords."""

    def __init__(self) -> None:
        self._limit = anyio.CapacityLimiter(AT_ONCE)

    async def take(self, work: Callable[[], T]) -> T:
        """In a thread, few at once, some waiting. Raises TooBusy."""
        if self._limit.statistics().tasks_waiting >= WAITING:
            raise TooBusy
        return await anyio.to_thread.run_sync(work, limiter=self._limit)
