"""Shifts at the centre: an agent signs in at a desk with their account, and whatever is recorded there is theirs.

What the connection of a desk needs:

- `Shifts.meet(desk_id, shift_id)` when a desk has connected, with the shift that it takes for open: what has ended
  meanwhile is told as ended, and one of which the desk never heard ends.
- `await Shifts.sign_in(desk_id, said, origin)` -> `Answer`: what this desk is told, and which shifts of which desks are
  over by it. `await Shifts.sign_out(desk_id, said, origin)`, as often as the desk says it.
- `await Shifts.look_after(tell)` once in the process: shifts end with what their agent may do, and with their time.
- `Shifts.refusal(desk_id, shift_id, facts, started_at)` of the records of a call, with the facts that CallStarted and
  FactsNoted tell among them: None where the agent of the shift has the call.

`sign_ins.py` is all that as a part of the centre.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import anyio.to_thread

from pipeline.desk_protocol.fields import RefusedBecause
from pipeline.desk_protocol.messages import NotSignedIn, ShiftOver, SignedIn, SignIn, SignOut
from pipeline.errors import AccountRefused, StoreError
from pipeline.events.call import CallFacts
from pipeline.people.accounts import Accounts
from pipeline.people.audit import ITSELF, Audit, Deed
from pipeline.people.desks import TOLERATED_S, Desks, Shift, ShiftOverBecause
from pipeline.people.directory import Directory
from pipeline.people.entrance import Origin, TooManyTries, WrongPassword
from pipeline.people.noted import Noted
from pipeline.people.permissions import Role
from pipeline.people.turns import TooBusy, Turns
from pipeline.people.users import User

LOOK_S = 0.5

Over = tuple[str, ShiftOver]
"""A desk, and what it is to be told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`over`: of other desks and of this one."""

    said: SignedIn | NotSignedIn
    over: Sequence[Over] = ()


class NoAgent(Exception):
    """Who was recognised is no agent."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class Shifts:
    """Thread-safe, but for what is awaited. Raises StoreError where the database refuses: then nothing was done."""

    def __init__(
        self,
        accounts: Accounts,
        directory: Directory,
        desks: Desks,
        audit: Audit,
        *,
        turns: Turns,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`turns`: at passwords, of this process."""
        self._accounts = accounts
        self._directory = directory
        self._desks = desks
        self._audit = audit
        self._turns = turns
        self._clock = clock
        self._slowed = Noted(clock)
        self._changes: int | None = None  # of people, when it was looked last
        self._open: set[str] = set()  # shifts that are to be told as over once they are
        self._first_until = 0.0  # when the first shift ends by itself

    async def sign_in(self, desk_id: str, said: SignIn, origin: Origin) -> Answer:
        """`origin`: of the desk's connection. What is wrong costs the same tries as on the page."""
        try:
            return await self._turns.take(lambda: self._sign_in(desk_id, said, origin))
        except TooBusy:
            return Answer(NotSignedIn(said.id, "busy"))

    async def sign_out(self, desk_id: str, said: SignOut, origin: Origin) -> None:
        """Nothing where the shift is no open one of this desk: a desk says it again until it was heard."""
        await anyio.to_thread.run_sync(self._sign_out, desk_id, said.shift, origin)

    def meet(self, desk_id: str, shift_id: str | None) -> list[ShiftOver]:
        """What is over of a desk that has come, and takes this shift for open; null: none.

        Where its sign-in was answered over a line that was cut, it has not heard of the shift that is open here.
        """
        newest = self._desks.newest_shift(desk_id)
        if newest is not None and newest.id != shift_id and newest.is_open(self._clock()):
            self._end(newest, "signed_out", None, ITSELF)
            newest = self._desks.shift(newest.id)
        told = self._desks.shift(shift_id) if shift_id is not None else None
        known = {one.id: one for one in (newest, told) if one is not None and one.desk_id == desk_id}
        now = self._clock()
        return [ShiftOver(one.id, one.because or "expired") for one in known.values() if not one.is_open(now)]

    def look(self) -> list[Over]:
        """Ends the shifts of those who may no longer have one, and those that have lasted long enough."""
        changes, now = self._accounts.changes(), self._clock()
        if changes == self._changes and now < self._first_until:
            return []
        open_ = self._desks.open_shifts()
        over = self._ended({shift.id for shift in open_})
        for shift in open_:
            why: ShiftOverBecause | None = "expired" if not shift.is_open(now) else None
            if not _is_still(shift, self._directory.user(shift.user_id)):
                why = "account"
            if why is not None and self._end(shift, why, shift.user_id if why == "expired" else None, ITSELF):
                self._open.discard(shift.id)
                over.append((shift.desk_id, ShiftOver(shift.id, why)))
        self._changes = changes
        self._first_until = min((shift.until for shift in open_ if shift.is_open(now)), default=float("inf"))
        return over

    def _ended(self, open_: set[str]) -> list[Over]:
        """By another password, in whatever process; who ends one by the line of a desk tells it there."""
        over = []
        for shift_id in self._open - open_:
            shift = self._desks.shift(shift_id)
            if shift is not None and shift.because is not None:
                self._open.discard(shift_id)
                if shift.because == "account":
                    over.append((shift.desk_id, ShiftOver(shift_id, "account")))
        self._open |= open_
        return over

    async def look_after(self, tell: Callable[[str, ShiftOver], Awaitable[None]]) -> None:
        """Looks for ever; `tell`: a desk, if it is there."""
        while True:
            try:
                over = await anyio.to_thread.run_sync(self.look)
            except StoreError:
                over = []  # looked at again
            for desk_id, said in over:
                await tell(desk_id, said)
            await asyncio.sleep(LOOK_S)

    def refusal(
        self, desk_id: str, shift_id: str, facts: Sequence[CallFacts], started_at: float | None
    ) -> RefusedBecause | None:
        """Why records that tell these facts are not taken in this shift.

        `started_at`: of the call where they tell it, in seconds since 1970, by this machine's clock as far as the
        desk's is known. A call that had begun when its shift ended goes on to its end.
        """
        if started_at is not None:
            started_at = min(started_at, self._clock())  # nothing begins later than now: a clock that was mended since
        return refusal(self._desks.shift(shift_id), desk_id, facts, started_at)

    def _sign_in(self, desk_id: str, said: SignIn, origin: Origin) -> Answer:
        try:
            user_id = self._accounts.recognise(said.login, said.password, origin).id
            user, shift, over = self._begin(desk_id, user_id, origin)
        except WrongPassword as error:
            self._note_refused(desk_id, error.user_id, origin)
            return Answer(NotSignedIn(said.id, "wrong", error.tries_left, error.wait_s))
        except NoAgent as error:
            self._note_refused(desk_id, error.user_id, origin)
            return Answer(NotSignedIn(said.id, "role"))
        except TooManyTries as error:
            if self._slowed.is_due(desk_id, Deed.SLOWED, None):  # not each: they cost nothing
                self._audit.note(None, Deed.SLOWED, None, origin, outcome="refused", details={"desk": desk_id})
            return Answer(NotSignedIn(said.id, "slowed", wait_s=error.wait_s))
        self._first_until = min(self._first_until, shift.until)
        self._open.add(shift.id)
        holds_s = max(1, int(shift.until - self._clock()))
        told = SignedIn(said.id, shift.id, user.id, user.login, user.name, shift.agent_id, user.team, holds_s)
        return Answer(told, [(one.desk_id, ShiftOver(one.id, one.because or "signed_out")) for one in over])

    def _begin(self, desk_id: str, user_id: str, origin: Origin) -> tuple[User, Shift, Sequence[Shift]]:
        """With its rows of the audit, or not at all. Raises NoAgent, WrongPassword."""
        with self._audit.together():
            user = self._directory.user(user_id)
            if user is None or not user.may_come_in:  # since a moment ago
                raise WrongPassword(0, user_id)
            try:
                shift, over = self._desks.begin_shift(desk_id, user)
            except AccountRefused:
                raise NoAgent(user_id) from None
            for one in over:
                details = {"desk": one.desk_id, "because": one.because}
                self._audit.note(user.id, Deed.SIGN_OUT, one.user_id, origin, details=details)
            self._audit.note(user.id, Deed.SIGN_IN, None, origin, details={"desk": desk_id})
            return user, shift, over

    def _sign_out(self, desk_id: str, shift_id: str, origin: Origin) -> None:
        shift = self._desks.shift(shift_id)
        if shift is not None and shift.desk_id == desk_id:
            self._end(shift, "signed_out", shift.user_id, origin)

    def _end(self, shift: Shift, because: ShiftOverBecause, actor: str | None, origin: Origin) -> bool:
        """False where it had ended. `actor`: null where callcoach ended it."""
        with self._audit.together():
            if self._desks.end_shift(shift.id, because) is None:
                return False
            target = shift.user_id if actor != shift.user_id else None
            details = {"desk": shift.desk_id, "because": because}
            self._audit.note(actor, Deed.SIGN_OUT, target, origin, details=details)
            return True

    def _note_refused(self, desk_id: str, user_id: str | None, origin: Origin) -> None:
        self._audit.note(None, Deed.SIGN_IN, user_id, origin, outcome="refused", details={"desk": desk_id})


def refusal(
    shift: Shift | None, desk_id: str, facts: Sequence[CallFacts], started_at: float | None
) -> RefusedBecause | None:
    """As `Shifts.refusal`. Pure."""
    if shift is None or shift.desk_id != desk_id:
        return "identity"
    if any((one.agent_id, one.team) != (shift.agent_id, shift.team) for one in facts):
        return "identity"
    if started_at is None:
        return None
    ended_at = shift.until if shift.ended_at is None else min(shift.until, shift.ended_at)
    is_in_it = shift.begun_at - TOLERATED_S <= started_at <= ended_at + TOLERATED_S
    return None if is_in_it else "identity"


def _is_still(shift: Shift, user: User | None) -> bool:
    """Whether the agent of the shift may have it: neither disabled nor removed, still an agent, of that id and team.

    Whose leads are called for help and see the calls is told by the shift: in another team that is another one.
    """
    if user is None or not user.may_come_in or user.role is not Role.AGENT:
        return False
    return (user.agent_id, user.team) == (shift.agent_id, shift.team)
