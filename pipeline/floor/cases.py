"""The life of a case: opened, taken, freed, called for more, closed. Pure but for the ids; who keeps them asks.

A case is of a call and a cause. It is closed by a lead, with its reason; by the agent who withdraws their call for
help; once its cause has been gone for ten seconds, but not while a lead has it; and with its call. These two last as
long as their cause did, without the ten seconds. What a lead has closed is not opened again before its cause was gone
once, or help was asked for anew. Who takes a case takes the agent's others with it, and what comes up meanwhile; but a
call for help is taken by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import uuid_utils

from pipeline.floor.causes import RANKS, Found
from pipeline.store.cases import KeptCase

CALM_MS = 10_000
AWAY_MS = 30_000
"""A lead whose last page has been gone for so long has their cases no more."""
GRACE_MS = 30_000
"""So long after a start desks may take to be here again: until then what is not heard of is not gone."""

_TIMES = ("since_at", "first_taken_at", "taken_at", "escalated_at", "closed_at")

Key = tuple[str, str]
"""A call and a cause."""
GoneMs = Callable[[str, str | None], float]


class CasesKept(Protocol):
    """Thread-safe. Raises StoreError."""

    def put(self, cases: Sequence[KeptCase]) -> None:
        """Adds them, or changes those with their ids."""

    def end_left(self, now_ms: int) -> None:
        """Those that are open of calls that have ended, as with a process that was killed."""

    def recent(self, since_at: int) -> list[KeptCase]:
        """Those that are open, and those since then."""

    def between(self, since_at: int, until_at: int, teams: Collection[str] | None) -> list[KeptCase]:
        """Those that began in this time, of these teams; null: of all. In order."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A call and its causes, each with since when it lasts by the floor's clock. `line`: of the customer, as shown."""

    call_id: str
    agent_id: str
    team: str | None
    found: Sequence[tuple[Found, int]]
    line: str = ""
    is_lost: bool = False
    escalate_ms: int = 60_000


@dataclass(frozen=True, slots=True)
class OpenCase:
    """`kept` outlasts a restart; the rest is of this moment."""

    kept: KeptCase
    line: str = ""
    calm_at: int | None = None
    is_of_before: bool = False  # of an earlier process, and its call was not heard of yet

    @property
    def key(self) -> Key:
        return self.kept.call_id or "", self.kept.cause


class CaseRefused(Exception):
    def __init__(self, why: str, reason: Literal["unknown", "taken"]) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass
