"""The table of what teams have set: a row for each version."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import insert, select

from pipeline.people.team_settings import SettingsVersion, kept_settings
from pipeline.store.database import Database
from pipeline.store.schema import team_settings, teams


class SqlTeamSettings:
    """A SettingsKeeping."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has_team(self, team: str) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(teams.c.id).where(teams.c.id == team)).scalar() is not None

    def versions(self, team: str, limit: int | None = None) -> list[SettingsVersion]:
        table = team_settings.c
        wanted = select(table.version, table.at, table.actor, table.reason, table.settings).where(table.team == team)
        with self._database.reading() as connection:
            found = connection.execute(wanted.order_by(table.version.desc()).limit(limit))
            return [SettingsVersion(*row[:-1], kept_settings(row.settings)) for row in found]

    def add(self, team: str, version: SettingsVersion) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(team_settings).values(team=team, **asdict(version)))
