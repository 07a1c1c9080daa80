"""The tables of desks, their codes and the shifts of their agents, as people/desks.py asks for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, select, update

from pipeline.people.desks import Desk, DeskCode, Shift
from pipeline.store.database import Database
from pipeline.store.desk_schema import desk_codes, desks, shifts
from pipeline.store.dialects import upsert
from pipeline.store.leases import place_of_desk
from pipeline.store.schema import calls, tokens

_OF_TOKEN = ("name", "enrolled_at", "revoked_at")


class SqlDesks:
    """A DesksKept. From any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_code(self, code: DeskCode) -> None:
        with self._database.writing() as connection:
            upsert(connection, desk_codes, asdict(code), "secret")

    def use_code(self, secret: str, now: float) -> DeskCode | None:
        free = (desk_codes.c.secret == secret) & desk_codes.c.used_at.is_(None) & (desk_codes.c.expires_at > now)
        with self._database.writing() as connection:
            used = connection.execute(update(desk_codes).where(free).values(used_at=now).returning(desk_codes))
            row = used.mappings().one_or_none()
        return DeskCode(**row) if row is not None else None

    def put(self, desk: Desk) -> None:
        row = {name: value for name, value in asdict(desk).items() if name not in _OF_TOKEN}
        with self._database.writing() as connection:
            upsert(connection, desks, row, "id")

    def desks(self) -> list[Desk]:
        return self._desks()

    def desk(self, desk_id: str) -> Desk | None:
        return next(iter(self._desks(desks.c.id == desk_id)), None)

    def succeed(self, former_id: str, desk_id: str) -> None:
        former, place = place_of_desk(former_id), place_of_desk(desk_id)
        with self._database.writing() as connection:
            connection.execute(update(shifts).where(shifts.c.desk_id == former_id).values(desk_id=desk_id))
            connection.execute(update(calls).where(calls.c.place == former).values(place=place))

    def put_shift(self, shift: Shift) -> None:
        with self._database.writing() as connection:
            upsert(connection, shifts, asdict(shift), "id")

    def shift(self, shift_id: str) -> Shift | None:
        return next(iter(self._shifts(shifts.c.id == shift_id)), None)

    def newest_shift(self, desk_id: str) -> Shift | None:
        return next(iter(self.newest_shifts(desk_id, 1)), None)

    def newest_shifts(self, desk_id: str, most: int) -> list[Shift]:
        return self._shifts(shifts.c.desk_id == desk_id, limit=most)

    def open_shifts(self, *, desk_id: str | None = None, user_id: str | None = None) -> list[Shift]:
        asked = ((shifts.c.desk_id, desk_id), (shifts.c.user_id, user_id))
        return self._shifts(
            shifts.c.ended_at.is_(None), *(column == told for column, told in asked if told is not None)
        )

    def _desks(self, *where: ColumnElement[bool]) -> list[Desk]:
        told = (tokens.c.name, tokens.c.added_at.label("enrolled_at"), tokens.c.revoked_at)
        wanted = select(desks, *told).join(tokens, tokens.c.id == desks.c.id).where(*where).order_by(tokens.c.added_at)
        with self._database.reading() as connection:
            return [Desk(**row) for row in connection.execute(wanted).mappings()]

    def _shifts(self, *where: ColumnElement[bool], limit: int | None = None) -> list[Shift]:
        wanted = select(shifts).where(*where).order_by(shifts.c.begun_at.desc()).limit(limit)
        with self._database.reading() as connection:
            rows: list[Any] = list(connection.execute(wanted).mappings())
        return [Shift(**row) for row in rows]
