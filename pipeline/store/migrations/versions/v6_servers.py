"""Version 6: the servers that share a database, and which of them runs a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    op.create_table(
        "servers",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("renewed_at", sa.Float, nullable=False),
    )
    op.add_column("calls", sa.Column("place", sa.Text))
