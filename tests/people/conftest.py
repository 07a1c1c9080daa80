"""Accounts in a database of their own, with a clock that the test moves and hashing that costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from pipeline.people.accounts import Accounts
from pipeline.people.directory import Directory, UserFields
from pipeline.people.entrance import FirstAdmin, LinkPurpose, Opened, Origin
from pipeline.people.passwords import Passwords
from pipeline.people.permissions import Role
from pipeline.people.roster import Roster
from pipeline.people.slowing import Slowing
from pipeline.people.tokens import Tokens
from pipeline.people.users import User
from pipeline.store.people import SqlPeople
from pipeline.store.sql import SqlStore

PASSWORD = "liǎng zhī huáng lí"
DESK = Origin("10.0.0.7", "Chromium")


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """As another process has it: `again` opens the same database once more."""

    open_: Callable[[], SqlStore]
    clock: Clock

    def __post_init__(self) -> None:
        self.store = self.open_()
        self.keeping = SqlPeople(self.store.database)
        self.directory = Directory(self.keeping, self.clock)
        self.tokens = Tokens(self.keeping, self.clock)
        self.roster = Roster(self.keeping, self.clock)
        cheap = Passwords(PasswordHasher.from_parameters(CHEAPEST))
        self.accounts = Accounts(self.keeping, passwords=cheap, slowing=Slowing(self.clock), clock=self.clock)

    def again(self) -> House:
        return House(self.open_, self.clock)

    def add(self, login: str, role: Role = Role.AGENT, password: str | None = PASSWORD, **fields: object) -> User:
        """A user as somebody who has used an invitation."""
        for team in (fields.get("team"), *fields.get("assigned", ())):  # type: ignore[misc]
            if team not in (None, "*", *(one.id for one in self.directory.teams())):
                self.directory.add_team(str(team))
        user = self.directory.add(UserFields(login, login.title(), role, **fields))  # type: ignore[arg-type]
        if password is not None:
            secret, _ = self.accounts.make_link(LinkPurpose.INVITE, user.id)
            self.accounts.use(secret, password, DESK)
        with self.keeping.reading() as kept:
            found = kept.user(user.id)
        assert found is not None
        return found

    def first_admin(self) -> Opened:
        secret, _ = self.accounts.make_link(LinkPurpose.FIRST)
        return self.accounts.use(secret, PASSWORD, DESK, FirstAdmin("锦和物业客服中心", "zhengyan", "郑岩"))


@pytest.fixture
def house(reopened: Callable[[], SqlStore]) -> House:
    """On each database."""
    return House(reopened, Clock())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.db"


@pytest.fixture
def filed(path: Path) -> House:
    """In a SQLite file, for what is looked for in the file itself."""
    return House(lambda: SqlStore(path), Clock())
