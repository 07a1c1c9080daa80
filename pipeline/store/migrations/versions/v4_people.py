"""Version 4: people, and of which agent and team a call was."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    for name in ("agent_id", "team"):
        op.add_column("calls", sa.Column(name, sa.Text))
    op.create_index("calls_by_agent", "calls", ["agent_id"])
    op.create_index("calls_by_team", "calls", ["team"])
    _tell_whose()
    _make_users()
    _make_keys()


def _make_users() -> None:
    op.create_table(
        "people",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO people VALUES (1, 0, '')")
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, unique=True),
        sa.Column("name", sa.Text),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("assigned", sa.JSON, nullable=False),
        sa.Column("agent_id", sa.Text, unique=True),
        sa.Column("telephone_id", sa.Text, unique=True),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.Column("signed_in_at", sa.Float),
        sa.Column("removed_at", sa.Float),
    )
    op.create_table(
        "agent_ids",
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("added_at", sa.Float, nullable=False),
    )


def _make_keys() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
    )
    op.create_index("sessions_by_user", "sessions", ["user_id"])
    op.create_table(
        "links",
        sa.Column("secret", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("secret", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
        sa.Column("revoked_at", sa.Float),
    )


def _tell_whose() -> None:
    """As appending.py does since: by the facts that were the last when the call ended."""
    connection = op.get_bind()
    kinds = "('CallStarted', 'FactsNoted', 'CallEnded')"
    told = connection.exec_driver_sql(
        f"SELECT call_id, kind, event FROM records WHERE kind IN {kinds} ORDER BY call_id, seq"
    ).all()
    whose: dict[str, tuple[object, object]] = {}
    ended = set()
    for call_id, kind, text in told:
        if kind == "CallEnded":
            ended.add(call_id)
        elif call_id not in ended:
            try:
                facts = json.loads(text)["facts"]
                whose[call_id] = _text(facts.get("agent_id")), _text(facts.get("team"))
            except (ValueError, LookupError, TypeError, AttributeError):
                continue  # damaged
    for call_id, (agent_id, team) in whose.items():
        row = (agent_id, team, call_id)
        connection.exec_driver_sql("UPDATE calls SET agent_id = ?, team = ? WHERE call_id = ?", row)


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None
