"""A user and a team, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass

import uuid_utils

from pipeline.people.names import checked_login, checked_name, one_form
from pipeline.people.permissions import Role
from pipeline.people.person import Person


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in. Times in seconds since 1970; `has_password` is false until an invitation was used.

    Of one who was removed id and role are left; login and name are "".
    """

    id: str  # UUIDv7; it stands in records and audit as the actor
    login: str
    name: str
    role: Role
    added_at: float
    team: str | None = None  # id of a team, of agents and leads
    assigned: tuple[str, ...] = ()  # of QA: ids of teams, or EVERY_TEAM
    agent_id: str | None = None  # the number that calls carry as CallFacts.agent_id
    telephone_id: str | None = None  # the agent's id in the telephone system
    is_disabled: bool = False
    has_password: bool = False
    signed_in_at: float | None = None
    removed_at: float | None = None

    @property
    def may_come_in(self) -> bool:
        return not self.is_disabled and self.removed_at is None

    @property
    def person(self) -> Person:
        return Person(self.id, self.role, self.agent_id, self.team, self.assigned)

    @property
    def names(self) -> tuple[str, ...]:
        """What signs the user in, in the one form of names; nothing of one who was removed."""
        return tuple(one_form(name) for name in (self.login, self.agent_id) if name)

    @property
    def ids(self) -> dict[str, object]:
        """What the audit may know of a user besides the id: nothing by which a removed person could be told."""
        return {
            "role": self.role, "team": self.team, "assigned": list(self.assigned), "agent_id": self.agent_id,
            "telephone_id": self.telephone_id, "is_disabled": self.is_disabled,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """`id` is what calls carry as CallFacts.team, and never changes; `name` is shown."""

    id: str
    name: str
    added_at: float


def new_user(login: str, name: str, role: Role, added_at: float) -> User:
    """Raises AccountRefused."""
    return User(str(uuid_utils.uuid7()), checked_login(login), checked_name(name), role, added_at)
