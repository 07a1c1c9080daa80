"""Who and what may come in, and the audit of it: all that is kept of them in the database of the calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.events.measures import AgentBaseline
from pipeline.people.accounts import Accounts
from pipeline.people.audit import ITSELF, Audit, Deed
from pipeline.people.desks import Desks
from pipeline.people.directory import Directory
from pipeline.people.roster import Roster
from pipeline.people.settings import PeopleSettings
from pipeline.people.team_settings import SettingsOfTeams
from pipeline.people.tokens import Tokens
from pipeline.people.turns import Turns
from pipeline.reviews.keeping import ReviewsKept
from pipeline.store.database import Database
from pipeline.store.deletion import Deletion
from pipeline.store.desks import SqlDesks
from pipeline.store.people import SqlPeople
from pipeline.store.reviews import SqlReviews
from pipeline.store.sql import SqlStore
from pipeline.store.team_settings import SqlTeamSettings

SHORTEST_TOKEN = 16
TOKEN_FILE = "token"  # in the data folder, of earlier versions


@dataclass(frozen=True, slots=True)
class Registry:
    accounts: Accounts
    directory: Directory
    tokens: Tokens
    desks: Desks
    roster: Roster
    team_settings: SettingsOfTeams
    audit: Audit
    baseline: Callable[[str], AgentBaseline | None]  # what is usual for an agent
    deletion: Deletion  # of calls, and what is held
    reviews: ReviewsKept
    database: Database
    turns: Turns = field(default_factory=Turns)  # at passwords, of whoever signs in here or at a desk

    @classmethod
    def of(cls, store: SqlStore, audit: Audit, settings: PeopleSettings | None = None) -> Registry:
        keeping = SqlPeople(store.database)
        teams = SettingsOfTeams(SqlTeamSettings(store.database), audit)
        accounts, directory, tokens = Accounts(keeping, settings), Directory(keeping), Tokens(keeping)
        return cls(
            accounts,
            directory,
            tokens,
            Desks(SqlDesks(store.database), tokens),
            Roster(keeping),
            teams,
            audit,
            store.baseline,
            Deletion(store.database),
            SqlReviews(store.database),
            store.database,
        )

    def keep_former_token(self, folder: Path, given: str) -> None:
        """Lets the token of earlier versions in as before: `[server] token`, else TOKEN_FILE in the data folder.

        Raises SettingsError.
        """
        file = folder / TOKEN_FILE
        try:
            token = given or (file.read_text(encoding="utf-8").strip() if file.is_file() else "")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file} cannot be read: {error}") from error
        if token and len(token) < SHORTEST_TOKEN:
            where = "server.token" if given else f"the token in {file}"
            raise SettingsError(f"{where} has {len(token)} characters; it must have {SHORTEST_TOKEN} or more")
        if token and not self.tokens.is_known(token):  # a start that changes nothing writes nothing
            with self.audit.together():
                for changed in self.tokens.keep_former(token):
                    deed = Deed.TOKEN_ADDED if changed.revoked_at is None else Deed.TOKEN_REVOKED
                    self.audit.note(None, deed, changed.person.id, ITSELF, details={"role": changed.role})
