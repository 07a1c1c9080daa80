"""Records that desks bring to their centre: those of many calls in one transaction, each call's kept or refused alone.

A desk numbers the records of its calls and is their owner. At the centre a call is of the place
`desk:ID`: no server ends or scores it, and it is not heard of while nothing is heard of its desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from pipeline.errors import StoreError
from pipeline.events.call import CallEnded, CallStarted
from pipeline.events.record import Event
from pipeline.events.score import CallScored
from pipeline.store.appending import own, written
from pipeline.store.baselines import BaselineSettings
from pipeline.store.database import Database
from pipeline.store.dialects import now_s, upsert
from pipeline.store.learning import learn
from pipeline.store.leases import place_of_desk
from pipeline.store.retention import MADE_AT, SLACK_S
from pipeline.store.schema import calls, deleted, servers
from pipeline.store.sql import add


@dataclass(frozen=True, slots=True)
class Brought:
    """Events of a call as records from `first_seq` on. `owner`: the number that was given before; None: it begins.

    `ahead_s`: by how much that clock is ahead of ours by which the desk tells when the call began; 0: it is ours.
    """

    call_id: str
    desk_id: str
    owner: int | None
    first_seq: int
    events: Sequence[Event]
    ahead_s: float = 0.0


class Bringing:
    """From any thread."""

    def __init__(self, database: Database, learning: BaselineSettings | None = None) -> None:
        """`learning`: finished calls teach what is usual for their agents; None: these do not."""
        self._database = database
        self._learning = learning

    def bring(self, brought: Sequence[Brought]) -> list[int | StoreError]:
        """For each its owner number, or why nothing of it was kept. Raises StoreError when nothing of all was."""
        found: list[int | StoreError] = []
        with self._database.together():
            for one in brought:
                try:
                    with self._database.together(), self._database.writing() as connection:
                        found.append(self._bring(connection, one))
                except StoreError as error:
                    found.append(error)
        if any(isinstance(event, CallEnded | CallScored) for one in brought for event in one.events):
            self._database.sync()
        else:
            self._database.sync_at_times()
        return found

    def last_seq(self, call_id: str) -> int:
        """Of what is kept of a call; 0: nothing is."""
        with self._database.reading() as connection:
            found = connection.execute(select(calls.c.last_seq).where(calls.c.call_id == call_id)).scalar()
        return found or 0

    def is_of(self, call_id: str, desk_id: str) -> bool:
        """Whether this desk has brought the call."""
        mine = (calls.c.call_id == call_id) & (calls.c.place == place_of_desk(desk_id))
        with self._database.reading() as connection:
            return connection.execute(select(calls.c.number).where(mine)).scalar() is not None

    def is_deleted(self, call_id: str) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(deleted.c.at).where(deleted.c.call_id == call_id)).scalar() is not None

    def hear(self, desk_ids: Sequence[str]) -> None:
        """These desks are heard of now."""
        with self._database.together(), self._database.writing() as connection:
            now = now_s(connection)
            for desk_id in desk_ids:
                row = {"place": place_of_desk(desk_id), "number": 0, "renewed_at": now}
                upsert(connection, servers, row, "place")

    def _bring(self, connection: Connection, one: Brought) -> int:
        owner = one.owner if one.owner is not None else own(connection, one.call_id, place_of_desk(one.desk_id))
        new = add(connection, written(one.call_id, owner, one.first_seq, one.events))
        for seq, event in enumerate(new.events, start=new.first_seq):
            if isinstance(event, CallStarted):
                _correct(connection, one)
            elif isinstance(event, CallEnded) and self._learning is not None:
                learn(connection, one.call_id, seq, self._learning)
        return owner


def _correct(connection: Connection, one: Brought) -> None:
    """What lists show and order by; the record keeps what the desk said."""
    of_call = calls.c.call_id == one.call_id
    told, now = connection.execute(select(calls.c.started_at, now_s(connection)).where(of_call)).one()
    began = told - one.ahead_s if told is not None else now
    if not MADE_AT <= began <= now + SLACK_S:  # a clock that was set in between: it began before this at least
        began = now
    connection.execute(update(calls).where(of_call).values(started_at=began))
