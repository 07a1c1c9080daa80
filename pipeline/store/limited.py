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
        """Psycopg asks again every 0.1 s while nothing is there.

        Who finds that late looks once more: this thread may have been held up itself, between the look and the clock.
        """
        until_s, is_late = time.monotonic() + self.limit_s, False
        try:
            state = next(gen)
            while True:
                ready = yield state
                if not ready and is_late:
                    self.pgconn.finish()  # else whoever has it next would get the answer to this
                    raise OperationalError(f"the server has not answered for {self.limit_s:g} s")
                is_late = not ready and time.monotonic() > until_s
                state = gen.send(ready)
        except StopIteration as end:
            return end.value
