"""Who sees what is private in calls, and what others see in its place: by role, and by what the call's team has set.

A call is masked once for all who watch it. What one needs to know for that, the lines that were said, is read when
somebody first looks at it, and goes on with the records that they are sent.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

from pipeline.errors import StoreError
from pipeline.events.call import CallFacts
from pipeline.events.record import Record
from pipeline.masking.view import QUIET, TELLING, MaskedView, masked_facts
from pipeline.people.permissions import Action, scope_of
from pipeline.people.person import Person, Whose
from pipeline.people.team_settings import UNSET, SettingsOfTeams
from pipeline.server.call_index import CallIndex
from pipeline.session.known import records_of
from pipeline.store.ownership import facts_told, owner

POLICY_S = 2.0  # how long what a team has set is believed
_CALLS = 200  # whose lines are kept at hand: some 50 KB each
_RECENT = 64  # records of a call as they are seen, for the others who watch it


class Masking:
    """From any thread. Everything may raise StoreError."""

    def __init__(self, calls: CallIndex, teams: SettingsOfTeams, clock: Callable[[], float] = time.monotonic) -> None:
        self.calls = calls
        self._teams = teams
        self._clock = clock
        self._lock = threading.Lock()
        self._policies: dict[str | None, tuple[float, bool]] = {}
        self._views: OrderedDict[str, CallView] = OrderedDict()

    def hides(self, person: Person, call_id: str, whose: Whose) -> bool:
        """Whether what is private in the call is hidden from this person, who may read it otherwise."""
        return not self.calls.may_with(person, Action.CALL_UNMASKED, call_id, whose) and self._is_on(whose.team)

    def facts(self, person: Person, call_id: str, facts: CallFacts) -> CallFacts:
        """Of a call, the newest, as this person sees them."""
        return masked_facts(facts) if self.hides(person, call_id, owner(facts)) else facts

    def records(self, call_id: str) -> list[Record]:
        """All of a call, as they are."""
        return records_of(self.calls.archive, self.calls.running, call_id)

    def told(self, call_ids: Sequence[str]) -> dict[str, list[Record]]:
        """What was kept of what was said in these calls, as it is, without single words: read once, also for what it
        is looked at with.
        """
        told: dict[str, list[Record]] = {}
        for record in self.calls.archive.pick(call_ids, TELLING, brief=True):
            told.setdefault(record.call_id, []).append(record)
        for call_id, records in told.items():
            self.view_of(call_id).hear(records)
        return told

    def view(self, call_id: str) -> CallView:
        """With all that is said until now."""
        view = self.view_of(call_id)
        if not view.is_over:
            waiting = self.calls.running.unkept(call_id)  # before the store: what is kept meanwhile is seen twice
            view.hear([*self.calls.archive.pick([call_id], TELLING, brief=True), *waiting])
        return view

    def view_of(self, call_id: str) -> CallView:
        """With what was said as far as it was asked for."""
        with self._lock:
            view = self._views.setdefault(call_id, CallView())
            self._views.move_to_end(call_id)
            if len(self._views) > _CALLS:
                self._views.popitem(last=False)
        return view

    def _is_on(self, team: str | None) -> bool:
        """Where it cannot be read, as it was, and masked where nobody knows."""
        at_s, is_on = self._policies.get(team, (float("-inf"), UNSET.masking))
        if self._clock() - at_s >= POLICY_S:
            try:
                is_on = self._teams.current(team).settings.masking
            except StoreError:
                return is_on
            self._policies[team] = self._clock(), is_on
        return is_on


class Eyes:
    """What one person sees of the records of calls that they may read. For one request or socket, one call after the
    other or many at once; from any thread, from one at a time. May raise StoreError.
    """

    def __init__(self, masking: Masking, person: Person, whose: Mapping[str, Whose] | None = None) -> None:
        """`whose`: calls that have ended, as far as it is known whose they are; the others are asked for."""
        self._masking = masking
        self._person = person
        self._whose: dict[str, Whose] = dict(whose or {})
        self._views: dict[str, CallView] = {}

    @property
    def see_all(self) -> bool:
        """Of whatever they may read: nothing has to be looked at."""
        return scope_of(self._person.role, Action.CALL_UNMASKED) is scope_of(self._person.role, Action.CALL_READ)

    def see(self, records: Sequence[Record]) -> list[Record]:
        """The same records, with marks."""
        return list(records) if self.see_all else [self._seen(record) for record in records]

    def _seen(self, record: Record) -> Record:
        if type(record.event) in QUIET:
            return record
        call_id = record.call_id
        if call_id not in self._whose or facts_told(record) is not None:
            self._whose[call_id] = self._masking.calls.whose(call_id)
        if not self._masking.hides(self._person, call_id, self._whose[call_id]):
            return record
        if call_id not in self._views:
            self._views[call_id] = self._masking.view(call_id)
        return self._views[call_id].masked(record)


class CallView:
    """One call, for all who watch it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._view = MaskedView()
        self._recent: OrderedDict[object, tuple[Record, Record]] = OrderedDict()

    @property
    def is_over(self) -> bool:
        return self._view.is_over

    def hear(self, records: Iterable[Record]) -> None:
        with self._lock:
            for record in records:
                self._hear(record)

    def text(self, text: str) -> str:
        """One that is of no line, but may quote some."""
        with self._lock:
            return self._view.text(text)

    def masked(self, record: Record) -> Record:
        key = record.seq if record.seq is not None else id(record)
        with self._lock:
            self._hear(record)
            known = self._recent.get(key)
            if known is not None and (known[0] is record or known[0] == record):
                return known[1]
            seen = self._view.masked(record)
            self._recent[key] = record, seen
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
            return seen

    def _hear(self, record: Record) -> None:
        if self._view.hear(record.event):
            self._recent.clear()  # they may look otherwise now
