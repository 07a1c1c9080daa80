"""Version 6: what lists of calls show, filter by and search; the servers that share a database; origins of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    op.create_table(
        "servers",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("renewed_at", sa.Float, nullable=False),
    )
    op.create_table(
        "missed",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.Text, primary_key=True),
    )
    op.create_index("missed_by_rule", "missed", ["rule", "number"])
    op.create_table(
        "said",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sound", sa.Text, nullable=False),
    )
    op.create_table(
        "origins",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("call_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    options = "content='', detail=none, tokenize=\"unicode61 remove_diacritics 0 tokenchars '.'\""
    op.execute(f"CREATE VIRTUAL TABLE said_terms USING fts5(terms, {options})")
    for name, kind in (
        ("place", sa.Text), ("started_at", sa.Float), ("direction", sa.Text), ("peer", sa.Text), ("ending", sa.Text),
        ("duration_ms", sa.Integer), ("score", sa.Float), ("fatal", sa.Integer), ("to_confirm", sa.Integer),
        ("unscored_reason", sa.Text), ("assessed_share", sa.Float),
    ):  # fmt: skip
        op.add_column("calls", sa.Column(name, kind))
    op.create_index("calls_by_start", "calls", ["started_at"])
    op.create_index("calls_by_score", "calls", ["score"])
