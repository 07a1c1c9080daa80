"""Desks: the machines of agents that report to this server. A code lets one in, a token names it, a shift its agent.

A code is typed once, within minutes. The desk's token says which machine speaks; whose calls these are says the shift,
which an agent has begun there with their account: records under another identity are refused.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from pipeline.errors import AccountRefused
from pipeline.events.actor import Actor
from pipeline.people.desk_code import LETTERS, as_shown, as_typed
from pipeline.people.keys import CODE_ALPHABET, Token, digest, new_id
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.tokens import Tokens
from pipeline.people.users import User
from pipeline.printable import printable

CODE_S = 600.0
SHIFT_S = 12 * 3_600.0
DEAD_S = 1_767_225_600.0  # 2026-01-01: a clock that says less has died, and tells nothing
TOLERATED_S = 300.0  # by which a desk's clock may be wrong, after what is known of it was taken off
SEEN_S = 60.0  # how exactly it is known when a desk was last heard of

ShiftOverBecause = Literal["signed_out", "elsewhere", "account", "expired"]
"""Signed out; signed in elsewhere; disabled, removed, of another agent id, team or password; as long as one may be."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A machine. `id`: of its token. `offset_ms`: how far its clock was ahead of ours. Times in seconds since 1970."""

    id: str
    name: str
    installation: str
    machine: str
    program: str
    enrolled_at: float
    seen_at: float | None = None
    offset_ms: int | None = None
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class DeskCode:
    """With which one machine is enrolled."""

    secret: str = field(repr=False)  # digest
    made_by: Actor
    expires_at: float
    used_at: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent at a desk, from sign-in to sign-out. The team is the one of then."""

    id: str
    desk_id: str
    user_id: str
    agent_id: str
    team: str | None
    begun_at: float
    until: float
    ended_at: float | None = None
    because: ShiftOverBecause | None = None

    def is_open(self, now: float) -> bool:
        return self.ended_at is None and now < self.until


class DesksKept(Protocol):
    """Thread-safe; each call is a transaction, or part of the one that the thread is in. Raises StoreError."""

    def put_code(self, code: DeskCode) -> None: ...

    def use_code(self, secret: str, now: float) -> DeskCode | None:
        """By its digest; None for one that is unknown, used or expired. Nobody uses it again."""

    def put(self, desk: Desk) -> None:
        """Adds it, or changes the one with its id: all but what its token tells."""

    def desks(self) -> list[Desk]:
        """Those revoked too, in the order they were enrolled."""

    def desk(self, desk_id: str) -> Desk | None: ...

    def succeed(self, former_id: str, desk_id: str) -> None:
        """The same machine under another id: shifts and calls of the former desk are this one's."""

    def put_shift(self, shift: Shift) -> None: ...

    def shift(self, shift_id: str) -> Shift | None: ...

    def newest_shift(self, desk_id: str) -> Shift | None:
        """Also one that has ended."""

    def newest_shifts(self, desk_id: str, most: int) -> list[Shift]:
        """Those that were begun last there, the newest first; also those that have ended."""

    def open_shifts(self, *, desk_id: str | None = None, user_id: str | None = None) -> list[Shift]:
        """Those that nobody has ended, the newest first; null: of all."""


