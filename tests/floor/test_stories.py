"""Two hundred floors of chance: whatever happens, a page knows what a fold over the records of each call tells."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from pipeline.digest import Digest, from_json, to_json
from pipeline.digesting import digest_of
from pipeline.events.call import CallEnded, CallFacts, ClockTicked, PhaseChanged
from pipeline.events.channels import Channel, ChannelBack, ChannelLost
from pipeline.events.help import HelpAsked, HelpClosed
from pipeline.events.hints import HintCleared, SilentCallStep
from pipeline.events.record import Event, Record
from pipeline.events.turns import SilenceEnded, SilenceKind, SilenceStarted, TurnStarted
from pipeline.floor.calls_now import AtDesks, Call, CallsHere, CallsNow
from pipeline.floor.floor import Floor, FloorClock, Surroundings
from pipeline.floor.people_now import Agent, People
from pipeline.floor.wall import NO_DAY
from pipeline.ingest.digests_in import HeldDigest
from pipeline.people.desks import Shift
from pipeline.store.cases import KeptCase
from tests.floor.test_calls_now import Line, Machine, Said
from tests.server.conftest import hint, started

CALLS = ("a", "b", "c", "d")  # c and d run at desks
AT_DESK = ("c", "d")
PEOPLE = People(
    {f"agent of {id}": Agent(id, "t", at) for at, id in enumerate(CALLS)},
    {"t": "甲组"},
    shifts={f"agent of {id}": Shift(id, f"desk of {id}", id, f"agent of {id}", "t", 0, 1e12) for id in AT_DESK},
)


class ShowsAll:
    async def hidden(self, calls: Sequence[Call], people: People) -> Mapping[str, Digest]:
        return {call.call_id: call.digest for call in calls}

    def facts(self, call: Call, people: People) -> CallFacts:
        return call.facts


@dataclass
class Kept:
    cases: dict[str, KeptCase] = field(default_factory=dict)

    def put(self, cases: Sequence[KeptCase]) -> None:
        self.cases |= {case.id: case for case in cases}

    def end_left(self, now_ms: int) -> None:
        pass

    def recent(self, since_at: int) -> list[KeptCase]:
        return list(self.cases.values())

    def between(self, *asked: object) -> list[KeptCase]:
        return []


@dataclass
class Page:
    """Reads when it likes."""

    seen: int = -1
    calls: dict[str, Any] = field(default_factory=dict)
    cases: dict[str, Any] = field(default_factory=dict)
    seats: dict[str, Any] = field(default_factory=dict)

    def read(self, floor: Floor) -> None:
        told, self.seen = json.loads(floor.wall.since(frozenset({"t"}), self.seen, 0, "me")), floor.wall.tick
        if told["type"] == "snapshot":
            self.calls, self.cases, self.seats = {}, {}, {}
        self.seats |= {one["agent_id"]: one for one in told["seats"]}
        self.calls |= {one["call_id"]: one for one in told["calls"]}
        self.cases |= {one["id"]: one for one in told["cases"]}
        for id in told.get("gone", ()):
            self.calls.pop(id, None)  # it began and ended unseen
        for id in told.get("closed", ()):
            self.cases.pop(id, None)


class Story:
    """What happens on a floor, by chance; `records`: of the calls that run, by their ids."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now_s = 5_000.0
        self.records: dict[str, list[Event]] = {}
        self.count = 0
        self.lines: dict[str, Line | None] = dict.fromkeys(AT_DESK)
        self.digests: dict[str, Any] = {}
        self.kept = Kept()
        self.pages = [Page(), Page()]
        self.start()

    def start(self) -> None:
        """The centre, for the first time or again: that ends calls of its own process, those at desks it does not."""
        self.digests.clear()
        for id in [id for id in self.records if id[0] not in AT_DESK]:
            del self.records[id]
        self.here = CallsHere(self.records.__contains__, lambda: self.now_s)
        desks = AtDesks(self.digests, self.line_of)  # type: ignore[arg-type]
        calls = CallsNow(self.here, desks, self.facts, lambda: self.now_s)
        clock = FloorClock(lambda: self.now_s, lambda: self.now_s + 1e9)
        people: Any = type("Known", (), {"look": staticmethod(lambda: PEOPLE)})
        self.floor = Floor(
            Surroundings(people, calls, ShowsAll(), lambda _: (), self.kept, lambda _: NO_DAY, lambda _: None), clock
        )
        for page in self.pages:
            page.seen = -1
        for name in AT_DESK:
            self.connect(name)

    def line_of(self, desk_id: str) -> Line | None:
        return self.lines[desk_id[-1]]

    def facts(self, call_id: str) -> CallFacts | None:
        return CallFacts(agent_id=f"agent of {call_id[0]}", team="t")

    def connect(self, name: str) -> None:
        """A desk is here again, and says the digests of what runs there."""
        running = tuple(id for id in self.records if id[0] == name)
        self.lines[name] = Line(Machine(f"desk of {name}"), self.now_s, Said(running))
        for id in running:
            self.say(id)

    def say(self, id: str) -> None:
        line = self.lines[id[0]]
        if line is None:
            return
        line.heard_s = self.now_s
        digest = from_json(to_json(digest_of(self.records[id])))
        self.digests[id] = HeldDigest(digest, self.now_s, line)  # type: ignore[arg-type]

    def happen(self) -> None:
        self.now_s += self.chance.choice((0.02, 0.25, 1.0, 4.0))
        for line in self.lines.values():
            if line is not None:
                line.heard_s = self.now_s  # it beats
        name = self.chance.choice(CALLS)
        running = next((id for id in self.records if id[0] == name), None)
        if name in AT_DESK and self.chance.random() < 0.1:
            if self.lines[name] is None:
                self.connect(name)
            else:
                self.lines[name] = None
        elif running is None:
            self.count += 1
            self.records[f"{name}{self.count}"] = []
            self.tell(f"{name}{self.count}", started(f"{name}{self.count}"))
        else:
            self.tell(running, *self.events(self.records[running]))

    def events(self, before: list[Event]) -> list[Event]:
        at = max(one.at_ms for one in before) + self.chance.choice((20, 500, 2_000))
        side = self.chance.choice((Channel.AGENT, Channel.CUSTOMER))
        number = 1 + sum(type(one).__name__ == "HintRaised" for one in before)
        kinds: list[Event] = [
            TurnStarted(at, side, at), ClockTicked(at), SilenceStarted(at, at, SilenceKind.BOTH, None),
            SilenceEnded(at, at - 10, at, SilenceKind.BOTH), hint(at, number), HintCleared(at, number - 1, "expired"),
            SilentCallStep(at, self.chance.randrange(4), "say", "", "", None, 0), PhaseChanged(at, "complaint"),
            ChannelLost(at, side, at), ChannelBack(at, side, at - 10, at), HelpAsked(at, "media"),
            HelpClosed(at, "withdrawn"), CallEnded(at, "finished"),
        ]  # fmt: skip
        return self.chance.sample(kinds, self.chance.randrange(1, 3))

    def tell(self, id: str, *events: Event) -> None:
        first = len(self.records[id]) + 1
        self.records[id] += events
        has_ended = any(isinstance(event, CallEnded) for event in events)
        if id[0] not in AT_DESK:
            self.here.publish([Record(id, first + at, event) for at, event in enumerate(events)])
        elif has_ended and self.lines[id[0]] is not None:
            self.digests.pop(id, None)  # its records have told the centre
        elif not has_ended:
            self.say(id)
        if has_ended:
            del self.records[id]

    def check(self, page: Page) -> None:
        """Of desks that are away the last word stands, until they are here again."""
        shown = {id: from_json(json.dumps(call["digest"])) for id, call in page.calls.items()}
        away = {name for name, line in self.lines.items() if line is None}
        for id, events in self.records.items():
            if id[0] not in away:
                wanted = digest_of(events)
                assert not shown[id].is_news(from_json(to_json(Digest(**_fields(wanted, f"agent of {id[0]}")))))
                assert page.calls[id]["lost_at"] is None
        assert {id for id in shown if id[0] not in away} == {id for id in self.records if id[0] not in away}
        helped = {id for id, digest in shown.items() if digest.help is not None}
        assert {case["call_id"] for case in page.cases.values() if case["cause"] == "help"} >= helped - self.closed()
        assert len({(case["call_id"], case["cause"]) for case in page.cases.values()}) == len(page.cases)
        for name in CALLS:
            is_calling = any(id[0] == name for id in shown)
            assert (page.seats[f"agent of {name}"]["state"] == "call") == is_calling

    def closed(self) -> set[str | None]:
        return {case.call_id for case in self.kept.cases.values() if case.closed_at is not None}


def _fields(digest: Digest, agent_id: str) -> dict[str, Any]:
    return {name: getattr(digest, name) for name in Digest.__dataclass_fields__} | {"agent_id": agent_id}


@pytest.mark.parametrize("seeds", [range(at, at + 25) for at in range(0, 200, 25)], ids=lambda seeds: f"{seeds[0]}-")
def test_what_a_page_knows_is_a_fold_over_the_records(seeds: range) -> None:
    async def play(seed: int) -> None:
        story = Story(seed)
        async with anyio.create_task_group() as tasks:
            await story.floor.look()
            for step in range(60):
                for _ in range(story.chance.randrange(4)):
                    story.happen()
                if story.chance.random() < 0.02:
                    await story.floor.keep()
                    story.start()
                    await story.floor.look()
                await story.floor.tick(tasks)
                await story.floor.keep()
                story.pages[0].read(story.floor)
                story.check(story.pages[0])
                if step % 13 == 0 or story.chance.random() < 0.1:  # the other one reads slowly
                    story.pages[1].read(story.floor)
                    story.check(story.pages[1])
                if story.chance.random() < 0.03:
                    story.pages[1] = Page()  # it was loaded anew

    for seed in seeds:
        asyncio.run(play(seed))
