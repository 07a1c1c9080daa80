"""Agents' machines as desks of the centre: where a telephone system says that a call begins, or ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.desk_protocol.messages import Begin, End
from pipeline.errors import CallOver, DeskAway
from pipeline.events.actor import Actor
from pipeline.events.call import CallFacts
from pipeline.ingest.desk_line import DeskLine
from pipeline.ingest.desks import Centre
from pipeline.ingest.told import MailboxAtDesk, Telling
from pipeline.people.desks import Desks as Enrolled, Shift
from pipeline.people.person import Person
from pipeline.session.desk import Desk, Desks, HeadsetStatus
from pipeline.session.sessions import Sessions


@dataclass(frozen=True, slots=True)
class MachineDesk:
    """A Desk and its CallControl, by the line to it."""

    line: DeskLine
    telling: Telling
    agent_id: str | None
    call_id: str | None = None  # that is known to run there

    @property
    def control(self) -> MachineDesk:
        return self

    def latest(self) -> str | None:
        return self.call_id

    def status(self) -> HeadsetStatus:
        """What its devices do shows its own page."""
        return HeadsetStatus((), is_auto=False, facts=CallFacts(agent_id=self.agent_id), call_id=self.call_id)

    def start(self, facts: Mapping[str, Any], *, actor: Actor = None) -> str:
        """As of CallControl; raises DeskAway, too."""
        done = self.telling.tell(self.line, lambda id: Begin(id, dict(facts), actor))
        if done.call_id is None:
            raise DeskAway(self.line.desk.name, "it names no call")
        return done.call_id

    def end(self, call_id: str, *, actor: Actor = None) -> bool:
        try:
            self.telling.tell(self.line, lambda id: End(id, call_id, actor))
        except CallOver:
            return False
        return True


@dataclass(frozen=True, slots=True)
class DesksOfCentre:
    """The machines that are here, and behind them the pages of agents whose microphone is their browser's."""

    centre: Centre
    telling: Telling
    enrolled: Enrolled
    sessions: Sessions
    pages: Desks

    def of(self, person: Person) -> Desk | None:
        """Whoever asks by a page of the centre speaks by that page."""
        return self.pages.of(person)

    def of_agent(self, agent_id: str | None) -> Desk | None:
        shift = self.enrolled.shift_of(agent_id) if agent_id is not None else None
        line = self.centre.line_of(shift.desk_id) if shift is not None else None
        return self._at(line, shift) if line is not None and shift is not None else self.pages.of_agent(agent_id)

    def carrying(self, call_id: str) -> Desk | None:
        mailbox = self.sessions.mailbox(call_id)
        if isinstance(mailbox, MailboxAtDesk):
            facts = mailbox.facts
            return MachineDesk(mailbox.call.line, self.telling, facts.agent_id if facts is not None else None, call_id)
        return self.pages.carrying(call_id)

    def _at(self, line: DeskLine, shift: Shift) -> MachineDesk:
        return MachineDesk(line, self.telling, shift.agent_id)
