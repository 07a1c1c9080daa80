"""Who asks: a person who has signed in, or a machine with a token; and whether they may do an action to a call."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.people.permissions import Action, MachineRole, Role, Scope, scope_of

EVERY_TEAM = "*"
"""Assigned to somebody in QA in place of a team: all teams, later ones too."""


@dataclass(frozen=True, slots=True)
class Whose:
    """To whom a call belonged when it ended; null where nobody told."""

    agent_id: str | None = None
    team: str | None = None  # the team it had: it stays where it is when the agent changes teams


@dataclass(frozen=True, slots=True)
class Within:
    """The calls of one agent, or those that were of some teams; for lists."""

    agent_id: str | None = None
    teams: tuple[str, ...] = ()

    def has(self, whose: Whose) -> bool:
        is_of_agent = self.agent_id is not None and whose.agent_id == self.agent_id
        return is_of_agent or (whose.team is not None and whose.team in self.teams)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks. `id`: a user's, or `token:` and the token's; it stands in records and audit as the actor."""

    id: str
    role: Role | MachineRole
    agent_id: str | None = None
    team: str | None = None
    assigned: tuple[str, ...] = ()  # teams, for QA

    def may(self, action: Action, whose: Whose | None = None) -> bool:
        """`whose`: of a call; None asks whether the action is permitted for any object at all."""
        scope = scope_of(self.role, action)
        if scope is None or whose is None:
            return scope is not None
        match scope:
            case Scope.ALL:
                return True
            case Scope.TEAM:
                return self.team is not None and whose.team == self.team
            case Scope.ASSIGNED:
                return EVERY_TEAM in self.assigned or whose.team in self.assigned
            case Scope.OWN:
                return self.agent_id is not None and whose.agent_id == self.agent_id

    def within(self, action: Action) -> Within | None:
        """The calls of which `may` says yes; None for all of them."""
        match scope_of(self.role, action):
            case Scope.ALL:
                return None
            case Scope.TEAM:
                return Within(teams=(self.team,) if self.team is not None else ())
            case Scope.ASSIGNED:
                return None if EVERY_TEAM in self.assigned else Within(teams=self.assigned)
            case Scope.OWN:
                return Within(self.agent_id)
            case _:
                return Within()
