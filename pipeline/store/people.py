"""The tables of users, teams, sessions, links and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, select, true, update

from pipeline.people.entrance import LinkPurpose
from pipeline.people.keeping import Kept
from pipeline.people.keys import KeptLink, Session, Token
from pipeline.people.permissions import MachineRole, Role
from pipeline.people.users import Team, User
from pipeline.store.belonging import erase_name
from pipeline.store.database import Database
from pipeline.store.desk_schema import shifts
from pipeline.store.dialects import upsert, wipe_what_is_deleted
from pipeline.store.learning import forget
from pipeline.store.schema import agent_ids, calls, links, marked, people, sessions, teams, tokens, users, views


class SqlPeople:
    """A Keeping in the database of the records, so that one backup has all."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def reading(self) -> Iterator[Kept]:
        with self.database.reading() as connection:
            yield SqlKept(connection)

    @contextmanager
    def changing(self) -> Iterator[Kept]:
        with self.database.together(), self.database.writing() as connection:
            wipe_what_is_deleted(connection)  # of somebody removed nothing is left in the file
            connection.execute(update(people).values(changes=people.c.changes + 1))
            yield SqlKept(connection)

    @contextmanager
    def marking(self) -> Iterator[Kept]:
        with self.database.writing(patient=False) as connection:
            connection.execute(update(people).values(changes=people.c.changes))  # takes the lock
            yield SqlKept(connection)

    def changes(self) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(people.c.changes)).scalar_one())

    def empty_log(self) -> None:
        self.database.sync(empties_log=True)


