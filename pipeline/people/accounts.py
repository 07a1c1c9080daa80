"""Sessions, links and passwords: the one way in, for the server and the command line.

Hashing blocks its thread: the server calls `sign_in`, `use` and `change_password` from threads, never in its loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from pipeline.errors import AccountRefused, StoreError
from pipeline.people.directory import UserFields, add_user
from pipeline.people.entrance import (
    FirstAdmin,
    Link,
    LinkGone,
    LinkPurpose,
    Opened,
    OpenSession,
    Origin,
    WrongPassword,
)
from pipeline.people.keeping import Keeping, Kept
from pipeline.people.keys import KeptLink, Session, digest, new_id, new_secret
from pipeline.people.names import checked_name, one_form
from pipeline.people.passwords import Passwords, accepted, as_typed
from pipeline.people.permissions import Role
from pipeline.people.person import Person
from pipeline.people.settings import PeopleSettings
from pipeline.people.slowing import Key, Slowing
from pipeline.people.users import User

SEEN_S = 60.0  # how exactly it is known when a session or token was last used
REMEMBERED_S = 30 * 86_400.0  # how long a browser is known to have been a user's, and a link to have been ours
LONGEST_AGENT = 200

T = TypeVar("T")


class Accounts:
    """An Entrance, and what people do to their own accounts. Thread-safe."""

    def __init__(
        self,
        keeping: Keeping,
        settings: PeopleSettings | None = None,
        *,
        passwords: Passwords | None = None,
        slowing: Slowing | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.slowing = slowing or Slowing()
        self._keeping = keeping
        self._settings = settings or PeopleSettings()
        self._passwords = passwords or Passwords()
        self._clock = clock

    def sign_in(self, login: str, password: str, origin: Origin) -> Opened:
        """`login`: a login or an agent id. Raises WrongPassword, TooManyTries."""
        return self._recognised(login, password, origin, lambda kept, user: self._begin(kept, user, origin))

    def recognise(self, login: str, password: str, origin: Origin) -> User:
        """As `sign_in`, of somebody who has no session here: an agent at a desk. Raises WrongPassword, TooManyTries."""

        def seen(kept: Kept, user: User) -> User:
            now = replace(user, signed_in_at=self._clock())
            kept.put_user(now)
            return now

        return self._recognised(login, password, origin, seen)

    def admit(self, user: User, origin: Origin) -> Opened:
        """At a desk: a session of somebody whom its centre has recognised, who are as it tells. All others end.

        Whoever else had the login or agent id here is here no longer.
        """
        with self._keeping.changing() as kept:
            now = self._clock()
            for other in kept.users():
                kept.end_sessions(other.id, now)
                if other.id != user.id and set(other.names) & set(user.names):
                    kept.put_password(other.id, None)
                    gone = User(other.id, "", "", other.role, other.added_at, is_disabled=True, removed_at=now)
                    kept.put_user(gone)
            kept.put_user(user)
            if user.agent_id is not None:
                kept.put_holder(user.agent_id, user.id)
            return self._begin(kept, user, origin)

    def _recognised(self, login: str, password: str, origin: Origin, then: Callable[[Kept, User], T]) -> T:
        name, key = one_form(login), digest(origin.earlier)
        with self._keeping.reading() as kept:
            user = kept.user_named(name) or kept.user_of_agent(login.strip())
            encoded = kept.password(user.id) if user is not None and user.may_come_in else None
            earlier = kept.session(key) if origin.earlier else None
        keys = [Key.of_name(name), Key.of_address(origin.address)]
        if user is not None and earlier is not None and earlier.user_id == user.id:
            keys = [Key.of_browser(user.id, earlier.id)]
        tries_left = self.slowing.begin(keys)
        if not self._passwords.is_right(as_typed(password), encoded) or user is None or encoded is None:
            raise WrongPassword(tries_left, user.id if user is not None else None, self._wait_s(keys))
        self.slowing.was_right(keys[0], keys[1:])
        better = self._passwords.encoded(as_typed(password)) if self._passwords.is_outdated(encoded) else None
        with self._keeping.changing() as kept:
            now = kept.user(user.id)
            if now is None or not now.may_come_in or kept.password(user.id) != encoded:  # changed in the meantime
                raise WrongPassword(tries_left, user.id)
            if better is not None:
                kept.put_password(user.id, better)
            return then(kept, now)

    def sign_out(self, secret: str, origin: Origin) -> None:
        key = digest(secret)
        with self._keeping.reading() as kept:  # whoever shows what is no session makes nobody wait for the database
            session = kept.session(key)
        if session is None or session.ended_at is not None:
            return
        with self._keeping.changing() as kept:
            again = kept.session(key)
            if again is not None and again.ended_at is None:
                kept.put_session(replace(again, ended_at=self._clock()))

    def signed_in(self, secret: str, is_used: bool = True) -> OpenSession | None:
        now = self._clock()
        with self._keeping.reading() as kept:
            session = kept.session(digest(secret))
            user = kept.user(session.user_id) if session is not None else None
        if session is None or user is None or not user.may_come_in or not self._is_open(session, now):
            return None
        if is_used and now - session.seen_at >= SEEN_S:
            with suppress(StoreError), self._keeping.marking() as kept:
                again = kept.session(session.secret)
                if again is not None and again.ended_at is None:
                    kept.put_session(replace(again, seen_at=now))
        return _signed_in(session, user)

    def machine(self, token: str) -> Person | None:
        now = self._clock()
        with self._keeping.reading() as kept:
            found = kept.token(digest(token.strip()))
        if found is None or found.revoked_at is not None:
            return None
        if found.used_at is None or now - found.used_at >= SEEN_S:
            with suppress(StoreError), self._keeping.marking() as kept:
                again = kept.token(found.secret)
                if again is not None:
                    kept.put_token(replace(again, used_at=now))
        return found.person

    def changes(self) -> int:
        return self._keeping.changes()

    def company(self) -> str:
        with self._keeping.reading() as kept:
            return kept.company()

    def is_first_run(self) -> bool:
        """Whether there is no administrator yet: a FIRST link makes one."""
        with self._keeping.reading() as kept:
            return _is_first_run(kept)

    def make_link(self, purpose: LinkPurpose, user_id: str | None = None) -> tuple[str, Link]:
        """A link's secret and what it is for. Any but DESK voids the links of this user that were not used.

        Raises AccountRefused. `user_id`: null for FIRST. RESET of somebody without a password is an INVITE.
        """
        secret, now = new_secret(), self._clock()
        with self._keeping.changing() as kept:
            user = kept.user(user_id) if user_id is not None else None
            if purpose == LinkPurpose.FIRST and not _is_first_run(kept):
                raise AccountRefused("there is an administrator: nobody else is made by a link", "not_first")
            if purpose != LinkPurpose.FIRST and (user is None or not user.may_come_in):
                raise AccountRefused("there is no such user, or one who may not come in", "unknown")
            if user is not None and purpose in (LinkPurpose.INVITE, LinkPurpose.RESET):
                purpose = LinkPurpose.RESET if user.has_password else LinkPurpose.INVITE
            is_printed = purpose in (LinkPurpose.FIRST, LinkPurpose.DESK)
            holds_s = self._settings.link_s if is_printed else self._settings.invitation_s
            if purpose != LinkPurpose.DESK:  # one is printed and another opened by itself, at one start
                kept.void_links(user_id, now)
            kept.remove_links(now - REMEMBERED_S)
            link = KeptLink(digest(secret), purpose, user_id, now + holds_s)
            kept.put_link(link)
            return secret, _told(link, user)

    def look(self, link: str) -> Link:
        with self._keeping.reading() as kept:
            return _told(*self._found(kept, link))

    def enter(self, link: str, origin: Origin) -> Opened:
        self.look(link)  # as in `sign_out`: a link that is none costs no transaction
        with self._keeping.changing() as kept:
            found, user = self._found(kept, link)
            if found.purpose != LinkPurpose.DESK or user is None:
                raise LinkGone(was_known=False)
            kept.put_link(replace(found, used_at=self._clock()))
            return self._begin(kept, user, origin)

    def use(self, link: str, password: str, origin: Origin, first: FirstAdmin | None = None) -> Opened:
        """Sets the password that a FIRST, INVITE or RESET link is for, and signs in. Raises LinkGone, AccountRefused.

        `first`: with FIRST. A password that is refused leaves the link unused.
        """
        now = self._clock()
        with self._keeping.reading() as kept:
            found, user = self._found(kept, link)
        if found.purpose == LinkPurpose.DESK:
            raise LinkGone(was_known=False)
        if (found.purpose == LinkPurpose.FIRST) != (first is not None):
            raise AccountRefused(
                "company, name and login are for the first administrator, and are needed there", "first"
            )
        names = [first.company, first.name, first.login] if first is not None else _names(user)
        encoded = self._passwords.encoded(accepted(password, names))
        with self._keeping.changing() as kept:
            found, user = self._found(kept, link)
            if first is not None:
                user = add_user(kept, UserFields(first.login, first.name, Role.ADMIN), now)
                kept.put_company(checked_name(first.company, "company"))
            assert user is not None
            _put_password(kept, user.id, encoded, now)
            return self._begin(kept, replace(user, has_password=True), origin)

    def set_password(self, user_id: str, password: str) -> None:
        """At the machine: nobody is asked for the one before. All sessions of the user end. Raises AccountRefused."""
        with self._keeping.reading() as kept:
            user = _coming_in(kept, user_id)
        encoded = self._passwords.encoded(accepted(password, _names(user)))
        with self._keeping.changing() as kept:
            _coming_in(kept, user_id)
            _put_password(kept, user_id, encoded, self._clock())

    def change_password(self, signed_in: OpenSession, old: str, new: str, origin: Origin) -> None:
        """All other sessions of the user end. Raises WrongPassword, TooManyTries, AccountRefused."""
        user_id = signed_in.person.id
        keys = [Key.of_browser(user_id, signed_in.session_id)]
        with self._keeping.reading() as kept:
            user, encoded = kept.user(user_id), kept.password(user_id)
        checked = accepted(new, _names(user))
        tries_left = self.slowing.begin(keys)
        if not self._passwords.is_right(as_typed(old), encoded):
            raise WrongPassword(tries_left, user_id, self._wait_s(keys))
        self.slowing.was_right(keys[0], ())
        changed, now = self._passwords.encoded(checked), self._clock()
        with self._keeping.changing() as kept:
            if kept.password(user_id) != encoded:  # reset or removed in the meantime: the old one is right no more
                raise WrongPassword(tries_left, user_id)
            _put_password(kept, user_id, changed, now, but=signed_in.session_id)

    def sessions(self, user_id: str) -> list[Session]:
        """Those that are open, the newest first."""
        now = self._clock()
        with self._keeping.reading() as kept:
            return [session for session in kept.sessions(user_id) if self._is_open(session, now)]

    def whose_session(self, session_id: str) -> str | None:
        """Id of its user, also after its end; None: there is no such session."""
        with self._keeping.reading() as kept:
            return kept.user_of_session(session_id)

    def end_session(self, user_id: str, session_id: str) -> bool:
        """False where this user has no such session."""
        with self._keeping.changing() as kept:
            for session in kept.sessions(user_id):
                if session.id == session_id and session.ended_at is None:
                    kept.put_session(replace(session, ended_at=self._clock()))
                    return True
        return False

    def end_sessions(self, user_id: str) -> None:
        with self._keeping.changing() as kept:
            kept.end_sessions(user_id, self._clock())

    def wait_s(self, user: User) -> float:
        """How long no password of this user is looked at that comes from a browser nobody knows; 0 as a rule."""
        return self._wait_s(_keys(user))

    def release(self, user: User) -> None:
        """Ends that wait, and forgets the wrong passwords."""
        self.slowing.release(_keys(user))

    def _wait_s(self, keys: Sequence[Key]) -> float:
        return max(self.slowing.wait_s(key) for key in keys)

    def _begin(self, kept: Kept, user: User, origin: Origin) -> Opened:
        """A session of its own for each sign-in; the one that this browser had ends."""
        now, secret = self._clock(), new_secret()
        before = kept.session(digest(origin.earlier)) if origin.earlier else None
        if before is not None and before.ended_at is None:
            kept.put_session(replace(before, ended_at=now))
        address, agent = (_cut(text) for text in (origin.address, origin.agent))
        session = Session(new_id(), digest(secret), user.id, now, now, None, address, agent)
        kept.remove_sessions(None, now - max(REMEMBERED_S, self._settings.session_end_s))
        kept.put_session(session)
        kept.put_user(replace(user, signed_in_at=now))
        return Opened(secret, _signed_in(session, user))

    def _found(self, kept: Kept, link: str) -> tuple[KeptLink, User | None]:
        """Raises LinkGone."""
        found = kept.link(digest(link))
        if found is None:
            raise LinkGone(was_known=False)
        user = kept.user(found.user_id) if found.user_id is not None else None
        is_void = found.used_at is not None or found.expires_at <= self._clock()
        is_nobodys = not _is_first_run(kept) if found.user_id is None else user is None or not user.may_come_in
        if is_void or is_nobodys:
            raise LinkGone(was_known=True)
        return found, user

    def _is_open(self, session: Session, now: float) -> bool:
        # abs: a clock that was ahead, and was set back, must not leave sessions that last until it is there again
        is_idle = abs(now - session.seen_at) > self._settings.session_idle_s
        is_old = abs(now - session.begun_at) > self._settings.session_end_s
        return session.ended_at is None and not is_idle and not is_old


def _is_first_run(kept: Kept) -> bool:
    return not any(user.role == Role.ADMIN for user in kept.users())


def _put_password(kept: Kept, user_id: str, encoded: str, now: float, but: str | None = None) -> None:
    """All that the one before has opened ends, at desks too, but this session; so do links."""
    kept.put_password(user_id, encoded)
    kept.end_sessions(user_id, now, but=but)
    kept.end_shifts(user_id, now)
    kept.void_links(user_id, now)


def _coming_in(kept: Kept, user_id: str) -> User:
    user = kept.user(user_id)
    if user is None or not user.may_come_in:
        raise AccountRefused("there is no such user, or one who may not come in", "unknown")
    return user


def _signed_in(session: Session, user: User) -> OpenSession:
    return OpenSession(session.id, user.person, user.login, user.name)


def _told(link: KeptLink, user: User | None) -> Link:
    return Link(link.purpose, user.login if user else "", user.name if user else "", link.expires_at)


def _keys(user: User) -> list[Key]:
    return [Key.of_name(name) for name in user.names]


def _names(user: User | None) -> list[str]:
    return [user.login, user.name] if user is not None else []


def _cut(text: str) -> str:
    """A browser may call itself anything: no lone surrogates, which no database takes."""
    return text[:LONGEST_AGENT].encode(errors="replace").decode()
