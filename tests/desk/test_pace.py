"""A desk keeps to the rates of its centre, also after both have waited for each other."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.bucket import Bucket
from pipeline.desk.pace import Pace
from pipeline.desk_protocol.kinds import UP, type_of
from pipeline.desk_protocol.messages import Piece, Recording, Records


@pytest.mark.parametrize("kind", [Records, Recording, Piece])
def test_the_centre_takes_all_that_is_sent_at_this_pace(kind: type[Any]) -> None:
    now_s = [0.0]

    def sleep(seconds: float) -> None:
        now_s[0] += seconds

    told = UP[type_of(kind)]
    pace = Pace(kind, lambda: now_s[0], sleep)
    taken = Bucket(told.at_once, told.a_second, lambda: now_s[0])
    for _ in range(10 * told.at_once):
        pace.wait()
        assert taken.take()
    assert now_s[0] > 0
