"""Version 3: whose a call is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    op.add_column("calls", sa.Column("owner", sa.Integer, nullable=False, server_default="0"))
