"""Signing in over the line of a desk: what is answered, and which desks are told of shifts that are over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest

from pipeline.desk_protocol.messages import Hello, NotSignedIn, Records, ShiftOver, SignedIn, SignIn, SignOut
from pipeline.events.call import CallFacts, CallStarted, FactsNoted
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.shifts import Answer
from pipeline.ingest.sign_ins import TRY_EVERY_S, SignIns
from pipeline.people.desks import SHIFT_S
from pipeline.people.entrance import Origin
from tests.ingest.conftest import Office
from tests.people.conftest import PASSWORD
from tests.server.conftest import started


class Line:
    """A line that does at once what it is given, and remembers what it has said."""

    def __init__(self, office: Office, name: str) -> None:
        self.desk = SimpleNamespace(id=office.desk(name))
        self.hello: Hello | None = None
        self.ahead_ms = 0
        self.clock = office.clock
        self.said: list[Any] = []
        self.is_open = True
        self._spawned: list[tuple[Callable[..., Awaitable[None]], tuple[object, ...]]] = []

    def say(self, said: Any) -> bool:
        if self.is_open:
            self.said.append(said)
        return self.is_open

    def spawn(self, work: Callable[..., Awaitable[None]], *told: object) -> None:
        self._spawned.append((work, told))

    async def done(self) -> list[Any]:
        while self._spawned:
            work, told = self._spawned.pop()
            await work(*told)
        told, self.said = self.said, []
        return told


class Here:
    def __init__(self, office: Office) -> None:
        self.office = office
        self.part = SignIns(office.shifts)
        self.first, self.second = Line(office, "A-01"), Line(office, "A-02")
        lines = {line.desk.id: cast(DeskLine, line) for line in (self.first, self.second)}
        self.part.line_of = lines.get
        office.add("lin", agent_id="1027")
        office.add("zhao", agent_id="1031")

    def say(self, line: Line, said: Any) -> list[Any]:
        async def take() -> list[Any]:
            await self.part.takes[type(said)](cast(DeskLine, line), said, b"")
            return await line.done()

        self.office.clock.now += 1
        return anyio.run(take)


@pytest.fixture
def here(office: Office) -> Here:
    return Here(office)


def test_one_try_too_many_is_told_to_wait_and_costs_no_line(here: Here) -> None:
    looked_at = here.office.shifts.sign_in
    asked = list[str]()

    async def counted(desk_id: str, said: SignIn, origin: Origin) -> Answer:
        asked.append(said.id)
        return await looked_at(desk_id, said, origin)

    here.office.shifts.sign_in = counted  # type: ignore[method-assign]
    told = [here.say(here.first, SignIn(f"{n}", "nobody", "wrong"))[0] for n in range(8)]
    assert asked == ["0", "1", "2", "3", "4", "5"]  # one more, as a second went by before each
    assert told[6:] == [NotSignedIn(id, "slowed", wait_s=TRY_EVERY_S) for id in ("6", "7")]
    assert isinstance(here.say(here.second, SignIn("x", "zhao", PASSWORD))[0], SignedIn)  # whose tries are its own


def test_a_sign_in_is_answered_and_ends_the_shift_elsewhere(here: Here) -> None:
    [answer] = here.say(here.first, SignIn("7", "lin", PASSWORD))
    assert isinstance(answer, SignedIn)
    assert answer.id == "7"
    assert here.say(here.first, SignIn("8", "zhao", "wrong"))[0] == NotSignedIn("8", "wrong", 4)
    [again] = here.say(here.second, SignIn("9", "lin", PASSWORD))
    assert isinstance(again, SignedIn)
    assert here.first.said == [ShiftOver(answer.shift, "elsewhere")]
    assert here.office.audit.rows()[0].address == f"desk:{here.second.desk.id}"


def test_a_desk_that_was_away_is_told_that_its_shift_is_over(here: Here) -> None:
    [answer] = here.say(here.first, SignIn("7", "lin", PASSWORD))
    here.first.hello = Hello("1.2", "i", "p", "m", "", 0, shift=answer.shift)
    assert anyio.run(here.part.opened, here.first) is None
    assert here.first.said == []
    assert here.say(here.first, SignOut(answer.shift)) == []
    anyio.run(here.part.opened, here.first)
    assert here.first.said == [ShiftOver(answer.shift, "signed_out")]


def test_an_agent_whose_sign_in_was_cut_sits_nowhere_and_the_desk_before_is_told(here: Here) -> None:
    [answer] = here.say(here.first, SignIn("7", "lin", PASSWORD))
    here.second.is_open = False
    assert here.say(here.second, SignIn("8", "lin", PASSWORD)) == []
    assert here.first.said == [ShiftOver(answer.shift, "elsewhere")]
    assert here.office.desks.shift_of("1027") is None


def test_what_a_sign_in_does_elsewhere_is_told_there_though_its_line_has_ended(here: Here) -> None:
    [answer] = here.say(here.first, SignIn("7", "lin", PASSWORD))

    async def cut() -> None:
        async with anyio.create_task_group() as tasks:
            await here.part.takes[SignIn](cast(DeskLine, here.second), SignIn("8", "lin", PASSWORD), b"")
            tasks.start_soon(here.second.done)
            here.second.is_open = False
            tasks.cancel_scope.cancel()

    here.office.clock.now += 1
    anyio.run(cut)
    assert here.first.said == [ShiftOver(answer.shift, "elsewhere")]
    assert here.office.desks.shift_of("1027") is None


def test_the_records_of_a_call_are_of_the_agent_of_its_shift(here: Here) -> None:
    [answer] = here.say(here.first, SignIn("7", "lin", PASSWORD))
    said, own, others = (
        Records("c1", answer.shift, 1),
        CallFacts(agent_id="1027"),
        CallFacts(agent_id="1031"),
    )

    def refused(*events: Any, line: Line = here.first, said: Records = said) -> str | None:
        return here.part.refusal(cast(DeskLine, line), said, events)

    def begun(at: str, facts: CallFacts = own) -> CallStarted:
        return replace(started("c1"), facts=facts, started_at=at)

    now = here.office.clock.now
    soon, next_day, before = (datetime.fromtimestamp(now + s, UTC).isoformat() for s in (60, 86_400, -3_600))
    assert refused(begun(soon)) is None
    assert refused(begun(soon), line=here.second) == "identity"
    assert refused(begun(soon, replace(own, team="b"))) == "identity"
    assert refused(begun(before)) == "identity"
    assert refused(begun(soon, others)) == "identity"
    assert refused(FactsNoted(20, own)) is None
    assert refused(FactsNoted(20, replace(own, agent_id=None))) == "identity"
    assert refused(begun(next_day)) is None  # no call begins later than now: that clock has been mended since
    here.office.clock.now += 3 * SHIFT_S
    assert refused(begun(soon)) is None
    assert refused(begun(next_day)) == "identity"
    here.first.ahead_ms = round(SHIFT_S * 2_000)
    assert refused(begun(next_day)) == "identity"  # it had heard our clock, and told by that
    assert refused(begun(next_day), said=replace(said, is_own_clock=True)) is None
