"""Version 2: what is usual for each agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    op.create_table(
        "baselines",
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("sd_semitones", sa.Float),
        sa.Column("voiced_ms", sa.Integer, nullable=False),
        sa.Column("speaking_rate", sa.Float),
        sa.Column("speaking_ms", sa.Integer, nullable=False),
    )
