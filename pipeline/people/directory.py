"""Who there is: users and teams, added, changed and removed by an administrator or at the machine.

Each change is one transaction. What is noted in the audit within `Keeping.changing` of the same thread is kept with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from pipeline.errors import AccountRefused
from pipeline.people.keeping import Keeping, Kept
from pipeline.people.names import checked_id, checked_login, checked_name, checked_team_id, one_form
from pipeline.people.permissions import Role
from pipeline.people.person import EVERY_TEAM
from pipeline.people.users import Team, User, new_user


@dataclass(frozen=True, slots=True)
class UserFields:
    """What is told of a user; an empty text counts as nothing."""

    login: str
    name: str
    role: Role
    team: str | None = None
    assigned: tuple[str, ...] = ()
    agent_id: str | None = None
    telephone_id: str | None = None
    is_disabled: bool = False


MOST_ASSIGNED = 100  # teams of one in QA; whoever has more has all
CHANGEABLE = frozenset(field.name for field in fields(UserFields))


class Directory:
    """Thread-safe. Whatever may not be raises AccountRefused and changes nothing."""

    def __init__(self, keeping: Keeping, clock: Callable[[], float] = time.time) -> None:
        self._keeping = keeping
        self._clock = clock

    def users(self) -> list[User]:
        with self._keeping.reading() as kept:
            return kept.users()

    def agents(self) -> dict[str, str]:
        """Names by agent id."""
        return {user.agent_id: user.name for user in self.users() if user.agent_id is not None}

    def user(self, user_id: str) -> User | None:
        """Also one who was removed: id and role are left of them."""
        with self._keeping.reading() as kept:
            return kept.user(user_id)

    def user_named(self, name: str) -> User | None:
        """By login or agent id."""
        with self._keeping.reading() as kept:
            return kept.user_named(one_form(name)) or kept.user_of_agent(name.strip())

    def user_of_agent(self, agent_id: str) -> User | None:
        with self._keeping.reading() as kept:
            return kept.user_of_agent(agent_id)

    def add(self, told: UserFields) -> User:
        """Without a password: an invitation link sets the first."""
        with self._keeping.changing() as kept:
            return add_user(kept, told, self._clock())

    def change(self, user_id: str, changes: Mapping[str, Any]) -> User:
        """`changes`: by names of UserFields. One who is disabled is signed out at once."""
        with self._keeping.changing() as kept:
            return change_user(kept, user_id, changes, self._clock())

    def remove(self, user_id: str) -> User:
        """The person goes, also from the records of their calls; the calls and the id stay. As the user was before."""
        with self._keeping.changing() as kept:
            user, now = _present(kept, user_id), self._clock()
            _spare_last_admin(kept, user, None)
            kept.put_password(user_id, None)
            kept.remove_sessions(user_id, now + 1)
            kept.void_links(user_id, now)
            kept.forget_lists(user_id)
            if user.agent_id is not None:
                kept.forget(user.agent_id)
            kept.put_user(User(user.id, "", "", user.role, user.added_at, is_disabled=True, removed_at=now))
            return user

    def forget_removed(self) -> None:
        """After a removal is kept: nothing of the person lies in the database's log."""
        self._keeping.empty_log()

    def teams(self) -> list[Team]:
        with self._keeping.reading() as kept:
            return kept.teams()

    def add_team(self, name: str, team_id: str | None = None) -> Team:
        """`team_id`: what calls carry as their team, where that is not the name."""
        with self._keeping.changing() as kept:
            return add_team(kept, name, team_id, self._clock())

    def rename_team(self, team_id: str, name: str) -> Team:
        with self._keeping.changing() as kept:
            team = replace(_team(kept, team_id), name=checked_name(name))
            _check_team_name(kept, team)
            kept.put_team(team)
            return team

    def remove_team(self, team_id: str) -> Team:
        """Only one that nobody is in. Its calls keep it; who was assigned to it no longer is."""
        with self._keeping.changing() as kept:
            team = _team(kept, team_id)
            if inside := [user.login for user in kept.users() if user.team == team_id]:
                raise AccountRefused(
                    f"{len(inside)} are still in team {team.name}: {', '.join(inside[:5])}", "not_empty"
                )
            for user in kept.users():
                if team_id in user.assigned:
                    kept.put_user(replace(user, assigned=tuple(one for one in user.assigned if one != team_id)))
            kept.remove_team(team_id)
            return team


def add_user(kept: Kept, told: UserFields, now: float) -> User:
    user = _filled(new_user(told.login, told.name, told.role, now), told)
    _check(kept, user)
    _put(kept, user)
    return user


