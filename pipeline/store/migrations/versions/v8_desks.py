"""Version 8: machines of agents that report to this server, and what such a machine has still to deliver."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    op.create_table(
        "desk_codes",
        sa.Column("secret", sa.Text, primary_key=True),
        sa.Column("made_by", sa.Text),
        sa.Column("expires_at", sa.Float, nullable=False),
        sa.Column("used_at", sa.Float),
    )
    op.create_table(
        "desks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("installation", sa.Text, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Float),
        sa.Column("offset_ms", sa.Integer),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("desk_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("team", sa.Text),
        sa.Column("begun_at", sa.Float, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("because", sa.Text),
    )
    op.create_index("shifts_by_desk", "shifts", ["desk_id", "begun_at"])
    op.create_table(
        "deliveries",
        sa.Column("call_id", sa.Text, primary_key=True),
        sa.Column("kept_seq", sa.Integer, nullable=False),
        sa.Column("refused", sa.Text),
        sa.Column("has_sound", sa.Boolean, nullable=False),
        sa.Column("is_own_clock", sa.Boolean, nullable=False),
    )
