"""Version 10: cases of the floor go with their call, and a day knows how many of its calls were deleted since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "9"


def upgrade() -> None:
    op.add_column("deleted", sa.Column("began_at", sa.Float))
    op.add_column("deleted", sa.Column("team", sa.Text))
    op.create_index("floor_cases_by_call", "floor_cases", ["call_id"])
    op.create_index("deleted_by_begin", "deleted", ["began_at"])
    op.execute("DELETE FROM floor_cases WHERE call_id IN (SELECT call_id FROM deleted)")
