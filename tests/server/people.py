"""A server of the routes of people alone, with five people and two teams."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from fastapi import FastAPI
from starlette.testclient import TestClient

from pipeline.errors import AccountRefused, StoreError
from pipeline.events.call import CallEnded, CallFacts, CallStarted
from pipeline.events.channels import Channel
from pipeline.people.accounts import Accounts
from pipeline.people.audit import Audit
from pipeline.people.directory import Directory, UserFields
from pipeline.people.entrance import Origin
from pipeline.people.passwords import Passwords
from pipeline.people.permissions import Role
from pipeline.people.roster import Roster
from pipeline.people.slowing import Slowing
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.people.tokens import Tokens
from pipeline.people.users import User
from pipeline.server.answers import account_refused, store_failed
from pipeline.server.audits import audit_routes
from pipeline.server.call_index import CallIndex
from pipeline.server.cookies import SessionCookie
from pipeline.server.gate import Gate
from pipeline.server.machines import permission_routes, token_routes
from pipeline.server.needs import NotPermitted, not_permitted
from pipeline.server.own import Own, own_routes
from pipeline.server.sign_in import Door
from pipeline.server.teams import team_routes
from pipeline.server.users import user_routes
from pipeline.session.sessions import Sessions
from pipeline.store.audit import SqlAuditLog
from pipeline.store.people import SqlPeople
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.store.team_settings import SqlTeamSettings
from tests.writing import add

ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "liǎng zhī huáng lí"
ANOTHER = "míng cuì liǔ yī háng"
TEAMS = {"a": "A 组", "b": "B 组"}
PEOPLE = {
    "zheng": (Role.ADMIN, {}), "xu": (Role.QA, {"assigned": ("a",)}), "wang": (Role.LEAD, {"team": "a"}),
    "lin": (Role.AGENT, {"team": "a", "agent_id": "1027"}), "zhao": (Role.AGENT, {"team": "b", "agent_id": "1031"}),
}  # fmt: skip


class House:
    def __init__(self, folder: Path) -> None:
        self.store = SqlStore(folder / "calls.db")
        keeping = SqlPeople(self.store.database)
        passwords = Passwords(PasswordHasher.from_parameters(CHEAPEST))
        self.accounts = Accounts(keeping, passwords=passwords, slowing=Slowing())
        self.directory, self.tokens = Directory(keeping), Tokens(keeping)
        self.audit = Audit(SqlAuditLog(self.store.database), b"a key of the tests")
        settings = SettingsOfTeams(SqlTeamSettings(self.store.database), self.audit)
        self.app = FastAPI()
        self.app.add_exception_handler(AccountRefused, account_refused)
        self.app.add_exception_handler(NotPermitted, not_permitted)
        self.app.add_exception_handler(StoreError, store_failed)
        calls = CallIndex(self.store, Sessions())
        self.app.state.gate = Gate(self.accounts, self.audit, calls, SessionCookie(8000))
        own = Own(
            self.accounts,
            self.directory,
            self.tokens,
            self.audit,
            self.store,
            self.store.baseline,
            SqlReviews(self.store.database),
        )
        for routes in (
            user_routes(self.accounts, self.directory, Roster(keeping), self.audit),
            team_routes(self.directory, settings, self.audit), token_routes(self.tokens, self.audit),
            audit_routes(self.audit), permission_routes(), own_routes(own, Door(self.app.state.gate)),
        ):  # fmt: skip
            self.app.include_router(routes, prefix="/api")
        for team, name in TEAMS.items():
            self.directory.add_team(name, team)
        for login, (role, fields) in PEOPLE.items():
            user = self.directory.add(UserFields(login, login.title(), role, **fields))  # type: ignore[arg-type]
            self.accounts.set_password(user.id, PASSWORD)

    def user(self, login: str) -> User:
        found = self.directory.user_named(login)
        assert found is not None
        return found

    def as_(self, login: str) -> TestClient:
        opened = self.accounts.sign_in(login, PASSWORD, Origin("testclient"))
        headers = {"origin": ADDRESS, "cookie": f"callcoach-8000={opened.secret}", "user-agent": "Chrome 142"}
        return TestClient(self.app, base_url=ADDRESS, headers=headers)

    def noted(self) -> list[tuple[str | None, str, str | None, str]]:
        """Oldest first: actor, action, object, outcome."""
        rows = reversed(self.audit.rows())
        return [(row.actor, row.action, row.object, row.outcome) for row in rows]


def call_of(house: House, call_id: str, agent_id: str, team: str, peer: str = "13800138000") -> None:
    facts = CallFacts(agent_id=agent_id, team=team, peer=peer, customer_name="陈女士")
    started = CallStarted(
        0, call_id, "2026-11-22T09:00:00+08:00", (Channel.AGENT,), facts, "support-zh", "1", "abc", "none"
    )  # fmt: skip
    add(house.store, call_id, [started, CallEnded(4_000, "finished")])
