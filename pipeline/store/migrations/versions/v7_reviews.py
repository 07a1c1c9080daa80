"""Version 7: what people say of calls, and how far that is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.dialects import POSTGRES, delete_function

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
        ("review_stage", sa.Text), ("review_total", sa.Float), ("reviewer", sa.Text), ("answer_until", sa.Float),
        ("comments_unseen", sa.Integer),
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
    else:
        refused = "what people have said of a call is only ever added to"
        change = f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        op.execute(f"CREATE TRIGGER reviews_refuse_update BEFORE UPDATE ON reviews {change}")
