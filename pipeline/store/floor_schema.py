"""The tables of the floor: who sits where, who needed help and what became of it, and what the day's strip counts."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, Table, Text

from pipeline.store.metadata import Number, metadata

seats = Table(
    "seats",
    metadata,
    Column("team", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # from 0, with holes
)

floor_cases = Table(  # nothing that was said stands in it, and people by their ids alone
    "floor_cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent_id", Text, nullable=False),
    Column("team", Text),
    Column("call_id", Text),
    Column("cause", Text, nullable=False),
    Column("rank", Text, nullable=False),
    Column("since_at", Number, nullable=False),  # here and below: milliseconds since 1970
    Column("detail", Text, nullable=False),
    Column("first_taken_at", Number),
    Column("taken_by", Text),  # a user's id; who has it, or had it when it was closed
    Column("taken_at", Number),
    Column("escalated_at", Number),
    Column("closed_at", Number),  # null: it is open
    Column("closed_because", Text),
    Column("closed_by", Text),
    Column("reason", Text),
)
Index("floor_cases_by_time", floor_cases.c.since_at)
_open = floor_cases.c.closed_at.is_(None)
Index("floor_cases_open", floor_cases.c.id, sqlite_where=_open, postgresql_where=_open)
Index("floor_cases_by_call", floor_cases.c.call_id)

hint_figures = Table(  # of a call that has ended
    "hint_figures",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),  # of the call
    Column("silent_step", Integer, nullable=False),  # the last of the silent call that it came to
    Column("hints", Integer, nullable=False),  # that could be followed: not replaced, and not at the call's end
    Column("followed", Integer, nullable=False),  # of these, within 10 s
    Column("painted", Integer, nullable=False),
    Column("in_time", Integer, nullable=False),  # of these, within 150 ms
    Column("slowest_ms", Float),  # of these
)
