"""The tables of desks: at the centre which there are and who sits at them, at a desk what is still to be delivered."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, Table, Text

from pipeline.store.metadata import Number, metadata

desk_codes = Table(  # with which machines are enrolled
    "desk_codes",
    metadata,
    Column("secret", Text, primary_key=True),  # SHA-256
    Column("made_by", Text),  # a user's id; null: at the machine
    Column("expires_at", Float, nullable=False),  # here and below: seconds since 1970
    Column("used_at", Float),
)

desks = Table(
    "desks",
    metadata,
    Column("id", Text, primary_key=True),  # of its token, which has its name and whether it still holds
    Column("installation", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("seen_at", Float),
    Column("offset_ms", Number),  # how far its clock was ahead of the centre's when it was seen last
)

shifts = Table(  # at the centre and, of its own, at a desk
    "shifts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("desk_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("agent_id", Text, nullable=False),
    Column("team", Text),
    Column("begun_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("ended_at", Float),
    Column("because", Text),
    Index("shifts_by_desk", "desk_id", "begun_at"),
)

deliveries = Table(  # at a desk: how much of each call the centre has
    "deliveries",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("kept_seq", Integer, nullable=False),
    Column("refused", Text),  # why the centre takes nothing of it
    Column("has_sound", Boolean, nullable=False),  # whether its recording is delivered, or is not wanted
    Column("is_own_clock", Boolean, nullable=False),  # when it began tells this machine's clock, not the centre's
)
