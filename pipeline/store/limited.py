"""A connection to PostgreSQL that is given up when nothing comes back over it in time.

A server that stands still (a machine that is moved, a disk that hangs) keeps none of the limits that it was told; and
while its kernel answers, TCP knows none either.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any

from psycopg import Connection, OperationalError


class LimitedConnection(Connection[Any]):
    limit_s = math.inf  # that the server may be silent after it was asked something

    def wait(self, gen: Generator[Any, Any, Any], *given: Any, **more: Any) -> Any:
        return super().wait(self._limited(gen), *given, **more)

    def _limited(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Psycopg asks again every 0.1 s while nothing is there."""
        until_s = time.monotonic() + self.limit_s
        try:
            state = next(gen)
            while True:
                ready = yield state
                if not ready and time.monotonic() > until_s:
                    self.pgconn.finish()  # else whoever has it next would get the answer to this
                    raise OperationalError(f"the server has not answered for {self.limit_s:g} s")
                state = gen.send(ready)
        except StopIteration as end:
            return end.value
