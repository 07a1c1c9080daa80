"""How somebody is let in at a desk: the centre looks at the password, and what it says is kept here for the shift."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from pipeline.desk.centre import CentreOfDesk
from pipeline.desk.shift import ShiftsHere
from pipeline.desk_protocol.messages import NotSignedIn, SignedIn, SignIn, SignOut
from pipeline.errors import AccountRefused, CallcoachError, CentreAway, StoreError
from pipeline.people.accounts import Accounts
from pipeline.people.desks import SHIFT_S
from pipeline.people.directory import Directory
from pipeline.people.entrance import (
    FirstAdmin,
    Link,
    LinkGone,
    Opened,
    OpenSession,
    Origin,
    TooManyTries,
    WrongPassword,
)
from pipeline.people.keys import new_id
from pipeline.people.names import one_form
from pipeline.people.permissions import Role
from pipeline.people.person import Person
from pipeline.people.settings import PeopleSettings
from pipeline.people.users import User
from pipeline.store.database import Database
from pipeline.store.desks import SqlDesks
from pipeline.store.people import SqlPeople

_AS_LONG_AS_A_SHIFT = PeopleSettings(session_idle_s=int(SHIFT_S), session_end_s=int(SHIFT_S))
BUSY = "a call of the agent before still runs at this desk: sign in when it has ended"


class DeskEntrance:
    """An Entrance. One agent at a time: whoever signs in ends the shift and the session of the one before.

    A session holds as long as its shift, whether the centre is there or not, and to the end of a call that runs when
    the shift ends: its page must not go in the middle of it.
    """

    def __init__(
        self,
        accounts: Accounts,
        shifts: ShiftsHere,
        centre: CentreOfDesk,
        user: Callable[[str], User | None],
        is_calling: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`accounts`: of this desk's own database. `user`: there, by id."""
        self.shifts = shifts
        self._accounts = accounts
        self._centre = centre
        self._user = user
        self._is_calling = is_calling
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    @classmethod
    def of(
        cls,
        database: Database,
        desk_id: str,
        centre: CentreOfDesk,
        is_calling: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> DeskEntrance:
        """`desk_id`: as the centre knows this machine."""
        keeping = SqlPeople(database)
        accounts = Accounts(keeping, _AS_LONG_AS_A_SHIFT, clock=clock)
        user = Directory(keeping, clock).user
        return cls(accounts, ShiftsHere(SqlDesks(database), desk_id, user, clock), centre, user, is_calling, clock)

    def company(self) -> str:
        return self._centre.status().name

    def is_first_run(self) -> bool:
        """An administrator there is at the centre alone."""
        return False

    def sign_in(self, login: str, password: str, origin: Origin) -> Opened:
        """Raises WrongPassword and TooManyTries as the centre tells; CentreAway; AccountRefused for who is no agent
        (desk_role), and while a call of somebody else runs (desk_busy).
        """
        with self._one_at_a_time:
            if self._is_calling() and not self._is_of_newest(login):
                raise AccountRefused(BUSY, "desk_busy")
            told = self._asked(SignIn(new_id(), login, password))
            before = self.shifts.newest()
            if self._is_calling() and (before is None or before.user_id != told.user_id):  # it has begun meanwhile
                self._leave(told.shift)
                raise AccountRefused(BUSY, "desk_busy")
            self.shifts.begin(told)
            now = self._clock()
            user = User(
                told.user_id, told.login, told.name, Role.AGENT, now, team=told.team, agent_id=told.agent_id
            )  # fmt: skip
            return self._accounts.admit(user, origin)

    def sign_out(self, secret: str, origin: Origin) -> None:
        """The centre is told now, or once it is there again (`ShiftsHere.to_tell`)."""
        found, sitting = self._accounts.signed_in(secret, is_used=False), self.shifts.now()
        self._accounts.sign_out(secret, origin)
        if found is not None and sitting is not None and sitting.shift.user_id == found.person.id:
            self.shifts.end(sitting.shift.id, "signed_out")
            self._leave(sitting.shift.id)

    def signed_in(self, secret: str, is_used: bool = True) -> OpenSession | None:
        found = self._accounts.signed_in(secret, is_used)
        if found is None:
            return None
        sitting = self.shifts.now()
        if sitting is not None and sitting.shift.user_id == found.person.id:
            return found
        newest = self.shifts.newest()
        if newest is not None and newest.user_id == found.person.id and self._is_calling():
            return found
        with suppress(StoreError):  # it opens nothing all the same
            self._accounts.end_sessions(found.person.id)
        return None

    def machine(self, token: str) -> Person | None:
        return self._accounts.machine(token)

    def look(self, link: str) -> Link:
        """Links are used at the centre."""
        raise LinkGone(was_known=False)

    def enter(self, link: str, origin: Origin) -> Opened:
        raise LinkGone(was_known=False)

    def use(self, link: str, password: str, origin: Origin, first: FirstAdmin | None = None) -> Opened:
        raise LinkGone(was_known=False)

    def changes(self) -> int:
        return self._accounts.changes() + self.shifts.changes

    def _asked(self, said: SignIn) -> SignedIn:
        try:
            told = self._centre.ask(said)
        except StoreError:
            raise
        except CallcoachError as error:
            why = f"the centre cannot be asked just now, so signing in has to wait until it is there again: {error}"
            raise CentreAway(why, "centre_away") from None
        if isinstance(told, SignedIn):
            return told
        raise self._refused(told)

    def _refused(self, told: NotSignedIn) -> Exception:
        match told.because:
            case "wrong":
                return WrongPassword(told.tries_left, wait_s=told.wait_s)
            case "slowed":
                return TooManyTries(told.wait_s)
            case "role":
                where = self._centre.status().address
                return AccountRefused(f"at a desk agents sign in alone: open {where} for all else", "desk_role")
            case "busy":
                return CentreAway("too many sign in at the centre just now: try again in a moment", "centre_busy")

    def _is_of_newest(self, login: str) -> bool:
        """Whether the login, or agent id, is of the agent who was here last."""
        newest = self.shifts.newest()
        user = self._user(newest.user_id) if newest is not None else None
        return user is not None and one_form(login) in user.names

    def _leave(self, shift_id: str) -> None:
        with suppress(CallcoachError):
            self._centre.say(SignOut(shift_id))
