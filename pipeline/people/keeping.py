"""What accounts ask of the database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from pipeline.people.keys import KeptLink, Session, Token
from pipeline.people.users import Team, User


class Kept(Protocol):
    """All that is kept of people, within one transaction. `put_` adds, or changes what has the same id (or secret)."""

    def company(self) -> str: ...

    def put_company(self, name: str) -> None: ...

    def user(self, user_id: str) -> User | None:
        """Also one who was removed."""

    def user_named(self, name: str) -> User | None:
        """By login, else by agent id."""

    def user_of_agent(self, agent_id: str) -> User | None: ...

    def users(self) -> list[User]:
        """Those that were not removed, in the order they were added."""

    def user_of_telephone(self, telephone_id: str) -> User | None: ...

    def owners(self) -> Mapping[str, str]:
        """Of each name that signs in, login or agent id in the one form of names, the id of its user."""

    def put_user(self, user: User) -> None:
        """All but the password: `has_password` is not looked at."""

    def password(self, user_id: str) -> str | None:
        """As argon2 encodes it."""

    def put_password(self, user_id: str, encoded: str | None) -> None: ...

    def holder(self, agent_id: str) -> str | None:
        """Id of the user who was the first to be given this agent id."""

    def put_holder(self, agent_id: str, user_id: str) -> None: ...

    def has_calls(self, agent_id: str) -> bool: ...

    def forget(self, agent_id: str) -> None:
        """Takes the agent's name out of the records of their calls; forgets what is usual for their voice."""

    def forget_lists(self, user_id: str) -> None:
        """Removes the views of lists that somebody kept, and the marks that they set."""

    def teams(self) -> list[Team]:
        """By name."""

    def put_team(self, team: Team) -> None: ...

    def remove_team(self, team_id: str) -> None: ...

    def session(self, secret: str) -> Session | None:
        """By its digest; also one that has ended."""

    def sessions(self, user_id: str) -> list[Session]:
        """The newest first."""

    def user_of_session(self, session_id: str) -> str | None:
        """Also of one that has ended."""

    def put_session(self, session: Session) -> None: ...

    def end_sessions(self, user_id: str, at: float, but: str | None = None) -> None:
        """All that are open, but the one with this id."""

    def end_shifts(self, user_id: str, at: float) -> None:
        """Those that are open, at desks: as the account is another now."""

    def remove_sessions(self, user_id: str | None, begun_before: float) -> None:
        """`user_id` null: of everybody."""

    def link(self, secret: str) -> KeptLink | None: ...

    def put_link(self, link: KeptLink) -> None: ...

    def void_links(self, user_id: str | None, at: float) -> None:
        """Those not used yet count as used; of nobody: FIRST links."""

    def remove_links(self, expired_before: float) -> None: ...

    def token(self, secret: str) -> Token | None: ...

    def tokens(self) -> list[Token]:
        """Those revoked too, in the order they were added."""

    def put_token(self, token: Token) -> None: ...


class Keeping(Protocol):
    """Thread-safe; every transaction raises StoreError where the database refuses."""

    def reading(self) -> AbstractContextManager[Kept]: ...

    def changing(self) -> AbstractContextManager[Kept]:
        """All or nothing, one at a time among all processes; raises the number of changes."""

    def marking(self) -> AbstractContextManager[Kept]:
        """As `changing`, for what changes nobody's permissions (when somebody was seen); waits for no other writer."""

    def changes(self) -> int: ...

    def empty_log(self) -> None:
        """What was deleted leaves the database's log too, unless somebody is reading just now."""
