"""The tables, and the check that a file was written by a version that this one understands."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
)

from pipeline.errors import StoreError

VERSION = 1

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

calls = Table(
    "calls",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),  # order of arrival
    Column("call_id", Text, nullable=False, unique=True),
    Column("last_seq", Integer, nullable=False),
    Column("ended", Boolean, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("call_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event", Text, nullable=False),  # JSON as codec.py writes it
    UniqueConstraint("call_id", "seq"),
    Index("records_by_kind", "call_id", "kind"),
    sqlite_autoincrement=True,  # a position is never given twice
)


def prepare(connection: Connection, name: str) -> None:
    """Create the tables in an empty database; refuse one of another version or of another program."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=VERSION))
        return
    if schema_version.name not in tables:
        raise StoreError(f"{name} is a database, but not one of callcoach: it has no table schema_version")
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found != VERSION:
        raise StoreError(
            f"{name} has schema version {found}, this callcoach reads version {VERSION}: "
            "use the callcoach that wrote it, or move the file away to start a new one"
        )
