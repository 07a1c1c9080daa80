"""What SQLite and PostgreSQL do in different words, each in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    Select,
    Table,
    Text,
    UnaryExpression,
    cast,
    column,
    delete,
    event,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import operators

SQLITE, POSTGRES = "sqlite", "postgresql"


def upsert(connection: Connection, table: Table, row: Mapping[str, Any], key: str) -> None:
    """Adds a row, or changes the one that has the same `key`."""
    insert = postgresql.insert if connection.dialect.name == POSTGRES else sqlite.insert
    connection.execute(insert(table).values(row).on_conflict_do_update(index_elements=[key], set_=dict(row)))


def rows_of(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    """`VALUES ...` of a statement for `exec_driver_sql`, whose columns are column1, column2, ...; and what it is given.

    One statement with many rows: for each that is given row by row sqlite3 lets go of the interpreter's lock, and waits
    until the event loop lets go of it.
    """
    row = f"({','.join(['%s' if connection.dialect.name == POSTGRES else '?'] * len(rows[0]))})"
    return f"VALUES {','.join([row] * len(rows))}", tuple(value for one in rows for value in one)


def now_s(connection: Connection) -> ColumnElement[float]:
    """The database's clock, in seconds since 1970: of this moment, not of the transaction's beginning."""
    if connection.dialect.name == POSTGRES:
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return (func.julianday("now") - 2_440_587.5) * 86_400.0


def count_on(connection: Connection, column: Column[int]) -> None:
    """Numbers that the database gives go on behind the largest there is; SQLite sees to that itself."""
    if connection.dialect.name == POSTGRES:
        largest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(select(func.setval(sequence, largest, False)))


def take_time(connection: Connection) -> None:
    """For this transaction: it reads or writes everything, with long pauses in which the other side works."""
    if connection.dialect.name == POSTGRES:
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.exec_driver_sql(f"SET LOCAL {limit} = 0")


def wipe_what_is_deleted(connection: Connection) -> None:
    """Of what this connection deletes from now on nothing is left in the file; PostgreSQL leaves that to VACUUM."""
    if connection.dialect.name == SQLITE:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def rewrite(connection: Connection, records: Table, position: int, body: str) -> None:
    """Changes a record that is kept. On PostgreSQL the program may not: a function of the owner's does it."""
    if connection.dialect.name == POSTGRES:
        connection.execute(select(func.callcoach_rewrite(position, body)))
    else:
        connection.execute(update(records).where(records.c.position == position).values(event=body))


def unquote(connection: Connection, reviews: Table, row: Mapping[str, Any]) -> None:
    """Changes what stands in a row of reviews: `row` as it is to be. PostgreSQL: by a function of the owner's.

    SQLite refuses each change of a row, and it is put there once more.
    """
    if connection.dialect.name == POSTGRES:
        connection.execute(select(func.callcoach_unquote(row["call_id"], row["number"], row["act"])))
        return
    connection.execute(delete(reviews).where(*(reviews.c[key] == row[key] for key in ("call_id", "number"))))
    connection.execute(insert(reviews).values(dict(row)))


