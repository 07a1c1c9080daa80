"""What desks go by is told to those that are here; one that leaves meanwhile disturbs nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline.desk_protocol.messages import Rulebook
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.given import GivenToDesks
from pipeline.people.desks import Desk
from tests.ingest.conftest import Office


class Line(DeskLine):
    def __init__(self, desk: Desk) -> None:
        super().__init__(None, desk, {})  # type: ignore[arg-type]
        self.told: list[Any] = []

    def say(self, said: Any, body: bytes = b"") -> bool:
        self.told.append(said)
        return True


@pytest.mark.parametrize("leaves", [False, True])
def test_a_desk_that_leaves_while_it_is_looked_what_to_tell(office: Office, leaves: bool) -> None:
    lines: list[Line] = []

    def rulebook() -> bytes:
        if leaves:
            given.left(lines[0])
        return b"id: handbook"

    given = GivenToDesks(rulebook, office.desks, None)  # type: ignore[arg-type]
    for name in ("A-01", "A-02"):
        known = office.desks.desk(office.desk(name))
        assert known is not None
        lines.append(Line(known))
        given._told[lines[-1]] = "", None
    asyncio.run(given._tell(lines))
    assert [type(said) for said in lines[1].told] == [Rulebook]
    assert (lines[0] in given._told) is not leaves
