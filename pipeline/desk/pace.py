"""What a desk sends of one kind, no faster than its centre takes it: one that sends more is cut off."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pipeline.bucket import Bucket
from pipeline.desk_protocol.kinds import UP, type_of

_SHARE = 0.8  # of the rate: what a network holds up comes together


class Pace:
    """Of one thread."""

    def __init__(
        self,
        kind: type[Any],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        told = UP[type_of(kind)]
        self._bucket = Bucket(max(1, told.at_once // 2), told.a_second * _SHARE, clock)
        self._wait_s = 1 / told.a_second
        self._sleep = sleep

    def wait(self) -> None:
        """Until the next one may be sent."""
        while not self._bucket.take():
            self._sleep(self._wait_s)
