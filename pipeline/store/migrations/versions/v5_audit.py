"""Version 5: the audit, whose rows are only ever added, and the settings of teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    op.create_table(
        "team_settings",
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("mac", sa.Text, nullable=False),
    )
    for name, column in (("time", "at"), ("actor", "actor"), ("action", "action"), ("object", "object")):
        op.create_index(f"audit_by_{name}", "audit", [column])
    for change in ("UPDATE", "DELETE"):
        refusal = f"BEFORE {change} ON audit BEGIN SELECT RAISE(ABORT, 'rows of the audit are only ever added'); END"
        op.execute(f"CREATE TRIGGER audit_refuses_{change.lower()} {refusal}")
