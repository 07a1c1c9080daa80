"""Which calls run, and whose they are: of this process and of desks that come, go and come back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.digest import Digest
from pipeline.events.call import CallEnded, CallFacts
from pipeline.events.record import Record
from pipeline.floor.calls_now import LOST_S, AtDesks, CallsHere, CallsNow
from pipeline.floor.people_now import Agent, People
from pipeline.ingest.digests_in import HeldDigest
from pipeline.people.desks import Shift
from tests.server.conftest import AGENT, started, turn


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Said:
    calls: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    id: str


@dataclass(eq=False)
class Line:
    """As a DeskLine, as far as the floor looks at it."""

    desk: Machine
    heard_s: float
    hello: Said = field(default_factory=lambda: Said(()))


SHIFT = Shift("s", "d", "u", "1042", "a", 0.0, 1e12)
PEOPLE = People(agents={"1042": Agent("小林", "a", 0)}, shifts={"1042": SHIFT})


class Desks:
    """A centre whose one desk the test moves."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.line: Line | None = Line(Machine("d"), self.clock.now)
        self.digests: dict[str, Any] = {}
        self.facts: dict[str, CallFacts] = {}
        at_desks = AtDesks(self.digests, lambda desk_id: self.line)  # type: ignore[arg-type, return-value]
        here = CallsHere(lambda call_id: False, self.clock)
        self.now = CallsNow(here, at_desks, self.facts.get, self.clock)

    def say(self, digest: Digest) -> None:
        assert self.line is not None
        self.line.heard_s = self.clock.now
        self.digests[digest.call_id] = HeldDigest(digest, self.clock.now, self.line)  # type: ignore[arg-type]


CALL = Digest(call_id="c", agent_id="1042", started_at="2026-11-22T09:00:00+08:00", at_ms=5_000)


def test_a_call_of_this_process_is_there_from_its_start_to_its_end() -> None:
    clock, running = Clock(), {"a"}
    here = CallsHere(running.__contains__, clock)
    now = CallsNow(here, None, {"a": CallFacts(agent_id=AGENT, team="b")}.get, clock)
    here.publish([Record("a", 1, started("a")), Record("b", 1, started("b"))])  # b was scored of a file
    here.publish([Record("a", 2, turn(40))])
    [call] = now.look(PEOPLE).values()
    assert (call.call_id, call.agent_id, call.team, call.digest.at_ms) == ("a", AGENT, "b", 40)
    here.publish([Record("a", 3, CallEnded(60, "finished"))])
    assert now.look(PEOPLE) == {}
    here.publish([Record("a", 4, turn(80))])
    assert now.look(PEOPLE) == {}


def test_a_call_that_broke_off_without_a_word_is_none() -> None:
    running = {"a"}
    here = CallsHere(running.__contains__)
    here.publish([Record("a", 1, started("a"))])
    running.clear()
    assert CallsNow(here, None, lambda call_id: None).look(PEOPLE) == {}


def test_a_desk_that_is_not_heard_is_lost_after_ten_seconds_and_stands_still() -> None:
    desks = Desks()
    desks.say(CALL)
    began = desks.clock.now
    desks.clock.now += LOST_S - 0.1
    [call] = desks.now.look(PEOPLE).values()
    assert (call.lost_s, call.now_ms(desks.clock.now)) == (None, 8_000)  # of what comes after 3 s nobody knows
    desks.line = None  # and closed
    desks.clock.now += 0.2
    [call] = desks.now.look(PEOPLE).values()
    assert (call.lost_s, call.now_ms(desks.clock.now)) == (began, 5_000)


def test_a_desk_that_is_back_with_its_call_is_right_with_its_first_word_of_it() -> None:
    """What was known before it was gone, counted on to now, made a silence of half a minute of three sentences."""
    desks = Desks()
    desks.say(CALL)
    desks.line, desks.clock.now = None, desks.clock.now + 30
    assert desks.now.look(PEOPLE)["c"].lost_s is not None
    desks.line = Line(Machine("d"), desks.clock.now, Said(("c",)))
    call = desks.now.look(PEOPLE)["c"]
    assert (call.lost_s is not None, call.is_known) == (True, False)  # before it has said anything of it
    desks.say(replace(CALL, at_ms=35_000))
    call = desks.now.look(PEOPLE)["c"]
    assert (call.lost_s, call.is_known, call.now_ms(desks.clock.now)) == (None, True, 35_000)


def test_a_desk_that_is_back_without_its_call_has_none() -> None:
    desks = Desks()
    desks.say(CALL)
    desks.line = Line(Machine("d"), desks.clock.now)
    assert desks.now.look(PEOPLE) == {}


def test_a_lost_call_goes_with_the_shift_and_with_the_next_call() -> None:
    desks = Desks()
    desks.say(CALL)
    desks.line, desks.clock.now = None, desks.clock.now + 30
    assert list(desks.now.look(PEOPLE)) == ["c"]
    assert desks.now.look(People(agents=PEOPLE.agents)) == {}
    desks.line = Line(Machine("e"), desks.clock.now)
    desks.say(Digest(call_id="n", agent_id="1042", at_ms=20))
    desks.line = None
    assert list(desks.now.look(PEOPLE)) == ["n"]


def test_after_a_restart_a_call_is_of_whoever_has_signed_in_where_it_runs() -> None:
    desks = Desks()
    desks.say(Digest(call_id="c", at_ms=5_000))
    [call] = desks.now.look(PEOPLE).values()
    assert (call.agent_id, call.team) == ("1042", "a")
    desks.facts["c"] = CallFacts(agent_id="1042", team="b")  # the team it has, wherever the agent is now
    assert desks.now.look(PEOPLE)["c"].team == "b"
    desks.facts.clear()  # the line is cut
    assert desks.now.look(PEOPLE)["c"].team == "b"
