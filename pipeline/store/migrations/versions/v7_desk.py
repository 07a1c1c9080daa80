"""Version 7: what people say of calls and how far that is; what lists draw, and what people keep of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.dialects import POSTGRES, UNQUOTE_FUNCTION, delete_function

revision = "7"
down_revision = "6"


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
    )
    for name, kind in (
        ("review_stage", sa.Text), ("review_total", sa.Float), ("review_fatal", sa.Integer),
        ("reviewer", sa.Text), ("answer_until", sa.Float),
        ("check_until", sa.Float), ("comments_unseen", sa.Integer),
    ):  # fmt: skip
        op.add_column("calls", sa.Column(name, kind))
    for name, table, columns, where in (
        ("calls_by_review", "calls", ["review_stage", "answer_until"], "review_stage IS NOT NULL"),
        ("calls_by_comments", "calls", ["number"], "comments_unseen IS NOT NULL"),
        ("records_dismissed", "records", ["call_id"], "kind = 'HintDismissed'"),
    ):
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    if op.get_bind().dialect.name == POSTGRES:
        op.execute(f"CREATE OR REPLACE FUNCTION {delete_function(('records', 'reviews'))}")
        op.execute(f"CREATE FUNCTION {UNQUOTE_FUNCTION}")
    else:
        refused = "what people have said of a call is only ever added to"
        change = f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        op.execute(f"CREATE TRIGGER reviews_refuse_update BEFORE UPDATE ON reviews {change}")
    _lists()


def _lists() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "strips",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("drawn", sa.Text, nullable=False),
    )
    op.create_table(
        "rules",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
    )
    op.create_table(
        "views",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("query", sa.Text, nullable=False),
    )
    op.create_table(
        "marked",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("number", number, primary_key=True, autoincrement=False),
    )
