"""Routes of people, for administrators: users, their links, and lists of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline.people.accounts import Accounts
from pipeline.people.audit import Audit, Deed
from pipeline.people.directory import CHANGEABLE, Directory, UserFields
from pipeline.people.entrance import LinkPurpose, link_path
from pipeline.people.permissions import Action, Role
from pipeline.people.roster import Refused, Roster
from pipeline.people.users import User
from pipeline.server.answers import CHANGING, READING
from pipeline.server.bodies import BODY_BYTES, Given
from pipeline.server.fields import choice, flag, takes, text, text_or_null, texts
from pipeline.server.gate import Asker
from pipeline.server.needs import needs, together

_TEXTS = ("login", "name", "role", "team", "agent_id", "telephone_id")
_OTHERS = {"assigned": {"type": "array", "items": {"type": "string"}}, "is_disabled": {"type": "boolean"}}
_MAY_READ, _MAY_CHANGE = Depends(needs(Action.PEOPLE_READ)), Depends(needs(Action.PEOPLE_CHANGE))


@dataclass(frozen=True, slots=True)
class UserEntry:
    """A user in the list. Times in seconds since 1970; `wait_s`: until a password of theirs is looked at again."""

    id: str
    login: str
    name: str
    role: Role
    team: str | None
    assigned: tuple[str, ...]
    agent_id: str | None
    telephone_id: str | None
    is_disabled: bool
    has_password: bool
    signed_in_at: float | None
    wait_s: float


@dataclass(frozen=True, slots=True)
class NewLink:
    """A one-time link, shown this once, to be handed over; `expires_at` in seconds since 1970."""

    link: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Of a list; where a line was refused nothing was changed."""

    added: int
    changed: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _People:
    accounts: Accounts
    directory: Directory
    roster: Roster
    audit: Audit

    def entry(self, user: User) -> UserEntry:
        return UserEntry(
            user.id, user.login, user.name, user.role, user.team, user.assigned, user.agent_id, user.telephone_id,
            user.is_disabled, user.has_password, user.signed_in_at, round(self.accounts.wait_s(user), 1),
        )  # fmt: skip

    def user(self, user_id: str) -> User:
        user = self.directory.user(user_id)
        if user is None or user.removed_at is not None:
            raise HTTPException(404, "there is no such user")
        return user

    def note(self, asker: Asker, deed: Deed, user_id: str, **details: object) -> None:
        self.audit.note(asker.person.id, deed, user_id, asker.origin, details=details)

    def add(self, asker: Asker, told: Mapping[str, Any]) -> UserEntry:
        with together(self.audit, asker):
            user = self.directory.add(UserFields(**told))
            self.note(asker, Deed.USER_ADDED, user.id, **user.ids)
            return self.entry(user)

    def change(self, asker: Asker, user_id: str, told: Mapping[str, Any]) -> UserEntry:
        with together(self.audit, asker):
            before = self.user(user_id)
            after = self.directory.change(user_id, told)
            was, now = before.ids, after.ids
            changed = [name for name in now if was[name] != now[name]]
            details: dict[str, object] = {
                "before": {name: was[name] for name in changed}, "after": {name: now[name] for name in changed},
                "renamed": (before.login, before.name) != (after.login, after.name),
            }  # fmt: skip
            self.note(asker, Deed.USER_CHANGED, user_id, **details)
            return self.entry(after)

    def remove(self, asker: Asker, user_id: str) -> None:
        with together(self.audit, asker):
            self.directory.remove(user_id)
            self.note(asker, Deed.USER_REMOVED, user_id)
        self.directory.forget_removed()

    def link(self, asker: Asker, user_id: str, address: str) -> NewLink:
        with together(self.audit, asker):
            self.user(user_id)
            secret, link = self.accounts.make_link(LinkPurpose.RESET, user_id)
            self.note(asker, Deed.LINK_MADE, user_id, purpose=link.purpose)
        return NewLink(address + link_path(link.purpose, secret), link.expires_at)

    def take_over(self, asker: Asker, csv: str) -> ImportResult:
        with together(self.audit, asker):
            done = self.roster.take_over(csv)
            for deed, target in done.deeds:
                self.note(asker, deed, target, by="import")
        return ImportResult(len(done.added), len(done.changed), done.refused)


def user_routes(accounts: Accounts, directory: Directory, roster: Roster, audit: Audit) -> APIRouter:
    routes = APIRouter(prefix="/users")
    people = _People(accounts, directory, roster, audit)

    @routes.get("", dependencies=[_MAY_READ], responses=READING)
    def users() -> list[UserEntry]:
        return [people.entry(user) for user in directory.users()]

    @routes.post("", status_code=201, responses=CHANGING, openapi_extra=takes(*_TEXTS, needed=3, others=_OTHERS))
    def add(asker: Annotated[Asker, _MAY_CHANGE], given: Given) -> UserEntry:
        """Without a password: a link sets the first."""
        text(given, "login")
        text(given, "name")
        choice(given, "role", Role)
        return people.add(asker, _fields(given))

    @routes.post("/import", responses=CHANGING, openapi_extra=takes("csv", needed=1))
    def take_over(asker: Annotated[Asker, _MAY_CHANGE], given: Given) -> ImportResult:
        return people.take_over(asker, text(given, "csv", BODY_BYTES))

    @routes.patch("/{id}", responses=CHANGING, openapi_extra=takes(*_TEXTS, others=_OTHERS))
    def change(id: str, asker: Annotated[Asker, _MAY_CHANGE], given: Given) -> UserEntry:
        return people.change(asker, id, _fields(given))

    @routes.delete("/{id}", status_code=204, responses=CHANGING)
    def remove(id: str, asker: Annotated[Asker, _MAY_CHANGE]) -> Response:
        people.remove(asker, id)
        return Response(status_code=204)

    @routes.post("/{id}/link", status_code=201, responses=CHANGING)
    def link(id: str, asker: Annotated[Asker, _MAY_CHANGE], request: Request) -> NewLink:
        """An invitation, or a reset for whoever has a password; the one before is void."""
        return people.link(asker, id, str(request.base_url).rstrip("/"))

    @routes.post("/{id}/release", status_code=204, responses=CHANGING)
    def release(id: str, asker: Annotated[Asker, _MAY_CHANGE]) -> Response:
        """Ends the wait after wrong passwords. It is in memory: its row of the audit is written first."""
        user = people.user(id)
        people.note(asker, Deed.RELEASED, id)
        accounts.release(user)
        return Response(status_code=204)

    return routes


def _role(given: Mapping[str, Any], name: str) -> Role:
    return choice(given, name, Role)


def _fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of UserFields, by name: those that were told."""
    if unknown := sorted(set(given) - CHANGEABLE):
        raise HTTPException(422, f"a user has no {unknown[0][:80]!r}; known: {', '.join(sorted(CHANGEABLE))}")
    return {name: _READERS[name](given, name) for name in given}


_READERS: dict[str, Callable[[Mapping[str, Any], str], Any]] = {
    "login": text, "name": text, "role": _role, "team": text_or_null, "assigned": texts, "agent_id": text_or_null,
    "telephone_id": text_or_null, "is_disabled": flag,
}  # fmt: skip
