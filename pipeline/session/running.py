"""The calls of this process: their mailboxes, what ended ones have left, how the machine keeps up with them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.audio.sources.watched import BOUNDS_MS, SliceLag
from pipeline.events.call import CallFacts
from pipeline.events.record import Record
from pipeline.session.mailbox import Mailbox
from pipeline.session.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Load:
    """`lag` of all calls since the start; of those that run, the latest slice, the highest level, how many shed."""

    lag: SliceLag
    worst_ms: int
    level: int
    overloaded: int


class RunningCalls:
    """The calls running in this process, with their mailboxes. Used from the calls' and the server's threads.

    `is_expecting`: a call is about to begin, so that the latest call is none yet rather than the one of last time.
    """

    def __init__(self) -> None:
        self.is_expecting = False
        self._lock = threading.Lock()
        self._mailboxes: dict[str, Mailbox] = {}
        self._newest: str | None = None
        self._past_lag = SliceLag()  # of ended calls
        self._left: dict[str, Outbox] = {}  # ended, and something is still to be done for them

    def start(self, call_id: str) -> Mailbox:
        with self._lock:
            self._newest = call_id
            return self._mailboxes.setdefault(call_id, Mailbox())

    def end(self, call_id: str) -> CallFacts | None:
        """Of the thread of the call: whatever it has left is the aftercare's from now on.

        Gives facts that were told too late for the call's last slice; None when there are none.
        """
        with self._lock:
            mailbox = self._mailboxes.pop(call_id, None)
            if mailbox is None:
                return None
            self._past_lag = _sum([self._past_lag, mailbox.lag])
            outbox = mailbox.outbox
            if outbox is not None and (outbox.count or not outbox.is_closed):
                self._left[call_id] = outbox
            return mailbox.close()

    def leave(self, outbox: Outbox) -> None:
        """A call of an earlier process for which something is still to be done."""
        with self._lock:
            self._left[outbox.call_id] = outbox

    def left(self) -> list[Outbox]:
        """Of the ended calls for which something is still to be done."""
        with self._lock:
            return list(self._left.values())

    def is_left(self, call_id: str) -> bool:
        with self._lock:
            return call_id in self._left

    def done(self, call_id: str) -> None:
        """Nothing is to be done for this ended call any more."""
        with self._lock:
            self._left.pop(call_id, None)

    def mailbox(self, call_id: str) -> Mailbox | None:
        with self._lock:
            return self._mailboxes.get(call_id)

    def waiting(self) -> list[Outbox]:
        """Of all calls, running or not, those with records that the store has not taken."""
        with self._lock:
            outboxes = [*self._left.values(), *(mailbox.outbox for mailbox in self._mailboxes.values())]
        return [outbox for outbox in outboxes if outbox is not None and outbox.count]

    def unkept(self, call_id: str, after: int = 0) -> list[Record]:
        """Published records with a seq above `after` that are not in the store, in order.

        Read before the store is, none is missed: what is kept meanwhile is in both.
        """
        with self._lock:
            mailbox = self._mailboxes.get(call_id)
            outbox = mailbox.outbox if mailbox is not None else self._left.get(call_id)
        return outbox.waiting(after) if outbox is not None else []

    def all_unkept(self, seen: Mapping[str, int]) -> list[Record]:
        """The same of all calls; `seen` has the seqs known of them."""
        found = self.waiting()
        return [record for outbox in found for record in outbox.waiting(seen.get(outbox.call_id, 0))]

    def unknown(self) -> list[str]:
        """Calls of which the store knows nothing, newest first."""
        return [r.call_id for r in reversed(self.waiting()) if (records := r.waiting()) and records[0].seq == 1]

    def load(self) -> Load:
        """How the machine keeps up with its calls."""
        with self._lock:
            running = list(self._mailboxes.values())
            lag = _sum([self._past_lag, *(mailbox.lag for mailbox in running)])
            worst_ms = max((mailbox.lag.now_ms for mailbox in running), default=0)
            levels = [mailbox.overload for mailbox in running]
        return Load(lag, worst_ms, max(levels, default=0), sum(level > 0 for level in levels))

    def newest_unkept(self) -> str | None:
        """The call begun last, when the store knows nothing of it."""
        newest = self._newest
        unkept = self.unkept(newest) if newest is not None else []
        return newest if unkept and unkept[0].seq == 1 else None


def _sum(lags: Sequence[SliceLag]) -> SliceLag:
    counts = [sum(lag.counts[at] for lag in lags) for at in range(len(BOUNDS_MS) + 1)]
    return SliceLag(counts, sum(lag.total_ms for lag in lags))