class Desks:
    """Thread-safe. Whatever may not be raises AccountRefused and changes nothing."""

    def __init__(self, kept: DesksKept, tokens: Tokens, clock: Callable[[], float] = time.time) -> None:
        self._kept = kept
        self._tokens = tokens
        self._clock = clock

    # --- machines ------------------------------------------------------------------------------------------------

    def make_code(self, made_by: Actor, certificate: bytes | None = None) -> tuple[str, DeskCode]:
        """The code as it is typed, and until when it holds. `certificate`: DER, where this server shows its own."""
        letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(LETTERS))
        code = DeskCode(digest(letters), made_by, self._clock() + CODE_S)
        self._kept.put_code(code)
        return as_shown(letters, certificate), code

    def enrol(self, code: str, name: str, installation: str, machine: str, program: str) -> tuple[str, Desk]:
        """The desk's token, which is kept nowhere, and the desk. `name`: one that no other desk or token has.

        A machine that is enrolled again gets another token; the one before holds no longer. Its calls and shifts
        are the new desk's: what it has still to deliver is taken.
        """
        now, typed = self._clock(), as_typed(code)
        if typed is None or self._kept.use_code(digest(typed.secret), now) is None:
            raise AccountRefused(
                "this code was used, has expired, or never was: a new one is made on /admin", "unknown"
            )
        formers = [former for former in self._kept.desks() if former.installation == installation]
        for former in formers:
            if former.revoked_at is None:
                self.revoke(former.id)
        secret, token = self._tokens.add(name, MachineRole.DESK)
        desk = Desk(token.id, token.name, installation, printable(machine), printable(program), now)
        self._kept.put(desk)
        for former in formers:
            self._kept.succeed(former.id, desk.id)
        return secret, desk

    def desks(self) -> list[Desk]:
        return self._kept.desks()

    def desk(self, desk_id: str) -> Desk | None:
        return self._kept.desk(desk_id)

    def see(self, desk: Desk, installation: str, machine: str, program: str, offset_ms: int) -> Desk:
        """As it presents itself now."""
        seen = replace(
            desk, installation=installation, machine=printable(machine), program=printable(program),
            offset_ms=offset_ms, seen_at=self._clock(),
        )  # fmt: skip
        self._kept.put(seen)
        return seen

    def revoke(self, desk_id: str) -> Token:
        """For good, and at once. The shift goes on at the machine, so that what it brings once it is enrolled again is
        taken.
        """
        desk = self._kept.desk(desk_id)
        if desk is None or desk.revoked_at is not None:
            raise AccountRefused("there is no such desk in use", "unknown")
        return self._tokens.revoke(desk_id)

    # --- shifts --------------------------------------------------------------------------------------------------

    def begin_shift(self, desk_id: str, user: User) -> tuple[Shift, Sequence[Shift]]:
        """The shift, and those that it ends: of this desk, and of this user elsewhere."""
        if user.role is not Role.AGENT or user.agent_id is None:
            raise AccountRefused("only an agent signs in at a desk; others open the centre's own pages", "role")
        now = self._clock()
        ended = [
            *(replace(one, ended_at=now, because="signed_out") for one in self._kept.open_shifts(desk_id=desk_id)),
            *(
                replace(one, ended_at=now, because="elsewhere")
                for one in self._kept.open_shifts(user_id=user.id)
                if one.desk_id != desk_id
            ),
        ]
        for one in ended:
            self._kept.put_shift(one)
        shift = Shift(new_id(), desk_id, user.id, user.agent_id, user.team, now, now + SHIFT_S)
        self._kept.put_shift(shift)
        return shift, ended

    def end_shift(self, shift_id: str, because: ShiftOverBecause) -> Shift | None:
        """None where there is none, or it has ended."""
        shift = self._kept.shift(shift_id)
        if shift is None or shift.ended_at is not None:
            return None
        ended = replace(shift, ended_at=self._clock(), because=because)
        self._kept.put_shift(ended)
        return ended

    def shift(self, shift_id: str) -> Shift | None:
        return self._kept.shift(shift_id)

    def newest_shift(self, desk_id: str) -> Shift | None:
        """The one that was begun last there; also one that has ended."""
        return self._kept.newest_shift(desk_id)

    def open_shifts(self) -> list[Shift]:
        """Those that nobody has ended, of all desks; also those that are over by now."""
        return self._kept.open_shifts()

    def shift_at(self, desk_id: str) -> Shift | None:
        """The one that is open there now."""
        return self.shifts_at([desk_id]).get(desk_id)

    def shifts_at(self, desk_ids: Sequence[str]) -> dict[str, Shift]:
        """Those that are open now at these desks, looked up at once."""
        now, only = self._clock(), desk_ids[0] if len(desk_ids) == 1 else None
        wanted = set(desk_ids)
        open_ = [one for one in self._kept.open_shifts(desk_id=only) if one.is_open(now)]
        return {one.desk_id: one for one in reversed(open_) if one.desk_id in wanted}  # the newest counts

    def shift_of(self, agent_id: str) -> Shift | None:
        """Where this agent sits now."""
        now = self._clock()
        found = (one for one in self._kept.open_shifts() if one.agent_id == agent_id and one.is_open(now))
        return next(found, None)
