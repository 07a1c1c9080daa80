"""Who sits at this desk: the shift that the centre has let begin, kept here, so that it holds offline and restarted.

Nobody is here before an agent has signed in, and after the shift is over: then no call begins. Whoever connects to the
centre passes its `ShiftOver` to `over`, and says to it what `to_tell` gives each time a connection is open. `of` says
in which shift a call was begun, whenever it is delivered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.desk_protocol.messages import ShiftOver, SignedIn, SignOut
from pipeline.events.call import CallFacts
from pipeline.people.desks import DEAD_S, SHIFT_S, TOLERATED_S, DesksKept, Shift, ShiftOverBecause
from pipeline.people.users import User

TOLD_AT_ONCE = 10  # sign-outs: a centre closes the line of a desk that says twenty at once
_LOOKED_AT = 200  # shifts, the newest: calls of earlier ones were delivered long ago, or never will be


@dataclass(frozen=True, slots=True)
class Sitting:
    """The agent who is here."""

    shift: Shift
    name: str


class ShiftsHere:
    """Thread-safe. All but `now` and `present` may raise StoreError."""

    def __init__(
        self,
        kept: DesksKept,
        desk_id: str,
        user: Callable[[str], User | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`desk_id`: as the centre knows this machine now; shifts of an earlier enrolment are over. `user`: by id."""
        self._kept = kept
        self._desk_id = desk_id
        self._user = user
        self._clock = clock
        self._lock = threading.Lock()
        self._changes = 0
        shift = kept.newest_shift(desk_id)
        self._sitting = self._sitting_in(shift) if shift is not None and shift.ended_at is None else None

    @property
    def changes(self) -> int:
        """A number that each change of who is here makes greater."""
        return self._changes

    def now(self) -> Sitting | None:
        """None: nobody is here."""
        sitting = self._sitting
        if sitting is None:
            return None
        shift = sitting.shift
        # abs: a clock that was ahead, and was set back, must not leave a shift that lasts until it is there again
        return sitting if abs(self._clock() - shift.begun_at) < shift.until - shift.begun_at else None

    def present(self, standing: CallFacts) -> CallFacts | None:
        """With what a call begins here now; None: nobody is here, and none begins."""
        sitting = self.now()
        if sitting is None:
            return None
        shift = sitting.shift
        return replace(standing, agent_id=shift.agent_id, agent_name=sitting.name, team=shift.team)

    def newest(self) -> Shift | None:
        """The one of now, or the one before."""
        return self._kept.newest_shift(self._desk_id)

    def begin(self, told: SignedIn) -> Shift:
        """As the centre has told it; the one before is over."""
        now = self._clock()
        with self._lock:
            if self._sitting is not None:
                self._end(self._sitting.shift, "signed_out")
            shift = Shift(
                told.shift, self._desk_id, told.user_id, told.agent_id, told.team, now, now + min(told.for_s, SHIFT_S)
            )  # fmt: skip
            self._kept.put_shift(shift)
            self._sitting = Sitting(shift, told.name)
            self._changes += 1
        return shift

    def end(self, shift_id: str, because: ShiftOverBecause) -> bool:
        """False where there is none, or it has ended."""
        with self._lock:
            shift = self._kept.shift(shift_id)
            if shift is None or shift.ended_at is not None:
                return False
            self._end(shift, because)
            if self._sitting is not None and self._sitting.shift.id == shift_id:
                self._sitting = None
            self._changes += 1
        return True

    def over(self, said: ShiftOver) -> None:
        """The centre has ended it. A call that runs goes on to its end."""
        self.end(said.shift, said.because)

    def to_tell(self) -> list[SignOut]:
        """Sign-outs that the centre may not have heard of; those it has heard of change nothing there.

        The newest: whoever has signed in here since has ended the ones before, there too.
        """
        since = self._clock() - SHIFT_S
        told = self._kept.newest_shifts(self._desk_id, TOLD_AT_ONCE)
        return [SignOut(one.id) for one in told if one.because == "signed_out" and (one.ended_at or 0) > since]

    def of(self, agent_id: str | None, started_at: float) -> Shift | None:
        """In which a call of this agent began then (seconds since 1970, by this machine's clock)."""
        own = [one for one in self._kept.newest_shifts(self._desk_id, _LOOKED_AT) if one.agent_id == agent_id]
        if started_at < DEAD_S:
            return own[-1] if own else None
        return next((one for one in own if one.begun_at <= started_at + TOLERATED_S), None)

    def _end(self, shift: Shift, because: ShiftOverBecause) -> None:
        self._kept.put_shift(replace(shift, ended_at=self._clock(), because=because))

    def _sitting_in(self, shift: Shift) -> Sitting | None:
        user = self._user(shift.user_id)
        return Sitting(shift, user.name) if user is not None else None
