"""`callcoach users | teams | tokens`: who may come in, changed at the machine, also while callcoach runs there.

Whoever can write the database is the one who runs callcoach: no sign-in is asked for here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.cli.choices import read_choices, say
from pipeline.errors import AccountRefused
from pipeline.folders import data_folder
from pipeline.people.accounts import Accounts
from pipeline.people.audit import Audit, Deed
from pipeline.people.directory import Directory
from pipeline.people.entrance import Link, LinkPurpose, Origin, link_path
from pipeline.people.keeping import Keeping
from pipeline.people.permissions import Action
from pipeline.people.roster import Roster
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.people.tokens import Tokens
from pipeline.people.users import Team, User
from pipeline.server.serve import ServerSettings
from pipeline.store.archive import Archive
from pipeline.store.audit import open_audit
from pipeline.store.claim import address_at
from pipeline.store.database import Database
from pipeline.store.opening import CALLS, open_database
from pipeline.store.people import SqlPeople
from pipeline.store.team_settings import SqlTeamSettings

HERE = Origin("here", "command line")
DESK = "desk"
"""Login of the person at the machine, whom the first `callcoach live` makes; and the agent id, where none is told."""


@dataclass(frozen=True, slots=True)
class House:
    """What is kept of people in the database of the calls."""

    database: Database
    keeping: Keeping
    accounts: Accounts
    directory: Directory
    tokens: Tokens
    roster: Roster
    audit: Audit
    team_settings: SettingsOfTeams
    server: ServerSettings

    @classmethod
    def open(cls, config: Path | None = None, port: int | None = None) -> House:
        """Makes the database where there is none yet: people may be entered before the first start."""
        choices = read_choices(config, {"server.port": port})
        database = open_database(choices.store, data_folder())
        keeping = SqlPeople(database)
        accounts = Accounts(keeping, choices.people)
        try:
            audit = open_audit(database, data_folder(), choices.audit, say)
        except BaseException:
            database.close()
            raise
        teams = SettingsOfTeams(SqlTeamSettings(database), audit)
        directory, tokens, roster = Directory(keeping), Tokens(keeping), Roster(keeping)
        return cls(database, keeping, accounts, directory, tokens, roster, audit, teams, choices.server)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """What is changed within, and its rows of the audit, are kept together or not at all."""
        with self.database.together():
            yield
        self.audit.keep_head()

    def note(self, deed: Action | Deed, object: str | None, **details: object) -> None:
        self.audit.note(None, deed, object, HERE, details=details)

    def masks(self, archive: Archive, call_id: str) -> bool:
        """Whether the team of a call has what identifies people masked."""
        whose = archive.whose(call_id)
        return self.team_settings.current(whose.team if whose is not None else None).settings.masking

    def user(self, name: str) -> User:
        """By login or agent id. Raises AccountRefused."""
        user = self.directory.user_named(name)
        if user is None:
            raise AccountRefused(f"there is no user {name!r}: `callcoach users list` shows them", "unknown")
        return user

    def team(self, name: str) -> Team:
        """By id or name. Raises AccountRefused."""
        for team in self.directory.teams():
            if name in (team.id, team.name):
                return team
        raise AccountRefused(f"there is no team {name!r}: `callcoach teams add NAME` makes one", "no_team")

    def print_link(self, purpose: LinkPurpose, user: User | None) -> None:
        user_id = user.id if user is not None else None
        with self.changing():
            secret, link = self.accounts.make_link(purpose, user_id)
            self.note(Deed.LINK_MADE, user_id, purpose=link.purpose)
        address = address_at(data_folder() / CALLS) or self.server.address
        print(f"{address}{link_path(link.purpose, secret)}   ({_what_for(link)})")


def _what_for(link: Link) -> str:
    what = {
        LinkPurpose.FIRST: "makes the first administrator",
        LinkPurpose.DESK: f"signs in {link.login}",
        LinkPurpose.INVITE: f"{link.login} chooses a password",
        LinkPurpose.RESET: f"{link.login} chooses another password",
    }[link.purpose]
    return f"{what}; works once, until {moment(link.expires_at)}"


def moment(at: float | None) -> str:
    """Of this machine's clock; "-" for never, and for what no calendar has."""
    try:
        return "-" if at is None else datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "-"