def keep_audit(audit: Table) -> None:
    """Rows of it can be added and never changed, whoever tries."""
    refused = "rows of the audit are only ever added"
    for change in ("UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit"
        _after(audit, SQLITE, f"{trigger} BEGIN SELECT RAISE(ABORT, '{refused}'); END")
    raises = f"BEGIN RAISE EXCEPTION '{refused}'; END"
    _after(audit, POSTGRES, f"CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $${raises}$$")
    for change in ("UPDATE OR DELETE", "TRUNCATE"):
        name = "audit_refuses_" + change.split()[0].lower()
        each = f"CREATE TRIGGER {name} BEFORE {change} ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()"
        _after(audit, POSTGRES, each)


def keep_as_added(reviews: Table) -> None:
    """SQLite: a row of it is never changed. On PostgreSQL the program may not, as of records (`grant`)."""
    refused = "what people have said of a call is only ever added to"
    trigger = "CREATE TRIGGER reviews_refuse_update BEFORE UPDATE ON reviews"
    _after(reviews, SQLITE, f"{trigger} BEGIN SELECT RAISE(ABORT, '{refused}'); END")


def delete_kept(connection: Connection, tables: Collection[Table], call_id: str) -> None:
    """Of a call that has ended and is not held: its records and reviews. PostgreSQL: by a function of the owner's."""
    if connection.dialect.name == POSTGRES:
        connection.execute(select(func.callcoach_delete(call_id)))
        return
    for table in tables:
        connection.execute(delete(table).where(table.c.call_id == call_id))


def change_by_function(records: Table, reviews: Table) -> None:
    """PostgreSQL: what the program may do to what is only added, and nothing else."""
    change = "UPDATE records SET event = body WHERE records.position = place"
    head = "CREATE FUNCTION callcoach_rewrite(place bigint, body text) RETURNS void"
    _after(records, POSTGRES, f"{head} {_OF_OWNER} AS $${change}$$")
    for function in (delete_function((records.name, reviews.name)), UNQUOTE_FUNCTION):
        made = DDL(f"CREATE FUNCTION {function}").execute_if(dialect=POSTGRES)  # type: ignore[no-untyped-call]
        event.listen(records.metadata, "after_create", made)


def delete_function(tables: Collection[str]) -> str:
    """What stands behind CREATE FUNCTION: deletes from these what is of a call that may go."""
    may_go = "calls.call_id = deleted_call AND calls.ended AND calls.held_at IS NULL"
    change = "; ".join(f"DELETE FROM {of} USING calls WHERE {of}.call_id = calls.call_id AND {may_go}" for of in tables)
    return f"callcoach_delete(deleted_call text) RETURNS void {_OF_OWNER} AS $${change}$$"


SQLITE_TERMS = (
    "CREATE VIRTUAL TABLE said_terms USING fts5"
    "(terms, content='', detail=none, tokenize=\"unicode61 remove_diacritics 0 tokenchars '.'\")"
)


def keep_terms(said: Table) -> None:
    """The index of what calls are found by: FTS5 without content, a column of its own with GIN."""
    _after(said, SQLITE, SQLITE_TERMS)
    _after(said, POSTGRES, "ALTER TABLE said ADD COLUMN terms text[] NOT NULL DEFAULT '{}'")
    _after(said, POSTGRES, "ALTER TABLE said SET (toast_tuple_target = 128)")  # what was said lies beside: it is long
    _after(said, POSTGRES, "CREATE INDEX said_by_terms ON said USING gin (terms)")


def index_terms(connection: Connection, number: int, terms: Collection[str], before: Collection[str] = ()) -> None:
    """`before`: what the row of `said` with this number, which is there already, is found by until now."""
    if connection.dialect.name == POSTGRES:
        update_ = "UPDATE said SET terms = %(terms)s WHERE number = %(number)s"
        connection.exec_driver_sql(update_, {"terms": sorted(terms), "number": number})
        return
    if before:
        delete = "INSERT INTO said_terms (said_terms, rowid, terms) VALUES ('delete', ?, ?)"
        connection.exec_driver_sql(delete, (number, " ".join(sorted(before))))
    if terms:
        insert = "INSERT INTO said_terms (rowid, terms) VALUES (?, ?)"
        connection.exec_driver_sql(insert, (number, " ".join(sorted(terms))))


def merge_terms(connection: Connection) -> None:
    """SQLite: terms that were deleted stay in the index beside the word that they are, until its parts are merged."""
    connection.exec_driver_sql("INSERT INTO said_terms (said_terms) VALUES ('optimize')")


def search_by_index(connection: Connection) -> None:
    """For this transaction. PostgreSQL takes unpacking long values for free, and would read all for a common term."""
    if connection.dialect.name == POSTGRES:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL work_mem = '32MB'")  # for the numbers of 100,000 calls


def having_terms(connection: Connection, said: Table, terms: Collection[str]) -> Select[tuple[int]]:
    """The numbers of the rows of `said` that are found by all these terms, of which there is at least one."""
    if connection.dialect.name == POSTGRES:
        has = literal_column("said.terms", postgresql.ARRAY(Text)).contains(sorted(terms))
        return select(said.c.number).where(has)
    match = " AND ".join(f'"{term}"' for term in sorted(terms))
    found = text("SELECT rowid AS number FROM said_terms WHERE said_terms MATCH :match").bindparams(match=match)
    return select(found.columns(column("number", Integer)).subquery().c.number)


def one_by_one(connection: Connection, listed: Select[Any]) -> Select[Any]:
    """To be asked for more about each row, in the order of the list until a page is full.

    SQLite does so. PostgreSQL would ask about all rows first, and is kept from it by an offset, if of none.
    """
    return listed.offset(0) if connection.dialect.name == POSTGRES else listed


def not_sought(connection: Connection, filtered: Column[Any]) -> ColumnElement[Any]:
    """A column that rows are not to be looked up by. SQLite would, whatever that costs, not knowing its values."""
    if connection.dialect.name == SQLITE:
        return UnaryExpression(filtered, operator=operators.custom_op("+"), type_=filtered.type)
    return filtered


def grant(connection: Connection, program: str) -> None:
    """What the role of the program may do on PostgreSQL, to all tables that there are; asked again it is the same."""
    role = connection.dialect.identifier_preparer.quote(program)
    tables = [row for row in inspect(connection).get_table_names() if row != "schema_version"]
    for statement in (
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        *(f"GRANT INSERT ON {table} TO {role}" for table in tables),
        *(f"GRANT UPDATE, DELETE ON {table} TO {role}" for table in tables if table not in ONLY_ADDED),
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
        f"GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ):
        connection.exec_driver_sql(statement)


ONLY_ADDED = ("records", "reviews", "audit")
_OF_OWNER = "LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT"
UNQUOTE_FUNCTION = (
    "callcoach_unquote(quoting_call text, place bigint, body text) RETURNS void "
    f"{_OF_OWNER} AS $$UPDATE reviews SET act = body WHERE reviews.call_id = quoting_call AND reviews.number = place "
    "AND reviews.kind IN ('appealed', 'commented')$$"
)
"""What stands behind CREATE FUNCTION: these two kinds alone quote what was said."""


def _after(table: Table, dialect: str, statement: str) -> None:
    event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