class Cases:
    """On the event loop. `changed`: what is to be kept, by id; whoever has kept it takes it out. `lasting`: what leads
    have closed, and its call does not know yet.
    """

    begun_at: int
    open: dict[str, OpenCase] = field(default_factory=dict)
    changed: dict[str, KeptCase] = field(default_factory=dict)
    _by_key: dict[Key, str] = field(default_factory=dict)
    lasting: list[KeptCase] = field(default_factory=list)
    _closed: dict[Key, KeptCase] = field(default_factory=dict)  # by leads, while the cause lasts
    _first: dict[Key, int] = field(default_factory=dict)  # of what does not count yet
    _held: set[str] = field(default_factory=set)

    def know(self, kept: Sequence[KeptCase]) -> None:
        """Of earlier processes, also of one whose clock was ahead."""
        for case in (_until(self.begun_at, one) for one in kept):
            if case.closed_at is None:
                self._open(OpenCase(case, is_of_before=True))
            elif case.closed_because == "closed" and case.call_id is not None:
                self._closed[case.call_id, case.cause] = case

    def look(self, seen: Sequence[Seen], now_ms: int, gone_ms: GoneMs) -> None:
        """`gone_ms`: for how long a user has no page of a team open."""
        calls = {one.call_id: one for one in seen}
        active = self._active(seen, now_ms)
        in_grace = now_ms - self.begun_at < GRACE_MS
        closed = self._closed.items()
        self._closed = {key: one for key, one in closed if key in active or (key[0] not in calls and in_grace)}
        self.lasting = []
        for key, (one, found, since_at) in active.items():
            before = self._closed.get(key)
            if before is not None and not (found.cause == "help" and since_at > (before.closed_at or 0)):
                self.lasting.append(before)
            elif key in self._by_key:
                self._go_on(self.open[self._by_key[key]], one, found)
            else:
                self._begin(one, found, since_at, now_ms)
        for case in list(self.open.values()):
            if case.key not in active:
                self._calm(case, calls.get(case.key[0]), now_ms, in_grace=in_grace)
        for case in list(self.open.values()):
            self._look_at_lead(case, calls.get(case.key[0]), now_ms, gone_ms)

    @contextmanager
    def holding(self, ids: Collection[str]) -> Iterator[None]:
        """None of these ends by itself meanwhile: what is noted to be done with them is done."""
        self._held |= set(ids)
        try:
            yield
        finally:
            self._held -= set(ids)

    def free_for(self, case_id: str, lead_id: str) -> OpenCase:
        """Raises CaseRefused where it is not open, or another lead has it."""
        case = self._known(case_id)
        if case.kept.taken_by not in (None, lead_id):
            raise CaseRefused("another lead has it", "taken")
        return case

    def take(self, case_id: str, lead_id: str, now_ms: int) -> KeptCase:
        """With all of the agent's that nobody has. Raises CaseRefused as `free_for`. Whoever has it has it."""
        case = self.free_for(case_id, lead_id).kept
        if case.taken_by == lead_id:
            return case
        for other in self.with_(case_id):
            if other.taken_by is None:
                self._take(other, lead_id, now_ms)
        return self._take(case, lead_id, now_ms)

    def with_(self, case_id: str) -> list[KeptCase]:
        """The other open cases of the same agent."""
        agent_id = self._known(case_id).kept.agent_id
        return [one.kept for id, one in self.open.items() if id != case_id and one.kept.agent_id == agent_id]

    def close(self, case_id: str, lead_id: str, reason: str, now_ms: int) -> KeptCase:
        """Raises CaseRefused as `free_for`."""
        case = self.free_for(case_id, lead_id)
        kept = self._closed[case.key] = self._end(case, "closed", now_ms, closed_by=lead_id, reason=reason)
        return kept

    def _active(self, seen: Sequence[Seen], now_ms: int) -> Mapping[Key, tuple[Seen, Found, int]]:
        active: dict[Key, tuple[Seen, Found, int]] = {}
        waiting: dict[Key, int] = {}
        for one in seen:
            for found, since_at in one.found:
                key = one.call_id, found.cause
                if found.after_ms:
                    first = waiting[key] = self._first.get(key, now_ms)
                    if now_ms - first < found.after_ms and key not in self._by_key:
                        continue
                    since_at = min(first, since_at)
                active[key] = one, found, since_at
        self._first = waiting
        return active

    def _begin(self, one: Seen, found: Found, since_at: int, now_ms: int) -> None:
        rank = RANKS[found.cause]
        kept = KeptCase(
            str(uuid_utils.uuid7()), one.agent_id, one.team, one.call_id, found.cause, rank, since_at, found.detail
        )
        self._open(OpenCase(kept, one.line))
        self.changed[kept.id] = kept
        lead_id = next((other.taken_by for other in self.with_(kept.id) if other.taken_by is not None), None)
        if lead_id is not None and kept.cause != "help":
            self._take(kept, lead_id, now_ms)

    def _go_on(self, case: OpenCase, one: Seen, found: Found) -> None:
        now = replace(case, line=one.line or case.line, calm_at=None, is_of_before=False)
        if now != case:
            self.open[case.kept.id] = now
        team = one.team or case.kept.team  # it goes with its call
        if (found.detail, team) != (case.kept.detail, case.kept.team):
            self._change(case.kept.id, detail=found.detail, team=team)

    def _calm(self, case: OpenCase, call: Seen | None, now_ms: int, *, in_grace: bool) -> None:
        if case.kept.id in self._held or (call is None and case.is_of_before and in_grace):
            return
        if call is not None and case.kept.cause == "help" and not call.is_lost:
            self._end(case, "withdrawn", now_ms)
            return
        since = case.calm_at if case.calm_at is not None else now_ms
        self.open[case.kept.id] = replace(case, calm_at=since)
        if now_ms - since >= CALM_MS and (call is None or case.kept.taken_by is None):
            self._end(case, "ended" if call is None else "calm", since)

    def _look_at_lead(self, case: OpenCase, call: Seen | None, now_ms: int, gone_ms: GoneMs) -> None:
        kept = self.open[case.kept.id].kept if case.kept.id in self.open else None
        if kept is None:
            return
        if kept.taken_by is not None and gone_ms(kept.taken_by, kept.team) >= AWAY_MS:
            kept = self._change(kept.id, taken_by=None, taken_at=None)
        waits_ms = now_ms - kept.since_at
        if call is not None and kept.taken_by is None and kept.escalated_at is None and waits_ms >= call.escalate_ms:
            self._change(kept.id, escalated_at=now_ms)

    def _take(self, case: KeptCase, lead_id: str, now_ms: int) -> KeptCase:
        first = case.first_taken_at or now_ms
        return self._change(case.id, taken_by=lead_id, taken_at=now_ms, first_taken_at=first, escalated_at=None)

    def _known(self, case_id: str) -> OpenCase:
        if case_id not in self.open:
            raise CaseRefused("there is no such case that is open", "unknown")
        return self.open[case_id]

    def _open(self, case: OpenCase) -> None:
        self.open[case.kept.id] = case
        self._by_key[case.key] = case.kept.id

    def _change(self, case_id: str, **changes: object) -> KeptCase:
        case = self.open[case_id]
        kept = replace(case.kept, **changes)  # type: ignore[arg-type]
        self.open[case_id] = replace(case, kept=kept)
        self.changed[case_id] = kept
        return kept

    def _end(self, case: OpenCase, because: str, now_ms: int, **more: object) -> KeptCase:
        kept = self._change(case.kept.id, closed_at=now_ms, closed_because=because, **more)
        del self.open[kept.id], self._by_key[case.key]
        return kept


def _until(now_ms: int, case: KeptCase) -> KeptCase:
    """Nothing of it is later than now."""
    times = {name: getattr(case, name) for name in _TIMES}
    return replace(case, **{name: min(at, now_ms) for name, at in times.items() if at is not None})
