"""The table of seats: whose place is where, kept for each team."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from pipeline.store.database import Database
from pipeline.store.floor_schema import seats


class SqlSeats:
    """A SeatsKept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plans(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        with self._database.reading() as connection:
            for team, agent_id, position in connection.execute(select(seats)):
                found.setdefault(team, {})[agent_id] = position
        return found

    def add(self, team: str, positions: Mapping[str, int]) -> None:
        rows = [{"team": team, "agent_id": one, "position": position} for one, position in positions.items()]
        with self._database.writing() as connection:
            connection.execute(insert(seats), rows)

    def put(self, team: str, positions: Mapping[str, int]) -> None:
        with self._database.together():
            with self._database.writing() as connection:
                connection.execute(delete(seats).where(seats.c.team == team))
            if positions:
                self.add(team, positions)
