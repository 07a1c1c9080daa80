"""How somebody is let in, as the server and the command line use it: by password, one-time link, session or token.

`accounts.py` is the one implementation; what it keeps is in the ports beside it and in `store`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pipeline.errors import AccountRefused as AccountRefused  # raised by `use`
from pipeline.people.person import Person


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    DESK = "desk"  # printed by demo and live: signs in the person at the machine, at once
    FIRST = "first"  # printed by the first serve: creates the first administrator
    INVITE = "invite"  # a new person sets the first password
    RESET = "reset"  # a person sets another password; all their sessions end


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, for audit and the list of sessions."""

    address: str  # of the client, as the server or a named proxy tells it; "here" for the command line
    agent: str = ""  # the browser or program, as it calls itself; cut to 200 characters
    earlier: str = field(default="", repr=False)  # the secret of a session, ended or not, that this browser still shows


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that is open."""

    session_id: str  # its public name, for lists; not the secret
    person: Person
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun: `secret` goes into the cookie and is kept nowhere else."""

    secret: str
    signed_in: OpenSession


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link, without its secret. `login` and `name` are "" for FIRST."""

    purpose: LinkPurpose
    login: str
    name: str
    expires_at: float  # seconds since 1970


def link_path(purpose: LinkPurpose, secret: str, page: str = "/agent") -> str:
    """Of a link on the server. A fragment is sent to nobody, so it stands in no log; a desk's link opens `page` by
    itself.
    """
    return f"{page}?key={secret}" if purpose == LinkPurpose.DESK else f"/login#{secret}"


class WrongPassword(Exception):
    """Name or password is wrong; which of both is told to nobody, also not by the time it takes."""

    def __init__(self, tries_left: int, user_id: str | None = None, wait_s: float = 0.0) -> None:
        """`user_id`: whose name it was, for the audit alone. `wait_s`: until another is looked at."""
        super().__init__("the name or the password is wrong")
        self.tries_left = tries_left  # before it gets slow
        self.wait_s = wait_s
        self.user_id = user_id


class TooManyTries(Exception):
    """For this name, or from this address, no password is looked at now; never for good."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many wrong passwords: wait {wait_s:.0f} s")
        self.wait_s = wait_s


class LinkGone(Exception):
    """The link was used, has expired, or never was. `was_known`: it once was one of ours."""

    def __init__(self, was_known: bool) -> None:
        super().__init__("this link was used or has expired" if was_known else "there is no such link")
        self.was_known = was_known


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """What the first administrator tells besides the password."""

    company: str
    login: str
    name: str


class Entrance(Protocol):
    """Thread-safe. Raises StoreError where the database refuses."""

    def company(self) -> str:
        """Its name, which the sign-in page shows; "" where nobody has told it."""

    def is_first_run(self) -> bool:
        """Whether there is no administrator yet."""

    def sign_in(self, login: str, password: str, origin: Origin) -> Opened:
        """Raises WrongPassword, TooManyTries."""

    def sign_out(self, secret: str, origin: Origin) -> None: ...

    def signed_in(self, secret: str, is_used: bool = True) -> OpenSession | None:
        """The session of a cookie; None when it has ended, or its user may not come in.

        `is_used`: it is marked as seen, and its idle end moves on.
        """

    def machine(self, token: str) -> Person | None:
        """The machine of a token, and marks it as used; None for one that is revoked or unknown."""

    def look(self, link: str) -> Link:
        """What a link is for; does not use it. Raises LinkGone."""

    def enter(self, link: str, origin: Origin) -> Opened:
        """Uses a DESK link. Raises LinkGone."""

    def use(self, link: str, password: str, origin: Origin, first: FirstAdmin | None = None) -> Opened:
        """Uses an INVITE, RESET or (with `first`) FIRST link: sets the password, and signs in.

        Raises LinkGone; AccountRefused, and the link can be used again.
        """

    def changes(self) -> int:
        """A number that another process's or this one's change of users, sessions, tokens or teams makes greater."""
