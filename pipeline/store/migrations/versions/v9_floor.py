"""Version 9: seats of the floor, who needed help there, and what the strip of a day counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.dialects import POSTGRES

revision = "9"
down_revision = "8"


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    if op.get_bind().dialect.name == POSTGRES:  # a clock of 1970 is further off than 32 bits of milliseconds tell
        op.alter_column("desks", "offset_ms", type_=sa.BigInteger)
    op.create_table(
        "seats",
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "floor_cases",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("call_id", sa.Text),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("rank", sa.Text, nullable=False),
        sa.Column("since_at", number, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("first_taken_at", number),
        sa.Column("taken_by", sa.Text),
        sa.Column("taken_at", number),
        sa.Column("escalated_at", number),
        sa.Column("closed_at", number),
        sa.Column("closed_because", sa.Text),
        sa.Column("closed_by", sa.Text),
        sa.Column("reason", sa.Text),
    )
    op.create_index("floor_cases_by_time", "floor_cases", ["since_at"])
    is_open = sa.text("closed_at IS NULL")
    op.create_index("floor_cases_open", "floor_cases", ["id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "hint_figures",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("silent_step", sa.Integer, nullable=False),
        sa.Column("hints", sa.Integer, nullable=False),
        sa.Column("followed", sa.Integer, nullable=False),
        sa.Column("painted", sa.Integer, nullable=False),
        sa.Column("in_time", sa.Integer, nullable=False),
        sa.Column("slowest_ms", sa.Float),
    )
