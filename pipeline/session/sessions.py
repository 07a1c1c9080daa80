"""The sessions of this process, many at once, and what ended ones have left to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.audio.sources.watched import BOUNDS_MS, SliceLag
from pipeline.events.call import CallFacts
from pipeline.events.record import Record
from pipeline.ports import Bus, Mailbox, Store, Tap
from pipeline.session.outbox import Outbox
from pipeline.session.session import Session


@dataclass(frozen=True, slots=True)
class Load:
    """`lag` of all calls since the start; of those that run, the latest slice, the highest level, how many shed."""

    lag: SliceLag
    worst_ms: int
    level: int
    overloaded: int


class Elsewhere(Mailbox, Protocol):
    """The mailbox of a call that runs at a desk of this server."""

    @property
    def facts(self) -> CallFacts | None:
        """As its records tell them."""
        ...

    @property
    def tap(self) -> Tap: ...


class Sessions:
    """By call id, the calls that run in this process and those that have ended with something still to be done.

    It knows no desk, no device and no page: which call is the latest one of somebody is not asked here. From any
    thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Session] = {}
        self._past_lag = SliceLag()  # of ended calls
        self._left: dict[str, Outbox] = {}  # ended, and something is still to be done for them
        self._taking_up = threading.Lock()
        self._elsewhere: dict[str, Elsewhere] = {}

    # --- running calls -------------------------------------------------------------------------------------------

    def begin(self, call_id: str, store: Store, bus: Bus) -> Session:
        """The session of a call that begins, running until `end`. Raises ValueError for a call that runs already."""
        session = Session(call_id, store, bus)
        with self._lock:
            if call_id in self._running:
                raise ValueError(f"call {call_id} is running already")
            self._running[call_id] = session
        return session

    def end(self, call_id: str) -> None:
        """From the thread of the call: whatever it has left is the aftercare's from now on."""
        with self._lock:
            session = self._running.get(call_id)
        if session is None:
            return
        session.close()  # while it can still be found: what it was told too late is then among its records
        with self._lock:
            self._running.pop(call_id, None)
            self._past_lag = _sum([self._past_lag, session.lag])
        self.settle(session.outbox)

    def mailbox(self, call_id: str) -> Mailbox | None:
        """Of a call that runs, here or at a desk; None when it does not, or cannot be reached."""
        with self._lock:
            session = self._running.get(call_id)
            return session.mailbox if session is not None else self._elsewhere.get(call_id)

    def tap(self, call_id: str) -> Tap | None:
        """As `mailbox`."""
        with self._lock:
            session, other = self._running.get(call_id), self._elsewhere.get(call_id)
        return session.tap if session is not None else other.tap if other is not None else None

    def facts(self, call_id: str) -> CallFacts | None:
        """Of a call that runs, as its records tell them; None before its first record, and when it does not run."""
        with self._lock:
            session, other = self._running.get(call_id), self._elsewhere.get(call_id)
        return session.facts if session is not None else other.facts if other is not None else None

    def ids(self) -> list[str]:
        """Of the calls that run in this process."""
        with self._lock:
            return list(self._running)

    def is_here(self, call_id: str) -> bool:
        """Whether it runs in this process."""
        with self._lock:
            return call_id in self._running

    def meet(self, call_id: str, mailbox: Elsewhere | None) -> None:
        """A call runs at a desk, and can be reached by this mailbox; None: not any more."""
        with self._lock:
            if mailbox is None:
                self._elsewhere.pop(call_id, None)
            else:
                self._elsewhere[call_id] = mailbox

    def load(self) -> Load:
        """How the machine keeps up with its calls."""
        with self._lock:
            running = list(self._running.values())
            lag = _sum([self._past_lag, *(session.lag for session in running)])
            worst_ms = max((session.lag.now_ms for session in running), default=0)
            levels = [session.overload for session in running]
        return Load(lag, worst_ms, max(levels, default=0), sum(level > 0 for level in levels))

    # --- ended calls ---------------------------------------------------------------------------------------------

    def take_up(self, call_id: str, make: Callable[[], Outbox]) -> Outbox:
        """The one outbox of a call that has ended; where it has none, `make`'s, which goes on where its records end.

        Nobody makes a second one until this one is settled: it would give its records the same numbers. What `make`
        raises is raised here.
        """
        with self._taking_up:
            with self._lock:
                session = self._running.get(call_id)
                outbox = session.outbox if session is not None else self._left.get(call_id)
            if outbox is None:
                outbox = make()
                with self._lock:
                    self._left[call_id] = outbox
            return outbox

    def settle(self, outbox: Outbox) -> None:
        """After something was said of an ended call: it is left while something is still to be done, and else done."""
        with self._lock:
            if outbox.call_id in self._running:
                return  # its end sees to it
            if outbox.count or not outbox.is_closed:
                self._left[outbox.call_id] = outbox
            else:
                self._left.pop(outbox.call_id, None)

    def forget(self, outbox: Outbox) -> None:
        """An ended call that another writer has taken: nothing can be done for it here any more."""
        with self._lock:
            if self._left.get(outbox.call_id) is outbox:
                self._left.pop(outbox.call_id)

    def left(self) -> list[Outbox]:
        """Of the ended calls for which something is still to be done, in the order in which they ended."""
        with self._lock:
            return list(self._left.values())

    def is_left(self, call_id: str) -> bool:
        with self._lock:
            return call_id in self._left

    # --- records that the store has not taken ----------------------------------------------------------------------

    def waiting(self) -> list[Outbox]:
        """Of all calls, running or not, those with records that the store has not taken."""
        with self._lock:
            outboxes = [*self._left.values(), *(session.outbox for session in self._running.values())]
        return [outbox for outbox in outboxes if outbox.count]

    def unkept(self, call_id: str, after: int = 0) -> list[Record]:
        """Published records with a seq above `after` that are not in the store, in order.

        Read before the store is, none is missed: what is kept meanwhile is in both.
        """
        with self._lock:
            session = self._running.get(call_id)
            outbox = session.outbox if session is not None else self._left.get(call_id)
        return outbox.waiting(after) if outbox is not None else []

    def unknown(self) -> list[str]:
        """Calls of which the store knows nothing, newest first."""
        return [r.call_id for r in reversed(self.waiting()) if (records := r.waiting()) and records[0].seq == 1]


def _sum(lags: Sequence[SliceLag]) -> SliceLag:
    counts = [sum(lag.counts[at] for lag in lags) for at in range(len(BOUNDS_MS) + 1)]
    return SliceLag(counts, sum(lag.total_ms for lag in lags))
