"""When a connection to PostgreSQL is given up, and that one held up itself looks once more before."""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from psycopg import OperationalError

from pipeline.store import limited
from pipeline.store.limited import LimitedConnection

NOTHING, SOMETHING = 0, 1
LIMIT_S = 2.0


class Asked:
    """A question over such a connection, looked after at moments of the test's clock. `pgconn`: the connection's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(limited, "time", SimpleNamespace(monotonic=lambda: self.now_s))
        self.pgconn = Mock()
        connection = Mock(spec=LimitedConnection, limit_s=LIMIT_S, pgconn=self.pgconn)
        self.waiting = LimitedConnection._limited(connection, self._question())
        next(self.waiting)

    def look(self, at_s: float, found: int) -> None:
        self.now_s = at_s
        self.waiting.send(found)

    def _question(self) -> Generator[Any, Any, str]:
        while not (yield "reads"):
            pass
        return "the answer"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def test_a_server_that_stands_still_is_given_up(asked: Asked) -> None:
    for tenth in range(1, 22):
        asked.look(tenth / 10, NOTHING)
    with pytest.raises(OperationalError, match="has not answered for 2 s"):
        asked.look(2.2, NOTHING)
    asked.pgconn.finish.assert_called_once_with()


def test_an_answer_that_came_while_this_thread_was_held_up_is_taken(asked: Asked) -> None:
    asked.look(0.1, NOTHING)
    asked.look(9.0, NOTHING)  # looked at 0.2, and had no processor then
    with pytest.raises(StopIteration) as end:
        asked.look(9.1, SOMETHING)
    assert end.value.value == "the answer"
    asked.pgconn.finish.assert_not_called()
