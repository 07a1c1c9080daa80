"""The calls that run now, with the newest digest of each: those of this process, and those of desks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.digest import Digest
from pipeline.digesting import fold
from pipeline.events.call import CallFacts, CallStarted
from pipeline.events.record import Record
from pipeline.floor.people_now import People
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.digests_in import HeldDigest

LOST_S = 10.0
"""So long nothing is heard of a desk before a wall says so."""
FRESH_S = 3.0
"""So long what was so is taken to be so still: a desk says each second what is."""


@dataclass(frozen=True, slots=True)
class Call:
    """`heard_s`: when the digest was, by the monotonic clock; `lost_s`: since when its desk is not heard, null while it
    is. Whose it is: as its facts tell, else as of who has signed in where it runs. `is_known`: false while its desk is
    away, and once it is back until it has said what goes on.
    """

    digest: Digest
    heard_s: float
    agent_id: str | None = None
    team: str | None = None
    lost_s: float | None = None
    facts: CallFacts = field(default_factory=CallFacts)
    is_at_desk: bool = False
    is_known: bool = True

    @property
    def call_id(self) -> str:
        return self.digest.call_id

    def now_ms(self, now_s: float) -> int:
        """Where in its sound it is: of a desk that says nothing nobody knows, and it stands still."""
        if self.lost_s is not None:
            return self.digest.at_ms
        ahead_s = min(now_s - self.heard_s, FRESH_S) if self.is_at_desk else now_s - self.heard_s
        return self.digest.at_ms + max(0, round(ahead_s * 1000))


class CallsHere:
    """A Bus: folds the calls of this process. From any thread."""

    def __init__(self, runs: Callable[[str], bool], clock: Callable[[], float] = time.monotonic) -> None:
        """`runs`: whether this call runs in this process."""
        self._runs = runs
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, tuple[Digest, float]] = {}

    def publish(self, records: Sequence[Record]) -> None:
        with self._lock:
            for record in records:
                call_id, event = record.call_id, record.event
                known = self._calls.get(call_id)
                if known is None and not (isinstance(event, CallStarted) and self._runs(call_id)):
                    continue
                digest = fold(known[0] if known is not None else Digest(), event)
                if digest.ended_ms is not None:
                    self._calls.pop(call_id, None)
                else:
                    self._calls[call_id] = digest, self._clock()

    def calls(self) -> list[tuple[Digest, float]]:
        """Those that have broken off without a word are none."""
        with self._lock:
            for call_id in [one for one in self._calls if not self._runs(one)]:
                del self._calls[call_id]
            return list(self._calls.values())


@dataclass(frozen=True, slots=True)
class AtDesks:
    """What the centre knows of calls at desks."""

    digests: Mapping[str, HeldDigest]
    line_of: Callable[[str], DeskLine | None]


class CallsNow:
    """On the event loop."""

    def __init__(
        self,
        here: CallsHere,
        desks: AtDesks | None,
        facts_of: Callable[[str], CallFacts | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`facts_of`: a call that runs, as its records tell them."""
        self._here = here
        self._desks = desks
        self._facts_of = facts_of
        self._clock = clock
        self._told: dict[str, CallFacts] = {}

    def look(self, people: People) -> dict[str, Call]:
        """By their ids. One that is lost is none any more once its agent has another, or has signed out."""
        found = {digest.call_id: self._call(digest, heard_s, people) for digest, heard_s in self._here.calls()}
        for held in list(self._desks.digests.values()) if self._desks is not None else ():
            if (call := self._at_desk(held, people)) is not None:
                found[call.call_id] = call
        self._told = {call_id: facts for call_id, facts in self._told.items() if call_id in found}
        busy = {call.agent_id for call in found.values() if call.lost_s is None}
        may_be_lost = people.shifts.keys() - busy
        return {id: call for id, call in found.items() if call.lost_s is None or call.agent_id in may_be_lost}

    def _at_desk(self, held: HeldDigest, people: People) -> Call | None:
        """None for one that has ended while its desk was away: that is here again, and names it no more."""
        assert self._desks is not None
        line, heard_s = self._desks.line_of(held.line.desk.id), held.line.heard_s
        back = line if line is not held.line else None
        if back is not None and (back.hello is None or held.digest.call_id not in back.hello.calls):
            return None  # and of one that it names nobody knows what goes on, before it has said anything of it
        lost_s = heard_s if self._clock() - heard_s >= LOST_S else None
        call = self._call(held.digest, held.heard_s, people, desk_id=held.line.desk.id, lost_s=lost_s)
        return replace(call, is_known=line is held.line)

    def _call(
        self, digest: Digest, heard_s: float, people: People, *, desk_id: str = "", lost_s: float | None = None
    ) -> Call:
        if (now := self._facts_of(digest.call_id)) is not None:
            self._told[digest.call_id] = now
        facts = self._told.get(digest.call_id) or CallFacts(agent_id=digest.agent_id)
        agent_id, team = facts.agent_id, facts.team
        if agent_id is None and desk_id:
            agent_id = next((one.agent_id for one in people.shifts.values() if one.desk_id == desk_id), None)
        if team is None and agent_id is not None and (agent := people.agents.get(agent_id)) is not None:
            team = agent.team
        return Call(digest, heard_s, agent_id, team, lost_s, facts, bool(desk_id))
