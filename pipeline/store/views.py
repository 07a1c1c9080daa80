"""What somebody in QA keeps for themselves: views of the list by name, and calls that they have marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from pipeline.store.database import Database
from pipeline.store.schema import calls, marked, views


@dataclass(frozen=True, slots=True)
class SavedView:
    """`query`: of the list's address."""

    name: str
    query: str


class Views:
    """From any thread. Everything raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user_id: str) -> list[SavedView]:
        """By name."""
        wanted = select(views.c.name, views.c.query).where(views.c.user_id == user_id).order_by(views.c.name)
        with self._database.reading() as connection:
            return [SavedView(*row) for row in connection.execute(wanted)]

    def put(self, user_id: str, view: SavedView) -> None:
        """Adds it, or changes the one with this name."""
        mine = (views.c.user_id == user_id) & (views.c.name == view.name)
        with self._database.writing() as connection:
            connection.execute(delete(views).where(mine))
            connection.execute(insert(views).values(user_id=user_id, name=view.name, query=view.query))

    def remove(self, user_id: str, name: str) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(views).where(views.c.user_id == user_id, views.c.name == name))

    def mark(self, user_id: str, call_id: str, *, is_marked: bool) -> None:
        number = select(calls.c.number).where(calls.c.call_id == call_id)
        with self._database.writing() as connection:
            found = connection.execute(number).scalar()
            if found is None:
                return
            connection.execute(delete(marked).where(marked.c.user_id == user_id, marked.c.number == found))
            if is_marked:
                connection.execute(insert(marked).values(user_id=user_id, number=found))

    def marked(self, user_id: str, numbers: Sequence[int]) -> set[int]:
        """Which of these calls."""
        wanted = select(marked.c.number).where(marked.c.user_id == user_id, marked.c.number.in_(numbers))
        with self._database.reading() as connection:
            return set(connection.execute(wanted).scalars())
