"""Whether a database is whole: as the database itself says, and in what records owe each other."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from pipeline.errors import StoreError
from pipeline.store.database import Database
from pipeline.store.dialects import SQLITE, take_time
from pipeline.store.schema import calls, records

_NAMED = 3  # faults of a kind


def check(database: Database) -> None:
    """Reads all of it. Raises StoreError naming the first faults."""
    with database.reading() as connection:
        take_time(connection)
        if faults := [*damaged(connection), *_with_gaps(connection)]:
            raise StoreError(f"{database.name} is not whole: {'; '.join(faults)}", "damaged")


def damaged(connection: Connection) -> list[str]:
    """What SQLite finds in its file. PostgreSQL tells of damage when it reads (`data_checksums`)."""
    if connection.dialect.name != SQLITE:
        return []
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({_NAMED})").scalars().all()
    return [] if found == ["ok"] else list(found)


def _with_gaps(connection: Connection) -> list[str]:
    """Calls whose records are not those from 1 to the last that was kept, and records without a call."""
    counted = (func.count().label("count"), func.max(records.c.seq).label("last"))
    kept = select(records.c.call_id, *counted).group_by(records.c.call_id).subquery()
    count, last = func.coalesce(kept.c.count, 0), func.coalesce(kept.c.last, 0)
    with_gaps = (
        select(calls.c.call_id)
        .outerjoin(kept, kept.c.call_id == calls.c.call_id)
        .where((last != calls.c.last_seq) | (count != last))
    )
    nobodys = select(kept.c.call_id).where(kept.c.call_id.not_in(select(calls.c.call_id)))
    faults = []
    for said, wanted in (("calls miss records", with_gaps), ("calls have records and are not there", nobodys)):
        found = sorted(connection.execute(wanted).scalars())
        faults += [f"{len(found)} {said}, the first is {found[0]}"] if found else []
    return faults
