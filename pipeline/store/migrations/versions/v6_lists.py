"""Version 6: what lists show and search; how long calls are kept; whence they came; servers that share them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.dialects import now_s

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
        ("kept_at", sa.Float), ("words_erased_at", sa.Float),
        ("private_gone_at", sa.Float), ("private_spans", sa.JSON),
        ("held_at", sa.Float), ("held_by", sa.Text), ("hold_reason", sa.Text),
    ):  # fmt: skip
        op.add_column("calls", sa.Column(name, kind))
    op.create_index("calls_by_start", "calls", ["started_at"])
    shared = ("agent_id", "team", "started_at", "direction", "fatal", "assessed_share")
    for name, key, other in (("score", "score", "duration_ms"), ("length", "duration_ms", "score")):
        columns: list[str | sa.TextClause] = [key, sa.text("number DESC"), other, *shared]
        op.create_index(f"calls_by_{name}", "calls", columns, sqlite_where=sa.text(f"{key} IS NOT NULL"))
    op.create_index("calls_by_kept", "calls", ["kept_at"])
    _retention()


def _retention() -> None:
    op.create_table(
        "deleted", sa.Column("call_id", sa.Text, primary_key=True), sa.Column("at", sa.Float, nullable=False)
    )
    sweeps = op.create_table(
        "sweeps",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("known_at", sa.Float, nullable=False),
        sa.Column("swept_at", sa.Float),
        sa.Column("sweeper", sa.Text),
        sa.Column("seen_at", sa.Float),
        sa.Column("is_clean", sa.Boolean, nullable=False),
    )
    op.execute(sa.insert(sweeps).values(number=1, known_at=now_s(op.get_bind()), is_clean=True))
