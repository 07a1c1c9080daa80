"""The tables, and how a file of an earlier version becomes one of this.

Each version has its step in migrations/versions, an Alembic revision with the version as its name. The version itself
stays in our own table, where every callcoach since the first looks before it touches a file.
https://alembic.sqlalchemy.org/en/latest/api/script.html
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from pipeline.errors import StoreError
from pipeline.store import desk_schema as desk_schema, floor_schema as floor_schema  # made with these tables
from pipeline.store.dialects import change_by_function, keep_as_added, keep_audit, keep_terms, now_s
from pipeline.store.metadata import Number, metadata

VERSION = 10

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

calls = Table(
    "calls",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=True),  # order in which they were begun
    Column("call_id", Text, nullable=False, unique=True),
    Column("last_seq", Integer, nullable=False),  # 0: owned, and nothing is kept of it yet
    Column("ended", Boolean, nullable=False),
    Column("owner", Integer, nullable=False, server_default="0"),  # the newest; 0: nobody has written since version 3
    Column("agent_id", Text),  # of the facts that were the last when the call ended
    Column("team", Text),
    Column("place", Text),  # of the server that runs it; null: of the one that has the file to itself
    # What lists show and filter by, as the records tell it (overview.py). Null: not known, or not yet.
    Column("started_at", Float),  # seconds since 1970
    Column("direction", Text),
    Column("peer", Text),  # masked
    Column("ending", Text),
    Column("duration_ms", Number),
    Column("score", Float),
    Column("fatal", Integer),
    Column("to_confirm", Integer),
    Column("unscored_reason", Text),
    Column("assessed_share", Float),  # of what the call offered
    # How long it is kept (retention.py). Seconds since 1970, by the database's clock.
    Column("kept_at", Float),  # when its end came; null: it runs, or the clock could not be believed then
    Column("words_erased_at", Float),
    Column("private_gone_at", Float),  # since then nobody, its agent neither, sees what was private in it
    Column(
        "private_spans", JSON
    ),  # where that was in its sound: [from, to] in ms, to be muted by who has the recording
    Column("held_at", Float),  # nothing of it is deleted before it is released
    Column("held_by", Text),
    Column("hold_reason", Text),
    # How far its review is (reviews/), as of its newest entry. Null: nobody has begun, or nothing is open or unseen.
    Column("review_stage", Text),
    Column("review_total", Float),  # by people
    Column("review_fatal", Integer),
    Column("reviewer", Text),  # a user's id
    Column("answer_until", Float),
    Column("check_until", Float),  # then an appeal that nobody has checked is decided without
    Column("comments_unseen", Integer),  # by the agent
    Index("calls_by_start", "started_at"),
    Index("calls_by_agent", "agent_id"),
    Index("calls_by_team", "team"),
    Index("calls_by_kept", "kept_at"),
)


def _order_calls(name: str, key: str, *filters: str) -> None:
    """An index for lists in this order, with what they filter by: so that rows are read of those alone that are shown.

    Of calls that have the figure, which comes when they have ended: those that run cost nothing.
    """
    column = calls.c[key]
    known = column.is_not(None)
    columns = (column, calls.c.number.desc(), *(calls.c[one] for one in filters))
    Index(name, *columns, sqlite_where=known, postgresql_where=known)


_SHARED = ("agent_id", "team", "started_at", "direction", "fatal", "assessed_share")
_order_calls("calls_by_score", "score", "duration_ms", *_SHARED)
_order_calls("calls_by_length", "duration_ms", "score", *_SHARED)

records = Table(
    "records",
    metadata,
    Column("position", Number, primary_key=True, autoincrement=True),
    Column("call_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event", Text, nullable=False),  # JSON as codec.py writes it
    UniqueConstraint("call_id", "seq"),
    Index("records_by_kind", "call_id", "kind"),
    sqlite_autoincrement=True,  # a position is never given twice
)

_no_use = records.c.kind == "HintDismissed"  # few, and counted over all calls (reviews/agreement.py)
Index("records_dismissed", records.c.call_id, sqlite_where=_no_use, postgresql_where=_no_use)

_begun = calls.c.review_stage.is_not(None)
Index("calls_by_review", calls.c.review_stage, calls.c.answer_until, sqlite_where=_begun, postgresql_where=_begun)
_unseen = calls.c.comments_unseen.is_not(None)
Index("calls_by_comments", calls.c.number, sqlite_where=_unseen, postgresql_where=_unseen)

reviews = Table(  # what people have said of calls
    "reviews",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1, within the call
    Column("at", Float, nullable=False),  # seconds since 1970, by the database's clock
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("act", Text, nullable=False),  # JSON as entries.py writes it
)
keep_as_added(reviews)

strips = Table(  # what lists draw of a call (glances.py)
    "strips",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # of the call
    Column("drawn", Text, nullable=False),
)

rules = Table(  # how each rule of any card was called last
    "rules",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
)

views = Table(  # of the list of calls, kept by somebody for themselves
    "views",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)

marked = Table(  # calls, by somebody for themselves
    "marked",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("number", Number, primary_key=True, autoincrement=False),
)


servers = Table(  # those that share this database
    "servers",
    metadata,
    Column("place", Text, primary_key=True),
    Column("number", Number, nullable=False),  # raised at each start
    Column("renewed_at", Float, nullable=False),  # by the database's clock
)

deleted = Table(  # calls that were deleted: nobody begins one of these again
    "deleted",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("began_at", Float),  # of a call that the day it began on would count; else null
    Column("team", Text),
)
Index("deleted_by_begin", deleted.c.began_at)

sweeps = Table(  # one row
    "sweeps",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("known_at", Float, nullable=False),  # the newest time of the database's clock that was believed
    Column("swept_at", Float),  # when the last sweep was done
    Column("sweeper", Text),  # who sweeps now
    Column("seen_at", Float),  # when it was last heard of
    Column("is_clean", Boolean, nullable=False),  # of what was deleted nothing is left in the file
)

missed = Table(  # the rules that a call missed, and those that wait to be confirmed
    "missed",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # of the call
    Column("rule", Text, primary_key=True),
    Index("missed_by_rule", "rule", "number"),
)

said = Table(  # what was said in a call that has ended, for searching (terms.py)
    "said",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("sound", Text, nullable=False),
)

origins = Table(  # of the calls that came from recordings of an archive, and of those that are being heard
    "origins",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of what was heard
    Column("call_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),  # of the file
)

baselines = Table(
    "baselines",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("sd_semitones", Float),  # the fields of AgentBaseline
    Column("voiced_ms", Integer, nullable=False),
    Column("speaking_rate", Float),
    Column("speaking_ms", Integer, nullable=False),
)


people = Table(  # one row
    "people",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("changes", Integer, nullable=False),  # raised by each change of the tables below
    Column("company", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, unique=True),  # null of somebody who was removed: of such a user only id and role are kept
    Column("name", Text),
    Column("role", Text, nullable=False),
    Column("team", Text),
    Column("assigned", JSON, nullable=False),  # ids of teams
    Column("agent_id", Text, unique=True),
    Column("telephone_id", Text, unique=True),
    Column("is_disabled", Boolean, nullable=False),
    Column("password", Text),  # encoded by argon2
    Column("added_at", Float, nullable=False),  # here and below: seconds since 1970
    Column("signed_in_at", Float),
    Column("removed_at", Float),
)

agent_ids = Table(  # an agent id is never given to a second person, who would see the calls of the first
    "agent_ids",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("added_at", Float, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret", Text, nullable=False, unique=True),  # SHA-256, as of links and tokens
    Column("user_id", Text, nullable=False),
    Column("begun_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Index("sessions_by_user", "user_id"),
)

links = Table(
    "links",
    metadata,
    Column("secret", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("used_at", Float),
    Column("revoked_at", Float),
)

team_settings = Table(
    "team_settings",
    metadata,
    Column("team", Text, primary_key=True),  # of one that was removed too: its calls name the version
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("actor", Text),
    Column("reason", Text, nullable=False),
    Column("settings", JSON, nullable=False),  # the fields of TeamSettings
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # the fields of Row
    Column("at", Float, nullable=False),
    Column("actor", Text),
    Column("action", Text, nullable=False),
    Column("object", Text),
    Column("outcome", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("mac", Text, nullable=False),
    Index("audit_by_time", "at"),
    Index("audit_by_actor", "actor"),
    Index("audit_by_action", "action"),
    Index("audit_by_object", "object"),
)
keep_audit(audit)
change_by_function(records, reviews)
keep_terms(said)


def prepare(connection: Connection, name: str, lock: Callable[[Connection], None]) -> None:
    """Create the tables in an empty database, bring an earlier version's up to date; refuse any other.

    In one transaction, so that a process that dies on the way leaves all as it was. `lock` keeps others from writing.
    """
    if _version(connection, name) == VERSION:
        return
    lock(connection)
    found = _version(connection, name)  # again: another process may have been quicker
    if found is None:
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=VERSION))
        connection.execute(insert(people).values(number=1, changes=0, company=""))
        connection.execute(insert(sweeps).values(number=1, known_at=now_s(connection), is_clean=True))
    elif found < VERSION:
        _migrate(connection, found)


def check_version(connection: Connection, name: str) -> None:
    """Raises StoreError for a database that has to be prepared first."""
    found = _version(connection, name)
    if found != VERSION:
        state = "has no tables yet" if found is None else f"has schema version {found}, this callcoach {VERSION}"
        raise StoreError(f"{name} {state}: `callcoach store prepare`, as the role that owns it, does that")


def _version(connection: Connection, name: str) -> int | None:
    """None for an empty database. Raises StoreError for one of a newer callcoach or of another program."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if schema_version.name not in tables:
        raise StoreError(f"{name} is a database, but not one of callcoach: it has no table schema_version")
    found = connection.execute(select(schema_version.c.version)).scalar()
    if found is None or not 1 <= found <= VERSION:
        raise StoreError(
            f"{name} has schema version {found}, this callcoach reads version {VERSION}: "
            "use the callcoach that wrote it, or move the file away to start a new one"
        )
    return int(found)


def _migrate(connection: Connection, found: int) -> None:
    from alembic.operations import Operations  # only here: no other start needs its 0.1 s
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from pipeline.store.overview import make_all_anew  # which itself needs the tables

    scripts = ScriptDirectory(str(Path(__file__).with_name("migrations")))
    steps = list(scripts.iterate_revisions(str(VERSION), str(found)))  # newest first
    with Operations.context(MigrationContext.configure(connection)):
        for step in reversed(steps):
            step.module.upgrade()
    make_all_anew(connection)
    connection.execute(update(schema_version).values(version=VERSION))