class SqlKept:
    """As of Kept. Teams and names are read once a transaction: a list of people asks for them with each line."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._teams: list[Team] | None = None
        self._names: dict[str, tuple[str, ...]] = {}  # by user; filled with `_owners`
        self._owners: dict[str, str] | None = None

    def company(self) -> str:
        return str(self._connection.execute(select(people.c.company)).scalar_one())

    def put_company(self, name: str) -> None:
        self._connection.execute(update(people).values(company=name))

    def user(self, user_id: str) -> User | None:
        return self._user(users.c.id == user_id)

    def user_named(self, name: str) -> User | None:
        return self._user(users.c.login == name) or self.user_of_agent(name)

    def user_of_agent(self, agent_id: str) -> User | None:
        return self._user(users.c.agent_id == agent_id)

    def user_of_telephone(self, telephone_id: str) -> User | None:
        return self._user(users.c.telephone_id == telephone_id)

    def owners(self) -> dict[str, str]:
        if self._owners is None:
            self._owners = {}
            for user in self.users():
                self._name(user)
        return self._owners

    def users(self) -> list[User]:
        present = select(users).where(users.c.removed_at.is_(None)).order_by(users.c.added_at, users.c.id)
        return [_user(row) for row in self._connection.execute(present)]

    def put_user(self, user: User) -> None:
        row = asdict(user) | {"login": user.login or None, "name": user.name or None}
        del row["has_password"]
        self._put(users, row, "id")
        self._name(user)

    def password(self, user_id: str) -> str | None:
        return self._connection.execute(select(users.c.password).where(users.c.id == user_id)).scalar()

    def put_password(self, user_id: str, encoded: str | None) -> None:
        self._connection.execute(update(users).where(users.c.id == user_id).values(password=encoded))

    def holder(self, agent_id: str) -> str | None:
        wanted = select(agent_ids.c.user_id).where(agent_ids.c.agent_id == agent_id)
        return self._connection.execute(wanted).scalar()

    def put_holder(self, agent_id: str, user_id: str) -> None:
        self._put(agent_ids, {"agent_id": agent_id, "user_id": user_id}, "agent_id")

    def has_calls(self, agent_id: str) -> bool:
        wanted = select(calls.c.number).where(calls.c.agent_id == agent_id).limit(1)
        return self._connection.execute(wanted).scalar() is not None

    def forget(self, agent_id: str) -> None:
        forget(self._connection, agent_id)
        erase_name(self._connection, agent_id)

    def forget_lists(self, user_id: str) -> None:
        for table in (views, marked):
            self._connection.execute(delete(table).where(table.c.user_id == user_id))

    def teams(self) -> list[Team]:
        if self._teams is None:
            self._teams = [Team(*row) for row in self._connection.execute(select(teams).order_by(teams.c.name))]
        return self._teams

    def put_team(self, team: Team) -> None:
        self._put(teams, asdict(team), "id")
        self._teams = None

    def remove_team(self, team_id: str) -> None:
        self._connection.execute(delete(teams).where(teams.c.id == team_id))
        self._teams = None

    def session(self, secret: str) -> Session | None:
        row = self._connection.execute(select(sessions).where(sessions.c.secret == secret)).one_or_none()
        return Session(*row) if row is not None else None

    def sessions(self, user_id: str) -> list[Session]:
        wanted = select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.begun_at.desc())
        return [Session(*row) for row in self._connection.execute(wanted)]

    def user_of_session(self, session_id: str) -> str | None:
        return self._connection.execute(select(sessions.c.user_id).where(sessions.c.id == session_id)).scalar()

    def put_session(self, session: Session) -> None:
        self._put(sessions, asdict(session), "id")

    def end_sessions(self, user_id: str, at: float, but: str | None = None) -> None:
        is_open = and_(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        others = is_open if but is None else and_(is_open, sessions.c.id != but)
        self._connection.execute(update(sessions).where(others).values(ended_at=at))

    def end_shifts(self, user_id: str, at: float) -> None:
        theirs = (shifts.c.user_id == user_id) & shifts.c.ended_at.is_(None)
        self._connection.execute(update(shifts).where(theirs).values(ended_at=at, because="account"))

    def remove_sessions(self, user_id: str | None, begun_before: float) -> None:
        whose = true() if user_id is None else sessions.c.user_id == user_id
        self._connection.execute(delete(sessions).where(whose, sessions.c.begun_at < begun_before))

    def link(self, secret: str) -> KeptLink | None:
        row = self._connection.execute(select(links).where(links.c.secret == secret)).one_or_none()
        return KeptLink(row.secret, LinkPurpose(row.purpose), row.user_id, row.expires_at, row.used_at) if row else None

    def put_link(self, link: KeptLink) -> None:
        self._put(links, asdict(link), "secret")

    def void_links(self, user_id: str | None, at: float) -> None:
        unused = and_(links.c.user_id.is_not_distinct_from(user_id), links.c.used_at.is_(None))
        self._connection.execute(update(links).where(unused).values(used_at=at))

    def remove_links(self, expired_before: float) -> None:
        self._connection.execute(delete(links).where(links.c.expires_at < expired_before))

    def token(self, secret: str) -> Token | None:
        row = self._connection.execute(select(tokens).where(tokens.c.secret == secret)).one_or_none()
        return _token(row) if row is not None else None

    def tokens(self) -> list[Token]:
        rows = self._connection.execute(select(tokens).order_by(tokens.c.added_at, tokens.c.id))
        return [_token(row) for row in rows]

    def put_token(self, token: Token) -> None:
        self._put(tokens, asdict(token), "id")

    def _name(self, user: User) -> None:
        if self._owners is None:
            return
        for name in self._names.pop(user.id, ()):
            self._owners.pop(name, None)
        self._names[user.id] = user.names
        self._owners |= dict.fromkeys(user.names, user.id)

    def _user(self, where: Any) -> User | None:
        row = self._connection.execute(select(users).where(where)).one_or_none()
        return _user(row) if row is not None else None

    def _put(self, table: Table, row: dict[str, Any], key: str) -> None:
        upsert(self._connection, table, row, key)


def _user(row: Any) -> User:
    return User(
        id=row.id, login=row.login or "", name=row.name or "", role=Role(row.role), added_at=row.added_at,
        team=row.team, assigned=tuple(row.assigned), agent_id=row.agent_id, telephone_id=row.telephone_id,
        is_disabled=row.is_disabled, has_password=row.password is not None,
        signed_in_at=row.signed_in_at, removed_at=row.removed_at,
    )  # fmt: skip


def _token(row: Any) -> Token:
    return Token(row.id, row.secret, row.name, MachineRole(row.role), row.added_at, row.used_at, row.revoked_at)
