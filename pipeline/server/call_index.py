"""Which calls there are for whom: found, listed, and the latest one, of those that somebody may see."""

from __future__ import annotations

from pipeline.events.call import CallEnded
from pipeline.people.permissions import Action
from pipeline.people.person import Person, Whose
from pipeline.session.desk import Desk, Desks, NoDesks, call_at
from pipeline.session.sessions import Sessions
from pipeline.store.archive import Archive
from pipeline.store.ownership import owner, owner_of

LATEST = "latest"  # in place of an id


class CallIndex:
    """From any thread. Everything may raise StoreError."""

    def __init__(self, archive: Archive, running: Sessions, desks: Desks | None = None) -> None:
        """`desks`: of this process."""
        self.archive = archive
        self.running = running
        self.desks: Desks = desks or NoDesks()

    def find(self, person: Person, call_id: str) -> str | None:
        """The id of a call, whoever may see it, `latest` being the latest that this person may; None: none."""
        if call_id == LATEST:
            return self.latest(person)
        is_known = (
            self.running.mailbox(call_id) is not None
            or self.desks.carrying(call_id) is not None
            or self.running.unkept(call_id)
            or self.archive.last(call_id) is not None
        )
        return call_id if is_known else None

    def may(self, person: Person, action: Action, call_id: str) -> bool:
        return self.may_with(person, action, call_id, self.whose(call_id))

    def may_with(self, person: Person, action: Action, call_id: str, whose: Whose) -> bool:
        """At one's own desk one also sees the call that runs or ran last on it, whoever is said to have spoken."""
        if person.may(action, whose):
            return True
        desk = self.desks.of(person)
        return desk is not None and _may_at(desk, person, action) and call_id == call_at(desk)

    def own_desk(self, person: Person, action: Action) -> Desk | None:
        """The desk at which the action is permitted. Raises NotOwnDesk at another agent's."""
        desk = self.desks.of(person)
        if desk is not None and not _may_at(desk, person, action):
            raise NotOwnDesk
        return desk

    def whose(self, call_id: str) -> Whose:
        """As the newest of its facts tell; nobody's where they tell nothing. Of a call that runs no store is asked."""
        if (facts := self.running.facts(call_id)) is not None:
            return owner(facts)
        unkept = self.running.unkept(call_id)  # read first: a record that is kept meanwhile is then in both
        return owner_of(unkept, self.archive.whose(call_id))

    def has_ended(self, call_id: str) -> bool:
        """Whether its end was heard of: a call that runs nowhere that is known may go on at a desk that is away."""
        kept = self.archive.pick([call_id], [CallEnded.__name__], brief=True)
        return any(isinstance(record.event, CallEnded) for record in [*self.running.unkept(call_id), *kept])

    def latest(self, person: Person) -> str | None:
        """The call of the own desk for whoever may see it, else the newest of the list."""
        desk = self.desks.of(person)
        at_desk = desk.latest() if desk is not None else None
        if at_desk is not None and self.may(person, Action.CALL_READ, at_desk):
            return at_desk
        if desk is not None and desk.control is None and at_desk is None:
            return None  # a recording is about to be played: a page must not show the one of last time meanwhile
        return next(iter(self.listed(person, 1)), None)

    def listed(self, person: Person, limit: int, offset: int = 0) -> list[str]:
        """Newest first, those that this person may read; on the first page after calls of which nothing is kept yet."""
        kept = self.archive.calls(limit, offset, person.within(Action.CALL_READ))
        if offset:
            return kept
        fresh = [call_id for call_id in self.running.unknown() if call_id not in kept]
        return [*(one for one in fresh if self.may(person, Action.CALL_READ, one)), *kept][:limit]


class NotOwnDesk(Exception):
    """The desk of this process is another agent's."""


def _may_at(desk: Desk, person: Person, action: Action) -> bool:
    return person.may(action, Whose(desk.agent_id))