def change_user(kept: Kept, user_id: str, changes: Mapping[str, Any], now: float) -> User:
    user = _present(kept, user_id)
    if unknown := sorted(set(changes) - CHANGEABLE):
        raise AccountRefused(f"{', '.join(unknown)} cannot be changed", "unknown_field")
    told = replace(UserFields(**{name: getattr(user, name) for name in CHANGEABLE}), **changes)
    changed = _filled(
        replace(user, login=checked_login(told.login), name=checked_name(told.name), role=Role(told.role)), told
    )
    _check(kept, changed)
    _spare_last_admin(kept, user, changed)
    _put(kept, changed)
    if changed.is_disabled:
        kept.end_sessions(user_id, now)
        kept.void_links(user_id, now)
    return changed


def add_team(kept: Kept, name: str, team_id: str | None, now: float) -> Team:
    team = Team(checked_team_id(team_id or name), checked_name(name), now)
    if any(one.id == team.id for one in kept.teams()):
        raise AccountRefused(f"there is a team {team.id} already", "taken")
    _check_team_name(kept, team)
    kept.put_team(team)
    return team


def _filled(user: User, told: UserFields) -> User:
    """What does not belong to the role is left out: an agent has no assigned teams, QA no team."""
    is_agent, is_qa = user.role == Role.AGENT, user.role == Role.QA
    return replace(
        user,
        team=(told.team or None) if user.role in (Role.AGENT, Role.LEAD) else None,
        assigned=tuple(dict.fromkeys(told.assigned)) if is_qa else (),
        agent_id=checked_id("agent id", told.agent_id) if is_agent and told.agent_id else None,
        telephone_id=checked_id("telephone id", told.telephone_id) if is_agent and told.telephone_id else None,
        is_disabled=told.is_disabled,
    )


def _check(kept: Kept, user: User) -> None:
    """Names that sign in, and ids, belong to one user."""
    if len(user.assigned) > MOST_ASSIGNED:
        raise AccountRefused(f"QA has {MOST_ASSIGNED} teams at most, or all ({EVERY_TEAM})", "no_team")
    teams = {team.id for team in kept.teams()}
    for team in (user.team, *user.assigned):
        if team is not None and team not in teams and not (team == EVERY_TEAM and user.role == Role.QA):
            raise AccountRefused(f"there is no team {team}", "no_team")
    owners = kept.owners()
    for name in user.names:
        if owners.get(name, user.id) != user.id:
            raise AccountRefused(f"{name} is the login or agent id of somebody else", "taken")
    other = kept.user_of_telephone(user.telephone_id) if user.telephone_id is not None else None
    if other is not None and other.id != user.id:
        raise AccountRefused(f"telephone id {user.telephone_id} is somebody else's", "taken")
    holder = kept.holder(user.agent_id) if user.agent_id is not None else None
    if user.agent_id is not None and holder not in (None, user.id) and kept.has_calls(user.agent_id):
        reason = "was somebody else's, whose calls would be shown to this user: give another"
        raise AccountRefused(f"agent id {user.agent_id} {reason}", "held")


def _put(kept: Kept, user: User) -> None:
    kept.put_user(user)
    if user.agent_id is not None:
        kept.put_holder(user.agent_id, user.id)


def _spare_last_admin(kept: Kept, user: User, changed: User | None) -> None:
    """Somebody must be able to come in and change things; one who was never here yet cannot be relied on."""
    if user.role != Role.ADMIN or (changed is not None and changed.role == Role.ADMIN and not changed.is_disabled):
        return
    others = [one for one in kept.users() if one.id != user.id and one.role == Role.ADMIN and one.may_come_in]
    is_needed = user.has_password and user.may_come_in
    if not others or (is_needed and not any(one.has_password for one in others)):
        raise AccountRefused("this is the last administrator who can sign in: make another one first", "last_admin")


def _present(kept: Kept, user_id: str) -> User:
    user = kept.user(user_id)
    if user is None or user.removed_at is not None:
        raise AccountRefused("there is no such user", "unknown")
    return user


def _team(kept: Kept, team_id: str) -> Team:
    for team in kept.teams():
        if team.id == team_id:
            return team
    raise AccountRefused(f"there is no team {team_id}", "unknown")


def _check_team_name(kept: Kept, team: Team) -> None:
    for other in kept.teams():
        if other.id != team.id and {one_form(other.name), one_form(other.id)} & {
            one_form(team.name),
            one_form(team.id),
        }:
            raise AccountRefused(f"there is a team {other.name} already", "taken")
